"""Our processes: what each does, how it dies, and how it comes back."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from core.database import DatabaseUnavailable
from core.engine import Engine
from core.errors import FluxPayError
from core.ports import Messenger
from core.scheduler import Timetable, add_work, begin_delivery
from rehearsal.baton import Baton, Process
from rehearsal.world import World

Job = Callable[[], Awaitable[object]]
_EXPECTED = (*DatabaseUnavailable, sqlite3.Error)
"""What a job may end with when the database fails it: the next tick tries again."""


class Role(StrEnum):
    """What a process is there for."""

    WEB = "web"
    WORKER = "worker"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the timetable."""

    every_s: float
    run: Job


class _Page:
    """Takes down what core.scheduler puts on a Timetable, without APScheduler's clock."""

    def __init__(self) -> None:
        self.ticks: dict[str, Tick] = {}

    def every(self, seconds: float, job: Job, name: str) -> None:
        """Take down one line."""
        self.ticks[name] = Tick(seconds, job)


class Office:
    """One of our processes, alive or not."""

    def __init__(self, name: str, roles: frozenset[Role]) -> None:
        self.name = name
        self.roles = roles
        self.process: Process | None = None
        self.engine: Engine | None = None
        self.ticks: dict[str, Tick] = {}
        self.busy: set[str] = set()
        """The jobs in the middle of their work: none runs twice at a time in one process."""


class Offices:
    """All our processes, over one database."""

    def __init__(
        self,
        world: World,
        baton: Baton,
        *,
        build: Callable[[], Engine],
        messenger: Messenger,
    ) -> None:
        self._world = world
        self._baton = baton
        self._build = build
        self._messenger = messenger
        self._rng = world.rng("offices")
        self.all = [Office(name, roles) for name, roles in _layout(self._rng.randrange(4))]
        self.crashes = 0
        self.begun: Callable[[], None] = lambda: None
        """Called when a process has come up."""

    def open(self) -> None:
        """Start every process."""
        for office in self.all:
            self._start(office)

    def _start(self, office: Office) -> None:
        if office.process is not None and not office.process.is_dead:
            return
        process = Process(office.name, self._baton, self._world.outside)
        process.died = lambda: self._died(office)
        office.process, office.busy = process, set()
        office.engine = self._world.outside.copy().run(self._build)
        office.ticks = _work(office)
        if Role.BOT in office.roles:
            process.spawn(self._begin_delivery(office, process))
        self._world.note(office.name, "starts")
        self.begun()

    async def _begin_delivery(self, office: Office, process: Process) -> None:
        """Deliver once that has begun well; a program that cannot begin ends, and is restarted."""
        page = _Page()
        if office.engine is None:
            return
        try:
            await begin_delivery(cast("Timetable", page), office.engine, self._messenger)
        except _EXPECTED as error:
            self._world.note(process.name, f"cannot begin: {type(error).__name__}")
            process.kill()
            return
        office.ticks |= page.ticks
        self.begun()

    def _died(self, office: Office) -> None:
        self.crashes += 1
        self._world.note(office.name, "DIES")
        self._world.later(self._world.weather.seconds(1, 120), lambda: self._start(office))

    def outage(self, hours: float) -> None:
        """Kill all, and start them only after a while."""
        for office in self.all:
            if office.process is not None and not office.process.is_dead:
                office.process.died = lambda: None
                office.process.kill()
        self._world.note("offices", f"down for {hours:.1f} hours")
        self._world.later(hours * 3600, self.open)

    def close(self) -> None:
        """Kill all for good."""
        for office in self.all:
            if office.process is not None:
                office.process.died = lambda: None
                office.process.kill()

    def with_job(self, name: str) -> list[Office]:
        """Return the living processes that have this job and are not at it."""
        return [
            office
            for office in self.all
            if office.process is not None
            and not office.process.is_dead
            and name in office.ticks
            and name not in office.busy
        ]

    def living(self, role: Role) -> Office | None:
        """Return one of the living processes of this role."""
        living = [
            office
            for office in self.all
            if role in office.roles and office.process and not office.process.is_dead
        ]
        return self._rng.choice(living) if living else None

    def run(self, office: Office, name: str, ended: Callable[[str], None]) -> None:
        """Run a job in a process, as its timetable does."""
        if office.process is None:
            return
        tick = office.ticks[name]
        process, busy = office.process, office.busy

        async def work() -> None:
            busy.add(name)
            try:
                await self._job(process, name, tick.run)
            finally:
                busy.discard(name)
                ended(name)

        process.spawn(work())

    async def _job(self, process: Process, name: str, job: Job) -> None:
        process.step(f"job {name}")
        try:
            await job()
        except _EXPECTED as error:
            self._world.note(process.name, f"{name} fails: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - a job that breaks is what we look for
            self._world.fail("no job breaks", f"{name}: {error!r}")

    async def call(self, role: Role, use: Callable[[Engine], Awaitable[Any]]) -> tuple[bool, Any]:
        """Use the engine in a process of this role; tell whether that ended well, and its result.

        A refusal of the engine's is a good end.
        """
        office = self.living(role)
        if office is None or office.process is None or office.engine is None:
            return False, None
        task = office.process.spawn(_use(use, office.engine))
        await asyncio.wait([task])
        if task.cancelled():
            return False, None
        error = task.exception()
        if error is None:
            return True, task.result()
        if isinstance(error, FluxPayError):
            return True, None
        if not isinstance(error, _EXPECTED):
            self._world.fail("no use case breaks", repr(error))
        return False, None


async def _use(use: Callable[[Engine], Awaitable[Any]], engine: Engine) -> Any:
    return await use(engine)


def _work(office: Office) -> dict[str, Tick]:
    page = _Page()
    if office.engine is not None and Role.WORKER in office.roles:
        add_work(cast("Timetable", page), office.engine)
    return page.ticks


def _layout(number: int) -> list[tuple[str, frozenset[Role]]]:
    """Return the processes: everything in one, or apart with one to three workers."""
    if number == 0:
        return [("run", frozenset(Role))]
    workers = [(f"worker-{index}", frozenset({Role.WORKER})) for index in range(1, number + 1)]
    return [("web", frozenset({Role.WEB})), ("bot", frozenset({Role.BOT})), *workers]
