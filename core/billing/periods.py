"""When bills fall due: the k-th date is reckoned from the anchor, never from the last date.

Reckoned from the last date, 31 January would become 28 February and then 28 March for ever.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from core.errors import InvalidValue


class Frequency(StrEnum):
    """How often a plan bills, before its interval count multiplies it."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    BIWEEKLY = "BIWEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    SEMIANNUAL = "SEMIANNUAL"
    YEARLY = "YEARLY"


class Renewal(StrEnum):
    """What paying late does to the dates to come."""

    FIXED = "FIXED"
    """Nothing: rent is due on the 1st."""
    ROLLING = "ROLLING"
    """A lapsed client's next period starts on the day that he pays: a gym."""


_F = Frequency
_WEEKS: Mapping[Frequency, int] = {_F.WEEKLY: 1, _F.BIWEEKLY: 2}
_MONTHS: Mapping[Frequency, int] = {
    _F.MONTHLY: 1,
    _F.QUARTERLY: 3,
    _F.SEMIANNUAL: 6,
    _F.YEARLY: 12,
}
_LAST_WEEKDAY = 7
_LAST_DAY = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A plan's rhythm.

    `billing_day` is 1 (Monday) to 7 for weeks, 1 to 31 for months, 31 meaning the last day;
    without one the anchor's own day serves. `interval_count` multiplies: QUARTERLY x 2 is six
    months.
    """

    frequency: Frequency
    interval_count: int = 1
    billing_day: int | None = None
    renewal: Renewal = Renewal.FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What one bill pays for: from `start` up to, not including, `end`."""

    cycle: int
    start: date
    end: date


def running(schedule: Schedule) -> Schedule:
    """Return the rhythm in which a subscription to such a plan is paid from its anchor on.

    A rolling one keeps its anchor's own day: the plan's billing day only chose the first one.
    """
    if schedule.renewal is Renewal.ROLLING:
        return replace(schedule, billing_day=None)
    return schedule


def check_billing_day(
    frequency: Frequency, billing_day: int | None, renewal: Renewal = Renewal.FIXED
) -> int | None:
    """Return the billing day if the frequency can use it.

    Raises:
        InvalidValue: `billing_day_not_used` (daily), `required` (unless the plan rolls), or
            `out_of_range` (min, max).
    """
    if frequency is Frequency.DAILY:
        if billing_day is not None:
            raise InvalidValue("billing_day_not_used")
        return None
    if billing_day is None:
        if renewal is Renewal.FIXED:
            raise InvalidValue("required")
        return None
    last = _LAST_WEEKDAY if frequency in _WEEKS else _LAST_DAY
    if not 1 <= billing_day <= last:
        raise InvalidValue("out_of_range", min=1, max=last)
    return billing_day


def first_billing_date(schedule: Schedule, *, today: date) -> date:
    """Return the next billing day after today: of any week or month, whatever the interval.

    Daily plans begin tomorrow, others without a billing day at once.
    """
    if schedule.frequency is Frequency.DAILY:
        return today + timedelta(days=1)
    day = schedule.billing_day
    if day is None:
        return today
    if schedule.frequency in _WEEKS:
        this_week = _monday(today) + timedelta(days=day - 1)
        return this_week if this_week > today else this_week + timedelta(weeks=1)
    this_month = _day_in_month(_month_number(today), day)
    return this_month if this_month > today else _day_in_month(_month_number(today) + 1, day)


def cycle_date(schedule: Schedule, *, anchor: date, cycle: int) -> date:
    """Return the date of the cycle-th bill; cycle 0 is the anchor itself.

    An anchor that is no billing day is billed all the same, and the bills after it fall on
    billing days, so only the first period may be shorter or longer than the interval.
    """
    if cycle == 0:
        return anchor
    distance = cycle * _step(schedule)
    day = schedule.billing_day
    if schedule.frequency in _WEEKS:
        weekday = anchor.isoweekday() if day is None else day
        return _monday(anchor) + timedelta(weeks=distance, days=weekday - 1)
    if schedule.frequency in _MONTHS:
        return _day_in_month(_month_number(anchor) + distance, anchor.day if day is None else day)
    return anchor + timedelta(days=distance)


def period(schedule: Schedule, *, anchor: date, cycle: int) -> Period:
    """Return the period that the cycle-th bill pays for."""
    return Period(
        cycle=cycle,
        start=cycle_date(schedule, anchor=anchor, cycle=cycle),
        end=cycle_date(schedule, anchor=anchor, cycle=cycle + 1),
    )


def due_periods(
    schedule: Schedule, *, anchor: date, cycle: int, today: date, limit: int = 3
) -> tuple[list[Period], bool]:
    """Return the periods that have begun, from `cycle` on, and whether there are more than that.

    They are the oldest ones, `limit` at most. If the flag is set, more were missed than may be
    billed without asking: the caller parks the subscription.
    """
    periods: list[Period] = []
    start = cycle_date(schedule, anchor=anchor, cycle=cycle)
    for number in range(cycle, cycle + limit):
        if start > today:
            return periods, False
        end = cycle_date(schedule, anchor=anchor, cycle=number + 1)
        periods.append(Period(cycle=number, start=start, end=end))
        start = end
    return periods, start <= today


def next_cycle_on_or_after(schedule: Schedule, *, anchor: date, day: date) -> tuple[int, date]:
    """Return the first cycle that is billed on `day` or later, and its date."""
    # Whole intervals between the two weeks or months: this cycle is in day's own one or before
    # it, and the next one is behind it, so no more than two are worth a look.
    cycle = max(_distance(schedule.frequency, anchor, day), 0) // _step(schedule)
    billed_on = cycle_date(schedule, anchor=anchor, cycle=cycle)
    if billed_on >= day:
        return cycle, billed_on
    return cycle + 1, cycle_date(schedule, anchor=anchor, cycle=cycle + 1)


def is_billing_day(schedule: Schedule, day: date) -> bool:
    """Tell whether a bill of this day falls as all others do; only an anchor may be elsewhere."""
    wanted = schedule.billing_day
    if wanted is None or schedule.frequency is Frequency.DAILY:
        return True
    if schedule.frequency in _WEEKS:
        return day.isoweekday() == wanted
    return day == _day_in_month(_month_number(day), wanted)


def months_apart(schedule: Schedule) -> int:
    """Return the months from one bill to the next; 0 if they are counted in weeks or days."""
    return _step(schedule) if schedule.frequency in _MONTHS else 0


def skips_some(schedule: Schedule) -> bool:
    """Tell whether there are days, weeks or months without a bill."""
    return _step(schedule) > 1


def _step(schedule: Schedule) -> int:
    """Return the days, weeks or months from one bill to the next."""
    frequency = schedule.frequency
    return schedule.interval_count * (_WEEKS.get(frequency) or _MONTHS.get(frequency) or 1)


def _distance(frequency: Frequency, start: date, end: date) -> int:
    """Return how many days, ISO weeks or months of the calendar the two are apart."""
    if frequency in _MONTHS:
        return _month_number(end) - _month_number(start)
    if frequency in _WEEKS:
        return (_monday(end) - _monday(start)).days // 7
    return (end - start).days


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day_in_month(month_number: int, day: int) -> date:
    """Return that day of the month, or the month's last one if it has no such day."""
    year, month = divmod(month_number, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
