"""`python -m bench`: measure, and print one table."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from bench import machine
from bench.cases import CASES
from bench.databases import Database, Postgres, Sqlite, own_postgres
from bench.place import Place, Sizes
from bench.processes import Children
from bench.table import Row, render
from core.clock import SystemClock


def main() -> None:
    """Measure what the arguments ask for."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="fluxpay-bench-") as name:
        folder = Path(name)
        postgres = (
            nullcontext(options.postgres) if options.postgres else own_postgres(folder / "p")
        )
        with postgres as url:
            asyncio.run(_measure(options, url, folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes, 0.01 for a look")
    parser.add_argument("--only", choices=CASES, action="append", help="measure nothing else")
    parser.add_argument("--database", choices=["postgres", "sqlite"], action="append")
    parser.add_argument("--postgres", metavar="URL", help="use this server, not one of our own")
    return parser.parse_args()


async def _measure(options: argparse.Namespace, url: str, folder: Path) -> None:
    postgres = Postgres(url)
    _say(f"{machine.describe(await postgres.version())}\nscale {options.scale:g}\n")
    children = Children(folder / "log.jsonl")
    rows: list[Row] = []
    for database in _databases(options.database, postgres, folder):
        place = Place(
            database=database,
            children=children,
            sizes=Sizes.at(options.scale),
            today=SystemClock().now().date(),
        )
        rows += await _rows(place, options.only or list(CASES))
    _say(render(rows))


def _databases(wanted: Sequence[str] | None, postgres: Postgres, folder: Path) -> list[Database]:
    databases: dict[str, Database] = {"postgres": postgres, "sqlite": Sqlite(folder)}
    return [database for name, database in databases.items() if not wanted or name in wanted]


async def _rows(place: Place, cases: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for case in cases:
        sys.stderr.write(f"measuring {case} on {place.database.name} ...\n")
        measured = await CASES[case](place)
        sys.stderr.write(f"{render(measured)}\n")
        rows += measured
    return rows


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
