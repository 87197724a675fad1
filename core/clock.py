"""The one reader of the wall clock. Whoever needs the time is given a `Clock`."""

from datetime import UTC, date, datetime, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Tell the time. A test, the sandbox and a rehearsal bring their own."""

    def now(self) -> datetime:
        """Return the instant, timezone-aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


def today(clock: Clock, zone: tzinfo) -> date:
    """Return the date on which it is now in the zone."""
    return clock.now().astimezone(zone).date()
