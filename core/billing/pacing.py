"""A limit on pushes a second, as one instant: up to when those let through fill it.

It is the token bucket written as a date, which needs no refilling: the bucket holds one second's
pushes and fills by itself as time goes by.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How many pushes may go now, and the instant to remember for the next question."""

    pushes: int
    filled_until: datetime


def grant(
    wanted: int, *, filled_until: datetime | None, now: datetime, pushes_per_second: int
) -> Grant:
    """Return how many of the wanted pushes fit into the limit now: all, some or none.

    Raises:
        ValueError: The limit is not positive: no limit is no question.
    """
    begin, each = _state(filled_until, now, pushes_per_second)
    free = (now + _SECOND - begin) // each
    pushes = max(0, min(wanted, free))
    return Grant(pushes=pushes, filled_until=begin + pushes * each)


def count(
    pushes: int, *, filled_until: datetime | None, now: datetime, pushes_per_second: int
) -> datetime:
    """Return the instant to remember after pushes that went whether they fitted or not.

    Raises:
        ValueError: As for `grant`.
    """
    begin, each = _state(filled_until, now, pushes_per_second)
    return begin + pushes * each


def _state(
    filled_until: datetime | None, now: datetime, pushes_per_second: int
) -> tuple[datetime, timedelta]:
    if pushes_per_second < 1:
        raise ValueError(pushes_per_second)
    begin = now if filled_until is None else max(filled_until, now)
    return begin, _SECOND // pushes_per_second
