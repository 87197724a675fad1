"""The story of one bill: each event is one line in plain words, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.words.story import story
from bot.words.texts import texts_for
from core.billing.lifecycle import PushState
from core.billing.outcomes import Outcome
from core.models import PaymentSource
from core.services.bills.histories import Asked, History, Paid

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LANGUAGES = pytest.mark.parametrize("texts", [texts_for("en"), texts_for("sw")], ids=["en", "sw"])
EN = texts_for("en")


def told(texts, *events):
    """Return the lines of the story without its title."""
    return story(texts, History(events=events, has_receipt=False)).split("\n")[1:]


def asked(state=PushState.FAILED, outcome=None, at=AT):
    return Asked(at=at, state=state, outcome=outcome)


def paid(source, receipt=None):
    return Paid(at=AT, amount_kes=1500, source=source, receipt=receipt)


def test_nothing_happened_has_no_story():
    assert story(EN, History(events=(), has_receipt=False)) is None


def test_a_story_reads_as_the_days_went():
    lines = told(
        EN,
        asked(outcome=Outcome.TIMED_OUT),
        asked(outcome=Outcome.WRONG_PIN, at=AT + timedelta(days=1)),
        paid(PaymentSource.STK, "RKTQDM7W6S"),
    )

    assert lines == [
        "📲 23 Nov, 09:00: prompt sent, no answer in time",
        "📲 24 Nov, 09:00: prompt sent, wrong PIN",
        "💰 23 Nov, 09:00: KES 1,500 by M-Pesa, <code>RKTQDM7W6S</code>",
    ]


@LANGUAGES
@pytest.mark.parametrize("state", PushState)
def test_each_state_of_a_prompt_is_one_line_with_its_time(texts, state):
    (line,) = told(texts, asked(state))

    assert "09:00" in line
    assert state.value not in line


@LANGUAGES
def test_the_ends_of_a_prompt_are_told_apart(texts):
    ends = set(Outcome) - {Outcome.PAID, Outcome.PENDING, Outcome.UNCLEAR, Outcome.NEVER_SENT}

    assert len({told(texts, asked(outcome=end))[0] for end in ends}) == len(ends)


@LANGUAGES
def test_the_doors_of_money_are_told_apart(texts):
    doors = (PaymentSource.CASH, PaymentSource.BANK, PaymentSource.STK)

    lines = {told(texts, paid(door))[0] for door in doors}

    assert len(lines) == len(doors)
    assert all("KES 1,500" in line for line in lines)


@LANGUAGES
def test_a_long_story_counts_what_it_leaves_out(texts):
    lines = told(texts, *[asked(outcome=Outcome.CANCELLED) for _ in range(40)])

    assert len(lines) == 13
    assert "28" in lines[0]
