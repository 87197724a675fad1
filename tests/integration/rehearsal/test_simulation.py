"""The simulation: it keeps quiet about a good engine, and catches every bug we put in."""

import os
import subprocess
import sys

import pytest
import structlog

from rehearsal import command
from rehearsal.mutants import MUTANTS, spoiler
from rehearsal.run import rehearse
from rehearsal.store import SqliteStore, migrated_schema

_DAYS = 8
_SEEDS = 8
_SEEDS_TO_CATCH = 40
# Where the search begins: seeds in whose first days the bug shows.
_CAUGHT_BY = {
    "counts-as-sent-first": 2,
    "failure-is-for-ever": 5,
    "failure-overturns-success": 8,
    "flood-is-final": 11,
    "knows-no-night": 16,
    "never-asks": 9,
    "prompts-all-day": 2,
    "receipt-counts-twice": 7,
    "sends-before-commit": 7,
    "settles-twice": 6,
    "unknown-is-failure": 5,
}
# What is never asked about piles up: eight days of it would take ten times as long.
_DAYS_TO_CATCH = {"never-asks": 1}


@pytest.fixture(scope="module")
def schema():
    return migrated_schema()


@pytest.fixture(autouse=True)
def quiet():
    command._keep_quiet()  # noqa: SLF001 - what the command does, too
    yield
    structlog.reset_defaults()


def _rehearse(seed, schema, *, days=_DAYS, mutant=None):
    return rehearse(seed, days=days, store=SqliteStore(schema), spoil=spoiler(mutant))


@pytest.mark.parametrize("seed", range(1, _SEEDS + 1))
def test_the_engine_keeps_its_promises(seed, schema):
    outcome = _rehearse(seed, schema)

    assert outcome.broken is None, "\n".join((str(outcome.broken), *outcome.last_steps))
    assert outcome.counts["prompts"] > 0
    assert outcome.counts["notices"] > 0


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_each_bug_is_caught(name, schema):
    first, days = _CAUGHT_BY.get(name, 1), _DAYS_TO_CATCH.get(name, _DAYS)

    assert any(
        _rehearse(seed, schema, days=days, mutant=name).broken
        for seed in (*range(first, _SEEDS_TO_CATCH + 1), *range(1, first))
    )


def test_a_seed_is_replayed_exactly(schema):
    first, again, other = (_rehearse(seed, schema, days=3) for seed in (5, 5, 6))

    assert first == type(first)(**(vars(again) | {"machine_s": first.machine_s}))
    assert first.digest != other.digest


def test_a_failing_seed_is_replayed_to_the_same_step(schema):
    first, again = (_rehearse(2, schema, mutant="drops-credit") for _ in range(2))

    assert first.broken == again.broken
    assert first.last_steps == again.last_steps


@pytest.fixture(scope="module")
def lived_here(schema):
    return _rehearse(3, schema, days=2)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_python_process_replays_it_as_well(hash_seed, lived_here):
    arguments = ["-m", "rehearsal", "--seeds", "1", "--first-seed", "3", "--days", "2", "--trace"]
    there = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )

    assert f"seed 3: {lived_here.digest}" in there.stdout.splitlines()


def test_the_command_ends_with_the_totals_and_zero(capsys):
    code = command.main(["--seeds", "2", "--days", "1", "--jobs", "1"])

    last = capsys.readouterr().out.splitlines()[-1]
    assert code == 0
    assert last.startswith("2 seeds of 1 days: all promises kept;")


def test_the_command_reports_a_failing_seed_and_ends_with_one(capsys):
    code = command.main(["--seeds", "1", "--days", "3", "--mutant", "allocates-twice"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[0] == "seed 1 FAILED"
    assert lines[-2].strip().startswith("replay: python -m rehearsal --seeds 1 --first-seed 1")
    assert "1 SEEDS FAILED" in lines[-1]


def test_the_program_ends_as_its_command_does():
    arguments = ["--seeds", "2", "--days", "1", "--jobs", "2"]

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "rehearsal", *arguments, "--mutant", "allocates-twice"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1, done.stderr
    assert "2 SEEDS FAILED" in done.stdout.splitlines()[-1]


def test_two_processes_side_by_side_find_what_one_finds(capsys):
    alone = command.main(["--seeds", "2", "--days", "1", "--jobs", "1"])
    one = capsys.readouterr().out.splitlines()[-1]
    together = command.main(["--seeds", "2", "--days", "1", "--jobs", "2"])
    two = capsys.readouterr().out.splitlines()[-1]

    assert alone == together == 0
    assert one.rsplit(";", 1)[0] == two.rsplit(";", 1)[0]


@pytest.mark.postgres
def test_the_engine_keeps_its_promises_on_postgres(postgres_server, capsys):
    url = postgres_server.get_uri()

    code = command.main(["--seeds", "1", "--first-seed", "7", "--days", "2", "--database", url])

    assert code == 0, capsys.readouterr().out


@pytest.mark.postgres
def test_a_bug_is_caught_on_postgres(postgres_server, capsys):
    url = postgres_server.get_uri()
    bug = "acknowledges-first"

    code = command.main(["--seeds", "1", "--days", "3", "--database", url, "--mutant", bug])

    assert code == 1
    assert "a callback is stored before it is acknowledged" in capsys.readouterr().out
