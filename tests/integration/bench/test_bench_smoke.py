"""`python -m bench` on a tiny scale: it measures, whatever the figures are."""

import asyncio
import sys
from pathlib import Path

import pytest

from bench.cases import CASES
from bench.table import Row, render

_ROOT = Path(__file__).parents[3]
_ROWS = {"billing": 4, "prompts": 1, "callbacks": 1, "workers": 1, "chat": 1}


async def _measured(case, database, url):
    command = ["-m", "bench", "--scale", "0.001", "--only", case, "--database", database]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, "--postgres", url),
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return [line for line in output.decode().splitlines() if line.startswith("| ")][1:]


def test_every_measurement_is_kept_alive():
    assert set(_ROWS) == set(CASES)


@pytest.mark.parametrize("case", sorted(_ROWS))
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
async def test_each_row_of_a_measurement_ends_in_holds_or_misses(case, database, postgres_server):
    rows = await _measured(case, database, postgres_server.get_uri())

    assert len(rows) == _ROWS[case]
    assert {row.split("|")[-2].strip() for row in rows} <= {"holds", "misses"}


@pytest.mark.parametrize(
    ("measured", "is_ceiling", "word"),
    [
        (0.49, False, "misses"),
        (0.5, False, "holds"),
        (0.51, False, "holds"),
        (0.49, True, "holds"),
        (0.5, True, "holds"),
        (0.51, True, "misses"),
    ],
)
def test_a_target_holds_when_it_is_just_reached_and_misses_beyond(measured, is_ceiling, word):
    row = Row(
        work="w",
        database="SQLite",
        against="a",
        measured=measured,
        target=0.5,
        is_ceiling=is_ceiling,
    )

    assert render([row]).splitlines()[-1].split("|")[-2].strip() == word
