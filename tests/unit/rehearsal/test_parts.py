"""The small parts: the trace, the weather, the words for statements, the final report."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from rehearsal.command import Order
from rehearsal.mutants import MUTANTS
from rehearsal.report import Totals, failure
from rehearsal.run import Outcome
from rehearsal.sql_words import label_of, written_table
from rehearsal.trace import KEPT, Trace
from rehearsal.weather import Fault, Weather
from rehearsal.world import Broken
from sandbox.mpesa.faults import FaultKind

EVERY_FAULT = {*Fault, *FaultKind}


def _outcome(broken=None, seed=7):
    return Outcome(
        seed=seed,
        broken=broken,
        last_steps=("day 0 00:00:01.000 web: COMMIT",),
        digest="abc",
        counts=Counter(prompts=3, payments=2, crash=1),
        machine_s=1.5,
    )


def _broken():
    return Broken("money counts once", "payment 4", datetime(2026, 2, 1, tzinfo=UTC))


def test_two_traces_agree_only_if_each_step_does():
    one, same, other = Trace(), Trace(), Trace()
    for trace in (one, same):
        trace.note(1.5, "web", "COMMIT")
    other.note(1.501, "web", "COMMIT")

    assert one.digest == same.digest
    assert one.digest != other.digest


def test_the_trace_keeps_the_last_steps():
    trace = Trace()
    for number in range(KEPT + 5):
        trace.note(number, "web", f"step {number}")

    assert len(trace.last) == KEPT
    assert trace.last[-1] == "day 0 00:01:04.000 web: step 64"
    assert trace.steps == KEPT + 5


def test_calm_weather_spoils_nothing():
    weather = Weather(random.Random(1))  # noqa: S311 - repeatable on purpose
    weather.is_calm = True

    assert not any(weather.strikes(fault) for fault in EVERY_FAULT for _ in range(1000))
    assert not weather.struck


def test_every_fault_strikes_in_some_seed():
    struck = Counter()
    for seed in range(20):
        weather = Weather(random.Random(seed))  # noqa: S311 - repeatable on purpose
        for fault in EVERY_FAULT:
            for _ in range(2000):
                weather.strikes(fault)
        struck += weather.struck

    # An outage is planned by the town, and a callback overtakes an answer when a client is quick:
    # neither is drawn at an occasion.
    assert set(struck) == EVERY_FAULT - {Fault.OUTAGE, FaultKind.CALLBACK_BEFORE_ANSWER}


@pytest.mark.parametrize(
    ("sql", "label", "table"),
    [
        ('UPDATE "facts" SET "value"="value" WHERE "id"=-1', "UPDATE facts", "facts"),
        ('INSERT INTO "payments" ("id") VALUES (?)', "INSERT payments", "payments"),
        ('INSERT OR IGNORE INTO "paces" ("id") VALUES (?)', "INSERT paces", "paces"),
        ('DELETE FROM "allocations" WHERE "id"=?', "DELETE allocations", "allocations"),
        ('SELECT "a","b" FROM "users" WHERE "id"=?', "SELECT users", None),
        ("COMMIT", "COMMIT", None),
    ],
)
def test_a_statement_is_known_by_its_verb_and_table(sql, label, table):
    assert label_of(sql) == label
    assert written_table(sql) == table


def test_a_failed_seed_is_reported_with_the_command_that_replays_it():
    order = Order(
        seeds=100,
        first_seed=1,
        days=30,
        database="sqlite",
        mutant="drops-credit",
        jobs=2,
        trace=False,
    )

    report = failure(_outcome(_broken()), order.replay(7))

    assert "money counts once: payment 4" in report
    assert "day 0 00:00:01.000 web: COMMIT" in report
    command = "python -m rehearsal --seeds 1 --first-seed 7 --days 30 --trace"
    assert report.endswith(f"replay: {command} --mutant drops-credit")


def test_a_replay_command_holds_no_database_password():
    order = Order(
        seeds=1,
        first_seed=1,
        days=30,
        database="postgres://me:hunter2@db/fluxpay",
        mutant=None,
        jobs=1,
        trace=False,
    )

    assert "hunter2" not in order.replay(1)


def test_the_totals_are_one_line():
    totals = Totals(30)
    totals.add(_outcome())
    totals.add(_outcome(seed=8))

    line = totals.line()

    assert line.startswith("2 seeds of 30 days: all promises kept; 6 prompts, 4 payments")
    assert "2 crash" in line
    assert "\n" not in line


def test_the_totals_say_how_many_seeds_failed():
    totals = Totals(30)
    totals.add(_outcome(_broken()))

    assert "1 SEEDS FAILED" in totals.line()


def test_each_bug_is_a_kind_of_the_service_it_replaces_and_says_what_it_does():
    assert len(MUTANTS) >= 10
    for mutant in MUTANTS.values():
        assert issubclass(mutant.bug, mutant.service)
        assert mutant.bug is not mutant.service
        assert mutant.about
