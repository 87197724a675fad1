"""The command line: rehearse many seeds, and say how to replay the ones that fail."""

import argparse
import os
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

import structlog

from rehearsal.mutants import MUTANTS, spoiler
from rehearsal.postgres_store import postgres_place
from rehearsal.report import Totals, failure
from rehearsal.run import Outcome, rehearse
from rehearsal.store import Place, SqlitePlace, migrated_schema

_SQLITE = "sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be rehearsed."""

    seeds: int
    first_seed: int
    days: float
    database: str
    mutant: str | None
    jobs: int
    trace: bool

    def replay(self, seed: int) -> str:
        """Return the command that does this seed again."""
        parts = ["python", "-m", "rehearsal", "--seeds", "1", "--first-seed", str(seed)]
        parts += ["--days", f"{self.days:g}", "--trace"]
        if self.database != _SQLITE:
            # Not the URL itself: it may hold a password.
            parts += ["--database", "URL"]
        if self.mutant is not None:
            parts += ["--mutant", self.mutant]
        return shlex.join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearse as asked; return 1 if any seed failed, else 0."""
    order = _parse(arguments)
    _keep_quiet()
    totals = Totals(order.days)
    with _place(order.database) as place:
        for outcome in _outcomes(order, place):
            totals.add(outcome)
            if outcome.broken is not None:
                _say(failure(outcome, order.replay(outcome.seed)))
            elif order.trace:
                _say(f"seed {outcome.seed}: {outcome.digest}")
    _say(totals.line())
    return 1 if totals.failed else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command line prints its result


@contextmanager
def _place(database: str) -> Iterator[Place]:
    if database == _SQLITE:
        yield SqlitePlace(migrated_schema())
        return
    with postgres_place(database) as place:
        yield place


def _outcomes(order: Order, place: Place) -> Iterator[Outcome]:
    """Rehearse the seeds, in order, in as many processes as wanted."""
    seeds = range(order.first_seed, order.first_seed + order.seeds)
    one = partial(_rehearse, order, place)
    if order.jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(
        order.jobs, mp_context=get_context("spawn"), initializer=_keep_quiet
    ) as workers:
        yield from workers.map(one, seeds)


def _rehearse(order: Order, place: Place, seed: int) -> Outcome:
    return rehearse(
        seed,
        days=order.days,
        store=place.store(),
        spoil=spoiler(order.mutant),
        echo=order.trace,
    )


def _keep_quiet() -> None:
    """Let the engine log nothing: what it has to say is in the trace."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


def _parse(arguments: Sequence[str] | None) -> Order:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=30, help="days with faults, for each seed")
    parser.add_argument(
        "--database",
        default=_SQLITE,
        help="sqlite (in memory), or the URL of a PostgreSQL server where databases may be made",
    )
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="rehearse with this bug")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side"
    )
    parser.add_argument("--trace", action="store_true", help="print every step")
    order = Order(**vars(parser.parse_args(arguments)))
    # A server takes one rehearsal at a time, and a trace is read in order.
    is_single = order.trace or order.seeds == 1 or order.database != _SQLITE
    return replace(order, jobs=1) if is_single else order
