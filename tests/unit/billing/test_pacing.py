"""At most so many pushes a second, however often and by however many it is asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.pacing import count, grant

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def granted(wanted, filled_until, now=NOW, pushes_per_second=10):
    return grant(wanted, filled_until=filled_until, now=now, pushes_per_second=pushes_per_second)


@given(st.integers(1, 1000))
def test_second_that_nobody_used_holds_all_its_pushes(pushes_per_second):
    first = granted(5000, None, pushes_per_second=pushes_per_second)

    assert first.pushes == pushes_per_second
    again = granted(1, first.filled_until, pushes_per_second=pushes_per_second)
    assert again.pushes == 0


def test_what_was_not_wanted_is_left_for_others():
    first = granted(4, None)

    assert granted(10, first.filled_until).pushes == 6


def test_pushes_come_free_one_by_one_as_time_goes_by():
    full = granted(10, None).filled_until

    assert granted(10, full, NOW + SECOND / 10).pushes == 1
    assert granted(10, full, NOW + SECOND).pushes == 10
    assert granted(10, full, NOW + 60 * SECOND).pushes == 10


def test_push_of_a_person_goes_at_once_and_the_others_wait_for_it():
    full = granted(10, None).filled_until
    beyond = count(1, filled_until=full, now=NOW, pushes_per_second=10)

    assert granted(10, beyond, NOW + SECOND / 10).pushes == 0
    assert granted(10, beyond, NOW + SECOND / 5).pushes == 1


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 80)), min_size=1, max_size=30),
)
def test_no_stretch_of_time_sees_more_than_its_seconds_and_one_second_before(rate, questions):
    now, filled_until, gone = NOW, None, []
    for milliseconds, wanted in questions:
        now += timedelta(milliseconds=milliseconds)
        answer = granted(wanted, filled_until, now, rate)
        filled_until = answer.filled_until
        gone += [now] * answer.pushes

    span = (now - NOW) / SECOND
    assert len(gone) <= rate * (span + 1) * 1.001


@pytest.mark.parametrize(
    "ask",
    [
        granted,
        lambda *_, pushes_per_second: count(
            1, filled_until=None, now=NOW, pushes_per_second=pushes_per_second
        ),
    ],
)
def test_limit_of_nothing_is_no_question(ask):
    with pytest.raises(ValueError, match="0"):
        ask(1, None, pushes_per_second=0)
