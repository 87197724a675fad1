"""The whole program in one process: database, server, bot and timetable around one engine."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.notices.mailer import SmtpMailer
from bot.runner import BotRunner
from core.engine import Engine
from core.scheduler import Timetable, add_mail, add_work, begin_delivery
from core.settings import Settings
from fluxpay.demo import Surroundings
from fluxpay.wiring import open_engine, telegram_inbox, telegram_webhook
from webhook.server import build_app


@dataclass(frozen=True, slots=True)
class Program:
    """What runs."""

    engine: Engine
    bot: BotRunner
    timetable: Timetable
    """Holds all jobs, and does not tick yet."""


@asynccontextmanager
async def whole_program(place: Surroundings, listener: socket.socket) -> AsyncIterator[Program]:
    """Run everything but the ticks of the timetable, which its caller starts or replaces."""
    async with (
        open_engine(place.settings, place.clock) as engine,
        serving(engine, place.settings, listener),
        chatting(engine, place.settings) as bot,
        timetable() as jobs,
    ):
        add_work(jobs, engine)
        await deliver(jobs, engine, bot)
        yield Program(engine, bot, jobs)


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the port before anything else, so that a taken one stops the start and nothing more.

    Raises:
        OSError: The port is taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family)
    try:
        yield listener
    finally:
        listener.close()


@asynccontextmanager
async def serving(
    engine: Engine, settings: Settings, listener: socket.socket
) -> AsyncIterator[None]:
    """Serve callbacks, Telegram's updates and the HTTP API."""
    app = build_app(engine, telegram_inbox=telegram_inbox(settings))
    # aiohttp's own access log would write callback tokens down.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chatting(engine: Engine, settings: Settings) -> AsyncIterator[BotRunner]:
    """Hold the chat."""
    bot = BotRunner(engine, settings, webhook=telegram_webhook(settings))
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


@asynccontextmanager
async def timetable() -> AsyncIterator[Timetable]:
    """Make a timetable, and let its jobs come to their end when the block is over."""
    jobs = Timetable()
    try:
        yield jobs
    finally:
        await jobs.stop()


async def deliver(jobs: Timetable, engine: Engine, bot: BotRunner) -> None:
    """Deliver notices, and e-mails where there is a mail server."""
    await begin_delivery(jobs, engine, bot.messenger)
    if engine.settings.smtp is not None:
        add_mail(jobs, engine, SmtpMailer(engine.settings.smtp, demo=engine.settings.demo))


def address_of(listener: socket.socket) -> str:
    """Return the address of the server behind a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
