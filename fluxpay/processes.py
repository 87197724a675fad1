"""What `run`, `web`, `worker` and `bot` are made of."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import SystemClock
from core.scheduler import add_work
from core.settings import Settings
from fluxpay.demo import Surroundings, is_demo, own_sandbox, surroundings
from fluxpay.play.director import FluxPayDirector
from fluxpay.play.stage import open_stage
from fluxpay.program import (
    Program,
    address_of,
    chatting,
    deliver,
    listening,
    serving,
    timetable,
    whole_program,
)
from fluxpay.wiring import open_engine

if TYPE_CHECKING:
    from core.engine import Engine

_DEMO_GREETING = """
  FluxPay is running, with play money.

    Open {page}

  There you are the owner in a chat, his clients, and their phones.
  The server for callbacks and the HTTP API is at {server}.
  Stop with Ctrl-C. All is kept for the next time.
"""
_GREETING = """
  FluxPay is running. The server for callbacks and the HTTP API is at {server}.
  Stop with Ctrl-C.
"""


async def run(settings: Settings) -> None:
    """Everything in one process and one event loop."""
    with listening(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        billing_day, director = _BillingDay(), FluxPayDirector()
        async with (
            _place(settings, billing_day, director) as place,
            whole_program(place, listener) as program,
        ):
            billing_day.engine = program.engine
            program.timetable.start()
            async with _theatre(place, program, director, server=address_of(listener)):
                _greet(place, listener)
                await _until_stopped()


async def web_process(settings: Settings) -> None:
    """Take callbacks, Telegram's updates and the HTTP API. Any number of processes."""
    with listening(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        async with (
            surroundings(settings) as place,
            open_engine(place.settings, place.clock) as engine,
            serving(engine, place.settings, listener),
        ):
            _greet(place, listener)
            await _until_stopped()


async def worker_process(settings: Settings) -> None:
    """Make bills, send prompts, reconcile. Any number of processes."""
    async with (
        surroundings(settings) as place,
        open_engine(place.settings, place.clock) as engine,
        timetable() as jobs,
    ):
        add_work(jobs, engine)
        jobs.start()
        await _until_stopped()


async def bot_process(settings: Settings) -> None:
    """Hold the chat, and deliver notices. One process."""
    async with (
        surroundings(settings) as place,
        open_engine(place.settings, place.clock) as engine,
        chatting(engine, place.settings) as bot,
        timetable() as jobs,
    ):
        await deliver(jobs, engine, bot)
        jobs.start()
        await _until_stopped()


class _BillingDay:
    """Tell the sandbox's page when the next bill falls due, once there is an engine to ask."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    async def __call__(self) -> datetime | None:
        """Return the instant, None if nobody is being billed."""
        return None if self.engine is None else await self.engine.dashboard.next_billing_at()


@asynccontextmanager
async def _place(
    settings: Settings, billing_day: _BillingDay, director: FluxPayDirector
) -> AsyncIterator[Surroundings]:
    if not is_demo(settings):
        yield Surroundings(settings, SystemClock())
        return
    async with own_sandbox(
        settings,
        next_billing_at=billing_day,
        director=director,
        state_path=Path(settings.sandbox_state),
    ) as place:
        yield place


@asynccontextmanager
async def _theatre(
    place: Surroundings, program: Program, director: FluxPayDirector, *, server: str
) -> AsyncIterator[None]:
    """Let the page play scenarios, if the people are the sandbox's, until the block is over."""
    if place.sandbox is None or not place.sandbox.world.with_telegram:
        yield
        return
    async with open_stage(place.sandbox.world, program, server=server) as stage:
        director.enter(stage)
        try:
            yield
        finally:
            await place.sandbox.stop_playing()


def _greet(place: Surroundings, listener: socket.socket) -> None:
    server = address_of(listener)
    greeting = _GREETING if place.page is None else _DEMO_GREETING
    print(greeting.format(page=place.page, server=server), flush=True)


async def _until_stopped() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
