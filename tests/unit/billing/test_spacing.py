"""A phone rests a minute between prompts, and two for the same amount."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.spacing import REST, SAME_AMOUNT_REST, Rung, wait_for

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RUNGS = st.builds(
    Rung,
    at=st.integers(0, 300).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    amount_kes=st.sampled_from([100, 200]),
)


def rung(seconds_ago, amount_kes=100):
    return Rung(at=NOW - timedelta(seconds=seconds_ago), amount_kes=amount_kes)


@pytest.mark.parametrize(
    ("before", "wait_s"),
    [
        ([], None),
        ([rung(0)], 120),
        ([rung(119)], 1),
        ([rung(120)], None),
        ([rung(0, 200)], 60),
        ([rung(60, 200)], None),
        ([rung(50, 200), rung(100)], 20),
    ],
)
def test_wait_is_what_is_left_of_the_longest_rest(before, wait_s):
    wait = wait_for(100, before, now=NOW)

    assert wait == (None if wait_s is None else timedelta(seconds=wait_s))


@given(st.lists(RUNGS))
def test_after_the_wait_nothing_is_left_to_wait_for(before):
    wait = wait_for(100, before, now=NOW) or timedelta(0)

    assert wait <= SAME_AMOUNT_REST
    assert wait_for(100, before, now=NOW + wait) is None
    assert all(NOW + wait >= one.at + REST for one in before)
