"""What becomes of a subscription whose date has come."""

from datetime import date

from core.billing.due import account_reference, due_bills, missed_periods
from core.billing.periods import Frequency, Renewal, Schedule, running

MONTHLY = Schedule(frequency=Frequency.MONTHLY, billing_day=31)
ANCHOR = date(2026, 1, 31)


def starts(bills):
    return [period.start for period in bills.periods]


def test_one_period_is_billed_and_the_next_date_is_its_end():
    bills = due_bills(MONTHLY, anchor=ANCHOR, cycle=1, today=date(2026, 2, 28))

    assert starts(bills) == [date(2026, 2, 28)]
    assert (bills.cycle_number, bills.next_on, bills.missed) == (2, date(2026, 3, 31), 0)


def test_three_missed_periods_are_billed_oldest_first_without_parking():
    bills = due_bills(MONTHLY, anchor=ANCHOR, cycle=0, today=date(2026, 4, 29))

    assert starts(bills) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert bills.missed == 0


def test_with_a_fourth_missed_period_the_rest_waits_for_the_owner():
    bills = due_bills(MONTHLY, anchor=ANCHOR, cycle=0, today=date(2026, 4, 30))

    assert len(bills.periods) == 3
    assert (bills.cycle_number, bills.next_on, bills.missed) == (3, date(2026, 4, 30), 1)


def test_rolling_subscription_is_billed_for_one_period_however_late():
    rolling = running(Schedule(frequency=Frequency.DAILY, renewal=Renewal.ROLLING))

    bills = due_bills(rolling, anchor=ANCHOR, cycle=0, today=date(2026, 3, 31))

    assert starts(bills) == [ANCHOR]
    assert bills.missed == 0


def test_date_that_its_cycle_does_not_have_is_mended_and_bills_nothing():
    bills = due_bills(MONTHLY, anchor=ANCHOR, cycle=2, today=date(2026, 3, 30))

    assert starts(bills) == []
    assert (bills.cycle_number, bills.next_on, bills.missed) == (2, date(2026, 3, 31), 0)


def test_missed_periods_count_the_one_that_begins_today():
    counted = [
        missed_periods(MONTHLY, anchor=ANCHOR, cycle=1, today=date(2026, 3, day))
        for day in (30, 31)
    ]

    assert counted == [1, 2]


def test_running_rolling_subscription_keeps_its_anchors_day_and_a_fixed_one_its_plans():
    rolling = Schedule(frequency=Frequency.MONTHLY, billing_day=5, renewal=Renewal.ROLLING)

    assert running(rolling).billing_day is None
    assert running(MONTHLY) == MONTHLY


def test_account_reference_fits_what_daraja_takes():
    assert account_reference(9_999_999_999) == "FP9999999999"
