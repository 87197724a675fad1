"""Days and months as stretches of time, for sums over them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to the day before `after`."""

    first: date
    after: date


def last_days(today: date, count: int) -> list[Span]:
    """Return so many days, today the last of them."""
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [Span(day, day + timedelta(days=1)) for day in days]


def last_months(today: date, count: int) -> list[Span]:
    """Return so many calendar months, the one of today the last of them."""
    this = today.year * _MONTHS + today.month - 1
    return [
        Span(_first_of(this - back), _first_of(this - back + 1)) for back in reversed(range(count))
    ]


def _first_of(month: int) -> date:
    return date(month // _MONTHS, month % _MONTHS + 1, 1)


def begin_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which the day begins in the zone."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
