"""What all parts of one rehearsal share."""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

from rehearsal.loop import VirtualClock, VirtualLoop
from rehearsal.trace import Trace
from rehearsal.truth import Truth
from rehearsal.weather import Weather

Row = tuple[Any, ...]


def stream(seed: int, purpose: str) -> random.Random:
    """Return the random numbers that a seed has for one purpose."""
    return random.Random(f"{seed}:{purpose}")  # noqa: S311 - not for secrets: it must be repeatable


class Observer(Protocol):
    """Reads the database beside the engine: no faults, no turns."""

    is_exact: bool
    """It sees each commit by itself, before the next one."""

    async def rows(self, sql: str) -> list[Row]:
        """Return what a SELECT finds."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept."""

    promise: str
    detail: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.promise}: {self.detail}"


@dataclass(kw_only=True)
class World:
    """One seed's world."""

    seed: int
    loop: VirtualLoop
    clock: VirtualClock
    trace: Trace
    weather: Weather
    truth: Truth
    observer: Observer
    outside: contextvars.Context
    """The context of whatever is no process of ours: Daraja, phones, people."""
    broken: Broken | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def rng(self, purpose: str) -> random.Random:
        """Return a stream of random numbers of its own."""
        return stream(self.seed, purpose)

    def fail(self, promise: str, detail: str) -> None:
        """Take note of a broken promise: the first one ends the rehearsal."""
        if self.broken is None:
            self.broken = Broken(promise, detail, self.clock.now())
            self.note("promises", f"BROKEN {promise}: {detail}")
            self.ended.set()

    def instant(self, value: datetime | date | str) -> datetime:
        """Return a column's instant; a date is that day's beginning in UTC."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif not isinstance(value, datetime):
            value = datetime.combine(value, time())
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def note(self, who: str, what: str) -> None:
        """Write down what happened outside of our processes."""
        self.trace.note(self.loop.time(), who, what)

    def later(self, delay_s: float, act: Callable[[], object]) -> asyncio.TimerHandle:
        """Let the outside world do something after a while."""
        return self.loop.call_later(delay_s, act, context=self.outside.copy())

    def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let the outside world do something that takes time."""
        task = self.loop.create_task(work, context=self.outside.copy())
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def close(self) -> None:
        """Let nothing more happen outside."""
        for task in self._tasks:
            task.cancel()

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.fail("the rehearsal itself works", repr(task.exception()))
