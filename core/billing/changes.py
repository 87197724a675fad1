"""What is agreed today for a later day: a pause that ends, an end, another plan."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from core.billing.lifecycle import BILLABLE, SubscriptionStatus
from core.billing.periods import Frequency, Schedule, cycle_date, running
from core.errors import InvalidValue

MOST_YEARS_AHEAD = 10
"""Farther away a date is a slip of the thumb."""

_S = SubscriptionStatus
_TAKES_ANOTHER_PLAN = BILLABLE | {_S.PAUSED, _S.SUSPENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshStart:
    """Where a subscription stands once its new plan holds."""

    anchor_date: date
    cycle_number: int
    next_billing_date: date


def check_first_date(day: date, *, today: date) -> date:
    """Return the day that somebody chose for a first bill.

    Raises:
        InvalidValue: `in_the_past`, or `too_far` (years).
    """
    if day < today:
        raise InvalidValue("in_the_past")
    return _check_not_too_far(day, today=today)


def check_resume_date(day: date, *, today: date) -> date:
    """Return the day on which a paused subscription is to go on.

    Raises:
        InvalidValue: `not_after_today`, or `too_far` (years).
    """
    if day <= today:
        raise InvalidValue("not_after_today")
    return _check_not_too_far(day, today=today)


def _check_not_too_far(day: date, *, today: date) -> date:
    yearly = Schedule(frequency=Frequency.YEARLY)
    if day > cycle_date(yearly, anchor=today, cycle=MOST_YEARS_AHEAD):
        raise InvalidValue("too_far", years=MOST_YEARS_AHEAD)
    return day


def can_end_later(
    status: SubscriptionStatus, *, next_on: date, today: date, is_parked: bool
) -> bool:
    """Tell whether there is a billed period whose end can be waited for.

    Of a parked one the owner first decides about the periods that it missed.
    """
    return status in BILLABLE and next_on > today and not is_parked


def end_of_period(next_on: date, *, zone: tzinfo) -> datetime:
    """Return the instant at which the period before `next_on` is over, in UTC."""
    return datetime.combine(next_on, time(), tzinfo=zone).astimezone(UTC)


def can_change_plan(status: SubscriptionStatus) -> bool:
    """Tell whether another plan may follow: not before the client joined, nor after the end."""
    return status in _TAKES_ANOTHER_PLAN


def start_of_new_plan(
    old: Schedule, new: Schedule, *, anchor: date, cycle: int, next_on: date
) -> FreshStart:
    """Return where the new plan begins: on the first day that no bill has paid for.

    That day is the new anchor, so no day is billed twice and none is left out, and the dates after
    it are the new plan's own. A plan of the same rhythm goes on counting from the old anchor.
    """
    if running(old) == running(new):
        return FreshStart(anchor_date=anchor, cycle_number=cycle, next_billing_date=next_on)
    return FreshStart(anchor_date=next_on, cycle_number=0, next_billing_date=next_on)
