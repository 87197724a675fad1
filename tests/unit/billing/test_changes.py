from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.changes import (
    can_change_plan,
    can_end_later,
    check_first_date,
    check_resume_date,
    end_of_period,
    start_of_new_plan,
)
from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency, Renewal, Schedule, cycle_date, period
from core.errors import Fault
from tests.unit.billing.refusals import fault_of

S = SubscriptionStatus
TODAY = date(2026, 11, 23)
MONTHLY = Schedule(frequency=Frequency.MONTHLY, billing_day=31)
WEEKLY = Schedule(frequency=Frequency.WEEKLY, billing_day=1)


def test_a_pause_ends_tomorrow_at_the_earliest_and_in_ten_years_at_the_latest():
    assert check_resume_date(date(2026, 11, 24), today=TODAY) == date(2026, 11, 24)
    assert check_resume_date(date(2036, 11, 23), today=TODAY) == date(2036, 11, 23)
    for day, fault in (
        (TODAY, Fault("not_after_today")),
        (date(2036, 11, 24), Fault("too_far", {"years": 10})),
    ):
        assert fault_of(lambda day=day: check_resume_date(day, today=TODAY)) == fault


def test_a_first_bill_is_today_at_the_earliest_and_in_ten_years_at_the_latest():
    assert check_first_date(TODAY, today=TODAY) == TODAY
    assert check_first_date(date(2036, 11, 23), today=TODAY) == date(2036, 11, 23)
    for day, fault in (
        (date(2026, 11, 22), Fault("in_the_past")),
        (date(2036, 11, 24), Fault("too_far", {"years": 10})),
    ):
        assert fault_of(lambda day=day: check_first_date(day, today=TODAY)) == fault


@pytest.mark.parametrize(
    ("status", "next_on", "is_parked", "can"),
    [
        (S.ACTIVE, date(2026, 11, 24), False, True),
        (S.PAST_DUE, date(2026, 12, 1), False, True),
        (S.ACTIVE, TODAY, False, False),
        (S.ACTIVE, date(2026, 12, 1), True, False),
        (S.PAUSED, date(2026, 12, 1), False, False),
        (S.PENDING_ACTIVATION, date(2026, 12, 1), False, False),
        (S.CANCELLED, date(2026, 12, 1), False, False),
    ],
)
def test_only_a_billed_period_that_runs_can_be_waited_for(status, next_on, is_parked, can):
    assert can_end_later(status, next_on=next_on, today=TODAY, is_parked=is_parked) is can


def test_a_period_ends_at_midnight_of_the_business_zone():
    ends_at = end_of_period(date(2026, 12, 1), zone=ZoneInfo("Africa/Nairobi"))

    assert ends_at == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert ends_at.tzinfo is UTC


def test_another_plan_can_follow_once_the_client_joined_and_until_he_leaves():
    assert {status for status in S if can_change_plan(status)} == {
        S.ACTIVE,
        S.PAST_DUE,
        S.PAUSED,
        S.SUSPENDED,
    }


def test_a_new_rhythm_is_counted_from_the_first_day_that_is_not_paid_for():
    next_on = cycle_date(MONTHLY, anchor=date(2026, 1, 31), cycle=10)

    start = start_of_new_plan(MONTHLY, WEEKLY, anchor=date(2026, 1, 31), cycle=10, next_on=next_on)

    assert next_on == date(2026, 11, 30)
    assert (start.anchor_date, start.cycle_number) == (next_on, 0)
    assert start.next_billing_date == next_on
    first = period(WEEKLY, anchor=start.anchor_date, cycle=0)
    assert (first.start, first.end) == (next_on, date(2026, 12, 7))


def test_the_same_rhythm_goes_on_counting_so_that_the_31st_stays_the_31st():
    rolling = Schedule(frequency=Frequency.MONTHLY, renewal=Renewal.ROLLING)

    start = start_of_new_plan(
        rolling, rolling, anchor=date(2026, 1, 31), cycle=1, next_on=date(2026, 2, 28)
    )

    following = cycle_date(rolling, anchor=start.anchor_date, cycle=start.cycle_number + 1)
    assert start.next_billing_date == date(2026, 2, 28)
    assert following == date(2026, 3, 31)


SCHEDULES = st.one_of(
    st.builds(
        Schedule,
        frequency=st.sampled_from([Frequency.WEEKLY, Frequency.BIWEEKLY]),
        interval_count=st.integers(1, 3),
        billing_day=st.integers(1, 7),
    ),
    st.builds(
        Schedule,
        frequency=st.sampled_from([Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.YEARLY]),
        interval_count=st.integers(1, 3),
        billing_day=st.integers(1, 31),
    ),
)


@given(
    old=SCHEDULES,
    new=SCHEDULES,
    anchor=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    cycle=st.integers(1, 30),
)
def test_no_day_is_billed_twice_or_left_out_when_the_plan_changes(old, new, anchor, cycle):
    last = period(old, anchor=anchor, cycle=cycle - 1)

    start = start_of_new_plan(old, new, anchor=anchor, cycle=cycle, next_on=last.end)

    first = period(new, anchor=start.anchor_date, cycle=start.cycle_number)
    assert first.start == last.end
    assert first.end > first.start
