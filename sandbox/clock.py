"""The clock of the sandbox's world: the machine's clock plus what the player skipped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")
"""Kenya's time. It knows no summer time, so a fixed offset is all of it."""


class OnlyForwards(ValueError):
    """The world's clock was asked to go back, or further than a calendar goes."""


def wall_now() -> datetime:
    """Return the machine's time: nothing else in the sandbox reads it."""
    return datetime.now(UTC)  # noqa: TID251 - the sandbox's one reader of the wall clock


class WorldClock:
    """Runs at the machine's pace, ahead of it by `offset`."""

    def __init__(
        self, wall: Callable[[], datetime] = wall_now, *, offset: timedelta = timedelta()
    ) -> None:
        self._wall = wall
        self.offset = offset

    def now(self) -> datetime:
        """Return the world's time, aware, in UTC."""
        return self._wall() + self.offset

    def advance(self, by: timedelta) -> None:
        """Skip ahead.

        Raises:
            OnlyForwards: `by` is negative, or leads past the year 9998.
        """
        if by < timedelta():
            raise OnlyForwards("The clock only goes forward.")
        offset = self.offset + by
        try:
            ahead = self._wall() + offset
        except OverflowError:
            raise OnlyForwards("The clock does not go that far.") from None
        if ahead.year > 9998:  # noqa: PLR2004 - the calendar's last full year, see the docstring
            raise OnlyForwards("The clock does not go that far.")
        self.offset = offset
