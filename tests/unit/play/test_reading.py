"""Scenario files: what is read, and what is said about one that cannot be."""

from datetime import timedelta

import pytest

from fluxpay.play.reading import SHIPPED, ScenarioInvalid, read_script, shipped_titles
from fluxpay.play.story import distance
from sandbox.mpesa.faults import FaultKind
from sandbox.mpesa.reactions import Reaction

GOOD = """\
title: Paid
description: Asha pays.

plans:
  Gold: {amount_kes: 1500, billing_day: 5}

people:
  Asha: {plan: Gold}

days:
  - phones: {Asha: pay}
    faults: [callback_lost, {kind: telegram_429, count: 2}]
    go: billing day
  - phones:
      Asha: [cancel, pay]
    go: 2 days
    expect:
      Asha: {bills: [SUCCESS]}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "story.yaml"
        path.write_text(text)
        return path

    return write


def test_scenario_is_read_and_every_part_knows_its_line(write):
    script = read_script(write(GOOD))

    first, second = script.story.days
    assert first.phones == {"Asha": [Reaction.PAY]}
    assert second.phones == {"Asha": [Reaction.CANCEL, Reaction.PAY]}
    assert [fault.kind for fault in first.faults] == [FaultKind.CALLBACK_LOST, "telegram_429"]
    assert script.place("days", 1, "expect", "Asha") == "story.yaml:18"
    assert script.place("days", 1, "never", "written") == "story.yaml:14"


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("pay}", "tomorrow}", "11: days.0.phones.Asha.0: Input should be 'pay', 'wrong_pin',"),
        ("callback_lost", "earthquake", "12: days.0.faults.0.kind"),
        ("2 days", "two days", "16: days.1.go: should be 'billing day' or a time like"),
        ("bills:", "bils:", "18: days.1.expect.Asha.bils: Extra inputs are not permitted"),
        ("{plan: Gold}", "{plan: Silver}", "1: Asha is on the plan 'Silver'"),
        ("{Asha: pay}", "{Brian: pay}", "1: day 1 speaks of 'Brian', who is not in people"),
        ("amount_kes: 1500", "amount_kes: much", "5: plans.Gold.amount_kes: Input should be a"),
        ("title: Paid\n", "", "1: title: Field required"),
        ("people:\n", "people: [\n", "is no YAML"),
        (GOOD, "- a list\n", "1: is no scenario"),
        (GOOD, "", "1: is no scenario"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(write, good, bad, said):
    path = write(GOOD.replace(good, bad))

    with pytest.raises(ScenarioInvalid) as invalid:
        read_script(path)

    assert any(f"{path}:" in fault and said in fault for fault in invalid.value.faults)


def test_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioInvalid, match="cannot be read"):
        read_script(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("1 day", timedelta(days=1)),
        ("90 seconds", timedelta(seconds=90)),
        ("6 hours", timedelta(hours=6)),
        ("5 minutes", timedelta(minutes=5)),
    ],
)
def test_ways_are_read_as_times(way, expected):
    assert distance(way) == expected


def test_shipped_scenarios_are_listed_with_title_and_description():
    titles = shipped_titles()

    assert [title.name for title in titles] == sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    assert all(title.title and title.description for title in titles)
