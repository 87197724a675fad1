"""How often, on which day and from when on something is billed, in words. Plain text."""

from datetime import date

from babel.dates import format_date

from bot.words.texts import Texts
from core.billing.changes import FreshStart
from core.billing.periods import (
    Frequency,
    Schedule,
    cycle_date,
    is_billing_day,
    months_apart,
    skips_some,
)

_FEBRUARY = 2
_SHORTEST_FEBRUARY = 28
_MONTHS_A_YEAR = 12


def plan_rhythm(texts: Texts, schedule: Schedule) -> str:
    """Say when a plan is billed. Its weeks or months are each client's own if it skips some."""
    _ = texts.gettext
    said = _joined(texts, schedule, texts.billing_day(schedule.frequency, schedule.billing_day))
    if schedule.billing_day is None or not skips_some(schedule):
        return said
    return _("{rhythm}, counted from each client's first bill").format(rhythm=said)


def rhythm(texts: Texts, schedule: Schedule, *, anchor: date) -> str:
    """Say when a subscription is billed that is counted from this anchor."""
    months = months_apart(schedule)
    if months and months % _MONTHS_A_YEAR == 0:
        return _joined(texts, schedule, _day_of_the_year(texts, schedule, anchor))
    own = anchor.day if months else anchor.isoweekday()
    day = own if schedule.billing_day is None else schedule.billing_day
    return _joined(texts, schedule, texts.billing_day(schedule.frequency, day))


def next_bills(texts: Texts, schedule: Schedule, start: FreshStart) -> str:
    """Return the date of the next bill, and that of the one after it if they don't fall alike."""
    _ = texts.gettext
    day = texts.date(start.next_billing_date)
    if is_billing_day(schedule, start.next_billing_date):
        return day
    after = cycle_date(schedule, anchor=start.anchor_date, cycle=start.cycle_number + 1)
    return _("{date}, then {next}").format(date=day, next=texts.date(after))


def _joined(texts: Texts, schedule: Schedule, day: str) -> str:
    _ = texts.gettext
    every = texts.frequency(schedule.frequency, schedule.interval_count)
    if schedule.frequency is Frequency.DAILY:  # It says it all with its first word.
        return every
    return _("{every} {day}").format(every=every, day=day)


def _day_of_the_year(texts: Texts, schedule: Schedule, anchor: date) -> str:
    """Return `on 31 March`; the last day of February changes its number."""
    _ = texts.gettext
    day = cycle_date(schedule, anchor=anchor, cycle=1)
    wanted = anchor.day if schedule.billing_day is None else schedule.billing_day
    if day.month == _FEBRUARY and wanted > _SHORTEST_FEBRUARY:
        month = format_date(day, "LLLL", locale=texts.locale)
        return _("on the last day of {month}").format(month=month)
    return _("on {date}").format(date=format_date(day, "d MMMM", locale=texts.locale))
