"""An event loop that lives in virtual time, and lets one task go on at a time.

Nothing here waits: when no task can go on by itself, the loop asks who of those that wait for
their turn goes next, and when nobody does, its time jumps to the next timer.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

PATIENCE_S = 0.01
LONG_PATIENCE_S = 0.3
"""How long, in real time, a real database may take before its answer is taken for blocked: by
something that another task may do now, or only later."""

Ready = list[tuple[selectors.SelectorKey, int]]


class Deadlock(Exception):
    """Every task waits for another one, and no timer is left."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Run what is ready, then whoever is chosen, then the next timer."""

    def __init__(self) -> None:
        self._virtual_s = 0.0
        self.outside = 0
        """Answers of a real server that are being waited for; none on SQLite."""
        self.choose: Callable[[], bool] = lambda: False
        """Let somebody go on; False when nobody waits for his turn."""
        super().__init__(_Selector(self))
        # Timers closer than this are one instant, so that rounding never leaves one just ahead.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Return the seconds since the rehearsal began."""
        return self._virtual_s

    def jump(self, timeout_s: float | None) -> None:
        """Let time go on to the next timer.

        Raises:
            Deadlock: There is none.
        """
        if timeout_s is not None:
            self._virtual_s += timeout_s
        elif self.outside == 0:
            raise Deadlock

    @contextmanager
    def waiting_outside(self) -> Iterator[None]:
        """Wait for a real server's answer in here: time stands still meanwhile."""
        self.outside += 1
        try:
            yield
        finally:
            self.outside -= 1


class _Selector(selectors.SelectSelector):
    """The place where an event loop would wait."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Ready:
        if timeout is not None and timeout <= 0:
            return super().select(0) if self._loop.outside else []
        answers = super().select(PATIENCE_S) if self._loop.outside else []
        if answers or self._loop.choose():
            return answers
        # Whoever is blocked waits for one who sleeps: but first let a slow server be slow.
        answers = super().select(LONG_PATIENCE_S) if self._loop.outside else []
        if not answers:
            self._loop.jump(timeout)
        return answers


class VirtualClock:
    """The engine's core.clock.Clock: the loop's time, counted from a date."""

    def __init__(self, loop: VirtualLoop, begins_at: datetime) -> None:
        self._loop = loop
        self._begins_at = begins_at

    def now(self) -> datetime:
        """Return the instant in UTC."""
        return (self._begins_at + timedelta(seconds=self._loop.time())).astimezone(UTC)

    def seconds_until(self, instant: datetime) -> float:
        """Return how far ahead the instant is, 0 if it is over."""
        return max(0.0, (instant - self.now()).total_seconds())
