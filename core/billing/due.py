"""What becomes of a subscription whose date has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.billing.periods import (
    Period,
    Renewal,
    Schedule,
    cycle_date,
    due_periods,
    next_cycle_on_or_after,
)

MOST_MISSED_PERIODS = 3
"""An outage's periods are billed up to so many; beyond that their owner is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueBills:
    """The periods to bill now, and where the subscription stands after that."""

    periods: Sequence[Period]
    cycle_number: int
    next_on: date
    missed: int
    """Periods that have begun and are not billed: if there are any, it is parked."""


def due_bills(schedule: Schedule, *, anchor: date, cycle: int, today: date) -> DueBills:
    """Return what to bill of a subscription whose next bill is the cycle-th.

    A rolling one is billed once: what it owes next starts when that is paid.
    """
    is_rolling = schedule.renewal is Renewal.ROLLING
    limit = 1 if is_rolling else MOST_MISSED_PERIODS
    periods, has_more = due_periods(schedule, anchor=anchor, cycle=cycle, today=today, limit=limit)
    if not periods:  # A date that its cycle does not have: mended, it falls due in its turn.
        next_on = cycle_date(schedule, anchor=anchor, cycle=cycle)
        return DueBills(periods=[], cycle_number=cycle, next_on=next_on, missed=0)
    cycle = periods[-1].cycle + 1
    is_parked = has_more and not is_rolling
    return DueBills(
        periods=periods,
        cycle_number=cycle,
        next_on=periods[-1].end,
        missed=missed_periods(schedule, anchor=anchor, cycle=cycle, today=today)
        if is_parked
        else 0,
    )


def missed_periods(schedule: Schedule, *, anchor: date, cycle: int, today: date) -> int:
    """Count the periods that have begun, from the cycle-th on."""
    next_cycle, day = next_cycle_on_or_after(schedule, anchor=anchor, day=today)
    begun = next_cycle + 1 if day == today else next_cycle
    return begun - cycle


def account_reference(subscription_id: int) -> str:
    """Return what a client reads in his prompt, and types when he pays by hand."""
    return f"FP{subscription_id}"
