"""Whose turn it is: one task goes on at a time, and the seed picks which.

A simulated process is a set of tasks that die together. Its tasks wait here before each statement
outside a DB transaction, each DB transaction, and each step of a call to Daraja or Telegram.
"""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from rehearsal.loop import VirtualLoop
from rehearsal.trace import Trace

current: ContextVar["Process | None"] = ContextVar("rehearsed_process", default=None)
"""The simulated process in which this code runs; None outside of all."""


@dataclass(eq=False, slots=True)
class _Turn:
    process: "Process"
    label: str
    is_open: Callable[[], bool] | None
    called: asyncio.Future[None]


class Baton:
    """Hand the right to go on to one of those who wait."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, trace: Trace) -> None:
        self._loop = loop
        self._rng = rng
        self._trace = trace
        self._waiting: list[_Turn] = []
        self.strike: Callable[[str], bool] = lambda _label: False
        """Tell whether the process dies at this step."""
        self.still: Callable[[], bool] = lambda: False
        """Asked when nobody waits for his turn: True if that made something ready."""

    async def turn(
        self, process: "Process", label: str, is_open: Callable[[], bool] | None = None
    ) -> None:
        """Wait until the seed picks this step of the process, while `is_open` says it may go."""
        process.require_life()
        turn = _Turn(process, label, is_open, self._loop.create_future())
        self._waiting.append(turn)
        try:
            await turn.called
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
        self.step(process, label)

    def step(self, process: "Process", label: str) -> None:
        """Write the step down; here the process may die."""
        process.require_life()
        self._trace.note(self._loop.time(), process.name, label)
        if self.strike(label):
            process.kill()
            process.require_life()

    def choose(self) -> bool:
        """Let one of those who wait go on; False if there is none."""
        open_turns = [turn for turn in self._waiting if turn.is_open is None or turn.is_open()]
        if not open_turns:
            return self.still()
        turn = open_turns[self._rng.randrange(len(open_turns))]
        self._waiting.remove(turn)
        turn.called.set_result(None)
        return True


class Process:
    """A program that runs until it is killed; what it had in hand is then lost."""

    def __init__(self, name: str, baton: Baton, context: contextvars.Context) -> None:
        self.name = name
        self.is_dead = False
        self.died: Callable[[], None] = lambda: None
        self._baton = baton
        self._context = context.copy()
        self._context.run(current.set, self)
        self._tasks: set[asyncio.Task[Any]] = set()

    def require_life(self) -> None:
        """Let nothing more be done by a dead process.

        Raises:
            CancelledError: It is dead.
        """
        if self.is_dead:
            raise asyncio.CancelledError

    async def turn(self, label: str, is_open: Callable[[], bool] | None = None) -> None:
        """Wait for this process's turn."""
        await self._baton.turn(self, label, is_open)

    def step(self, label: str) -> None:
        """Go on without giving anybody else a turn."""
        self._baton.step(self, label)

    def new_context(self) -> contextvars.Context:
        """Return a context of this process that is in no DB transaction."""
        return self._context.copy()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin some work in this process."""
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Let the task die with this process."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def kill(self) -> None:
        """Die at once: whatever the tasks do from now on reaches nobody."""
        if self.is_dead:
            return
        self.is_dead = True
        for task in sorted(self._tasks, key=lambda task: task.get_name()):
            task.cancel()
        self.died()


def adopt_tasks(loop: VirtualLoop) -> None:
    """Let each task that any code makes belong to the process in which it was made."""

    def make(
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, context=context)
        process = current.get() if context is None else context.get(current)
        if process is not None:
            process.adopt(task)
        return task

    loop.set_task_factory(make)  # type: ignore[arg-type]  # typeshed wants a wider coroutine type


class BatonLock:
    """A lock whose next holder the seed picks. Stands in for the asyncio.Lock of a connection."""

    def __init__(self) -> None:
        self._is_held = False

    def _is_free(self) -> bool:
        return not self._is_held

    async def acquire(self) -> bool:
        """Wait for one's turn to hold it."""
        process = current.get()
        if process is not None:
            await process.turn("lock", self._is_free)
        self._is_held = True
        return True

    def release(self) -> None:
        """Let the next one hold it."""
        self._is_held = False
