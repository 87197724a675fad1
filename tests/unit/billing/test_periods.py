"""Billing dates: reckoned from the anchor, clamped to the month, and never adrift."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from core.billing.periods import (
    Frequency,
    Period,
    Renewal,
    Schedule,
    check_billing_day,
    cycle_date,
    due_periods,
    first_billing_date,
    is_billing_day,
    months_apart,
    next_cycle_on_or_after,
    period,
    skips_some,
)
from core.errors import Fault, InvalidValue

WEEKS = {Frequency.WEEKLY: 1, Frequency.BIWEEKLY: 2}
MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.SEMIANNUAL: 6,
    Frequency.YEARLY: 12,
}
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 12, 31))
INTERVALS = st.integers(min_value=1, max_value=36)


@st.composite
def schedules(draw, frequencies=tuple(Frequency)):
    frequency = draw(st.sampled_from(frequencies))
    last = 7 if frequency in WEEKS else 31
    day = st.none() if frequency is Frequency.DAILY else st.none() | st.integers(1, last)
    return Schedule(frequency=frequency, interval_count=draw(INTERVALS), billing_day=draw(day))


def dates_of(schedule, anchor, count):
    return [cycle_date(schedule, anchor=anchor, cycle=cycle) for cycle in range(count)]


def refusal_of(*arguments):
    with pytest.raises(InvalidValue) as refusal:
        check_billing_day(*arguments)
    return refusal.value.fault


# The billing day


def test_a_daily_plan_has_no_billing_day():
    assert check_billing_day(Frequency.DAILY, None) is None
    assert refusal_of(Frequency.DAILY, 1) == Fault("billing_day_not_used")
    assert refusal_of(Frequency.DAILY, 1, Renewal.ROLLING) == Fault("billing_day_not_used")


@pytest.mark.parametrize("frequency", WEEKS)
def test_a_weekly_plan_is_billed_on_monday_to_sunday(frequency):
    assert [check_billing_day(frequency, day) for day in (1, 7)] == [1, 7]
    assert refusal_of(frequency, 0) == Fault("out_of_range", {"min": 1, "max": 7})
    assert refusal_of(frequency, 8) == Fault("out_of_range", {"min": 1, "max": 7})


@pytest.mark.parametrize("frequency", MONTHS)
def test_a_plan_of_months_is_billed_on_the_1st_to_the_31st(frequency):
    assert [check_billing_day(frequency, day) for day in (1, 31)] == [1, 31]
    assert refusal_of(frequency, 0) == Fault("out_of_range", {"min": 1, "max": 31})
    assert refusal_of(frequency, 32) == Fault("out_of_range", {"min": 1, "max": 31})


@pytest.mark.parametrize("frequency", [*WEEKS, *MONTHS])
def test_only_a_rolling_plan_may_go_without_a_billing_day(frequency):
    assert refusal_of(frequency, None) == Fault("required")
    assert check_billing_day(frequency, None, Renewal.ROLLING) is None
    assert check_billing_day(frequency, 5, Renewal.ROLLING) == 5
    assert refusal_of(frequency, 32, Renewal.ROLLING).code == "out_of_range"


# The first date


@pytest.mark.parametrize("interval_count", [1, 7])
def test_a_daily_plan_begins_tomorrow(interval_count):
    schedule = Schedule(frequency=Frequency.DAILY, interval_count=interval_count)

    assert first_billing_date(schedule, today=date(2026, 12, 31)) == date(2027, 1, 1)


@pytest.mark.parametrize("frequency", WEEKS)
@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        (1, date(2026, 11, 30)),
        (2, date(2026, 12, 1)),
        (3, date(2026, 11, 25) + timedelta(weeks=1)),  # today itself is too late
        (4, date(2026, 11, 26)),
        (7, date(2026, 11, 29)),
    ],
)
def test_a_weekly_plan_begins_on_the_next_such_weekday_after_today(frequency, weekday, expected):
    wednesday = date(2026, 11, 25)
    schedule = Schedule(frequency=frequency, billing_day=weekday)

    assert first_billing_date(schedule, today=wednesday) == expected


@pytest.mark.parametrize("frequency", MONTHS)
@pytest.mark.parametrize(
    ("today", "day", "expected"),
    [
        (date(2026, 11, 23), 24, date(2026, 11, 24)),
        (date(2026, 11, 23), 23, date(2026, 12, 23)),
        (date(2026, 11, 23), 1, date(2026, 12, 1)),
        (date(2026, 12, 31), 31, date(2027, 1, 31)),
        (date(2027, 1, 31), 31, date(2027, 2, 28)),
        (date(2028, 1, 31), 30, date(2028, 2, 29)),
        (date(2027, 2, 27), 31, date(2027, 2, 28)),
        (date(2027, 2, 28), 31, date(2027, 3, 31)),
        (date(2026, 4, 29), 31, date(2026, 4, 30)),
        (date(2026, 4, 30), 31, date(2026, 5, 31)),
    ],
)
def test_a_plan_of_months_begins_on_the_next_such_day_of_any_month(
    frequency, today, day, expected
):
    schedule = Schedule(frequency=frequency, billing_day=day)

    assert first_billing_date(schedule, today=today) == expected


@pytest.mark.parametrize("frequency", [*WEEKS, *MONTHS])
def test_a_plan_without_a_billing_day_begins_at_once(frequency):
    schedule = Schedule(frequency=frequency, renewal=Renewal.ROLLING)

    assert first_billing_date(schedule, today=date(2026, 11, 23)) == date(2026, 11, 23)


@given(schedules(), DAYS)
def test_the_first_date_is_the_earliest_billing_day_after_today(schedule, today):
    assume(schedule.billing_day is not None)

    first = first_billing_date(schedule, today=today)

    def is_billing_day(day):
        if schedule.frequency in WEEKS:
            return day.isoweekday() == schedule.billing_day
        return day.day == min(schedule.billing_day, monthrange(day.year, day.month)[1])

    after_today = (today + timedelta(days=days) for days in range(1, 63))
    assert first == next(day for day in after_today if is_billing_day(day))


# The dates after it


@pytest.mark.parametrize(
    ("frequency", "interval_count", "second"),
    [
        (Frequency.DAILY, 1, date(2026, 11, 24)),
        (Frequency.DAILY, 10, date(2026, 12, 3)),
        (Frequency.WEEKLY, 1, date(2026, 11, 30)),
        (Frequency.WEEKLY, 3, date(2026, 12, 14)),
        (Frequency.BIWEEKLY, 1, date(2026, 12, 7)),
        (Frequency.BIWEEKLY, 2, date(2026, 12, 21)),
        (Frequency.MONTHLY, 1, date(2026, 12, 23)),
        (Frequency.MONTHLY, 2, date(2027, 1, 23)),
        (Frequency.QUARTERLY, 1, date(2027, 2, 23)),
        (Frequency.QUARTERLY, 2, date(2027, 5, 23)),
        (Frequency.SEMIANNUAL, 1, date(2027, 5, 23)),
        (Frequency.SEMIANNUAL, 3, date(2028, 5, 23)),
        (Frequency.YEARLY, 1, date(2027, 11, 23)),
        (Frequency.YEARLY, 2, date(2028, 11, 23)),
    ],
)
def test_the_interval_count_multiplies_the_frequency(frequency, interval_count, second):
    schedule = Schedule(frequency=frequency, interval_count=interval_count)

    assert dates_of(schedule, date(2026, 11, 23), 2) == [date(2026, 11, 23), second]


def test_the_31st_is_the_last_day_of_each_month_and_comes_back():
    schedule = Schedule(frequency=Frequency.MONTHLY, billing_day=31)

    assert dates_of(schedule, date(2027, 1, 31), 5) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


def test_a_subscription_begun_on_a_clamped_day_goes_back_to_its_billing_day():
    schedule = Schedule(frequency=Frequency.MONTHLY, billing_day=30)

    assert dates_of(schedule, date(2027, 2, 28), 3) == [
        date(2027, 2, 28),
        date(2027, 3, 30),
        date(2027, 4, 30),
    ]


def test_a_year_from_29_february_is_28_february_until_the_next_leap_year():
    schedule = Schedule(frequency=Frequency.YEARLY)

    assert dates_of(schedule, date(2028, 2, 29), 5) == [
        date(2028, 2, 29),
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 29),
    ]


def test_an_anchor_that_is_no_billing_day_is_billed_and_the_later_bills_fall_on_billing_days():
    monthly = Schedule(frequency=Frequency.MONTHLY, billing_day=5)
    weekly = Schedule(frequency=Frequency.WEEKLY, billing_day=1)

    assert dates_of(monthly, date(2026, 11, 23), 3) == [
        date(2026, 11, 23),
        date(2026, 12, 5),
        date(2027, 1, 5),
    ]
    assert dates_of(weekly, date(2026, 11, 26), 3) == [
        date(2026, 11, 26),
        date(2026, 11, 30),
        date(2026, 12, 7),
    ]


@pytest.mark.parametrize("frequency", MONTHS)
@pytest.mark.parametrize("billing_day", range(1, 32))
def test_ten_years_of_bills_never_leave_their_billing_day(frequency, billing_day):
    schedule = Schedule(frequency=frequency, billing_day=billing_day)
    anchor = first_billing_date(schedule, today=date(2026, 11, 23))

    for cycle, billed_on in enumerate(dates_of(schedule, anchor, 121 // MONTHS[frequency])):
        assert billed_on.day == min(billing_day, monthrange(billed_on.year, billed_on.month)[1])
        months = (billed_on.year - anchor.year) * 12 + billed_on.month - anchor.month
        assert months == cycle * MONTHS[frequency]


@pytest.mark.parametrize("frequency", WEEKS)
@pytest.mark.parametrize("billing_day", range(1, 8))
def test_ten_years_of_weeks_never_leave_their_weekday(frequency, billing_day):
    schedule = Schedule(frequency=frequency, billing_day=billing_day)
    anchor = first_billing_date(schedule, today=date(2026, 11, 23))

    for cycle, billed_on in enumerate(dates_of(schedule, anchor, 522 // WEEKS[frequency])):
        assert billed_on.isoweekday() == billing_day
        assert billed_on - anchor == timedelta(weeks=cycle * WEEKS[frequency])


@given(schedules(tuple(MONTHS)), DAYS, st.integers(min_value=1, max_value=120))
def test_a_bill_of_months_falls_on_the_clamped_day_of_the_month_that_dateutil_names(
    schedule, anchor, cycle
):
    months = cycle * schedule.interval_count * MONTHS[schedule.frequency]

    billed_on = cycle_date(schedule, anchor=anchor, cycle=cycle)

    oracle = anchor + relativedelta(months=months, day=schedule.billing_day or anchor.day)
    assert billed_on == oracle


@given(schedules(tuple(WEEKS)), DAYS, st.integers(min_value=1, max_value=520))
def test_a_bill_of_weeks_falls_on_its_weekday_of_the_iso_week_that_many_weeks_on(
    schedule, anchor, cycle
):
    weeks = cycle * schedule.interval_count * WEEKS[schedule.frequency]

    billed_on = cycle_date(schedule, anchor=anchor, cycle=cycle)

    assert billed_on.isoweekday() == (schedule.billing_day or anchor.isoweekday())
    assert billed_on.isocalendar()[:2] == (anchor + timedelta(weeks=weeks)).isocalendar()[:2]


# Periods


def test_a_period_ends_where_the_next_one_begins():
    schedule = Schedule(frequency=Frequency.MONTHLY, billing_day=31)

    second = period(schedule, anchor=date(2027, 1, 31), cycle=1)

    assert second == Period(cycle=1, start=date(2027, 2, 28), end=date(2027, 3, 31))


@given(schedules(), DAYS, st.integers(min_value=0, max_value=60))
def test_periods_leave_no_gap_and_are_never_empty(schedule, anchor, cycle):
    this = period(schedule, anchor=anchor, cycle=cycle)
    following = period(schedule, anchor=anchor, cycle=cycle + 1)

    assert this.start < this.end == following.start


# What is due


MONTHLY = Schedule(frequency=Frequency.MONTHLY, billing_day=1)
ANCHOR = date(2027, 1, 1)


def due_on(today, *, cycle=0, **limits):
    periods, has_more = due_periods(MONTHLY, anchor=ANCHOR, cycle=cycle, today=today, **limits)
    return [due.cycle for due in periods], has_more


def test_nothing_is_due_before_the_period_begins():
    assert due_on(date(2026, 12, 31)) == ([], False)
    assert due_on(date(2027, 1, 31), cycle=1) == ([], False)


def test_a_period_is_due_from_its_first_day_on():
    assert due_on(date(2027, 1, 1)) == ([0], False)
    assert due_on(date(2027, 1, 31)) == ([0], False)


def test_missed_periods_are_due_one_by_one_oldest_first():
    assert due_on(date(2027, 3, 1)) == ([0, 1, 2], False)
    assert due_on(date(2027, 6, 15), cycle=4) == ([4, 5], False)


def test_more_missed_periods_than_the_limit_are_flagged():
    assert due_on(date(2027, 3, 31)) == ([0, 1, 2], False)
    assert due_on(date(2027, 4, 1)) == ([0, 1, 2], True)
    assert due_on(date(2027, 3, 1), limit=2) == ([0, 1], True)
    assert due_on(date(2027, 3, 1), limit=12) == ([0, 1, 2], False)


@given(schedules(), DAYS, st.integers(0, 20), DAYS, st.integers(1, 5))
def test_due_periods_are_exactly_the_begun_ones_up_to_the_limit(
    schedule, anchor, cycle, today, limit
):
    due, has_more = due_periods(schedule, anchor=anchor, cycle=cycle, today=today, limit=limit)

    candidates = [period(schedule, anchor=anchor, cycle=cycle + k) for k in range(limit + 1)]
    begun = [candidate for candidate in candidates if candidate.start <= today]
    assert due == begun[:limit]
    assert has_more == (len(begun) > limit)


# Resuming


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 6, 1), (0, date(2027, 1, 1))),
        (date(2027, 1, 1), (0, date(2027, 1, 1))),
        (date(2027, 1, 2), (1, date(2027, 2, 1))),
        (date(2027, 2, 1), (1, date(2027, 2, 1))),
        (date(2037, 2, 2), (122, date(2037, 3, 1))),
    ],
)
def test_a_resumed_plan_goes_on_with_its_first_date_from_that_day_on(day, expected):
    assert next_cycle_on_or_after(MONTHLY, anchor=ANCHOR, day=day) == expected


@given(schedules(), DAYS, DAYS)
def test_the_next_cycle_is_the_first_one_on_the_day_or_after_it(schedule, anchor, day):
    cycle, billed_on = next_cycle_on_or_after(schedule, anchor=anchor, day=day)

    assert isinstance(cycle, int)
    assert billed_on == cycle_date(schedule, anchor=anchor, cycle=cycle)
    assert billed_on >= day
    assert cycle == 0 or cycle_date(schedule, anchor=anchor, cycle=cycle - 1) < day


# What people are told


@given(schedules(), DAYS, st.integers(1, 60))
def test_only_the_anchor_may_be_no_billing_day(schedule, anchor, cycle):
    assert is_billing_day(schedule, cycle_date(schedule, anchor=anchor, cycle=cycle))


@pytest.mark.parametrize(
    ("frequency", "billing_day", "day", "is_one"),
    [
        (Frequency.DAILY, None, date(2028, 4, 10), True),
        (Frequency.WEEKLY, 1, date(2028, 4, 10), True),
        (Frequency.WEEKLY, 2, date(2028, 4, 10), False),
        (Frequency.MONTHLY, 31, date(2028, 4, 30), True),
        (Frequency.MONTHLY, 31, date(2028, 4, 29), False),
        (Frequency.YEARLY, None, date(2028, 4, 10), True),
    ],
)
def test_a_billing_day_is_one_of_its_own_week_or_month(frequency, billing_day, day, is_one):
    schedule = Schedule(frequency=frequency, billing_day=billing_day)

    assert is_billing_day(schedule, day) is is_one


@pytest.mark.parametrize(
    ("frequency", "interval_count", "months", "skips"),
    [
        (Frequency.DAILY, 1, 0, False),
        (Frequency.WEEKLY, 2, 0, True),
        (Frequency.MONTHLY, 1, 1, False),
        (Frequency.MONTHLY, 12, 12, True),
        (Frequency.QUARTERLY, 2, 6, True),
    ],
)
def test_months_apart_are_counted_and_so_is_what_is_skipped(
    frequency, interval_count, months, skips
):
    schedule = Schedule(frequency=frequency, interval_count=interval_count)

    assert (months_apart(schedule), skips_some(schedule)) == (months, skips)
