"""The sandbox as a server: one address for Daraja, the Bot API, the phones and the page."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from sandbox.control.clock import ClockControl
from sandbox.control.month import Month
from sandbox.control.phones import PhoneControl
from sandbox.control.play import Director, PlayControl
from sandbox.control.trouble import TroubleControl
from sandbox.daraja.apps import DEFAULT_APP, DarajaApp
from sandbox.events import Changes, Topic
from sandbox.exchange_log import exchange_log
from sandbox.guard import guard, is_loopback
from sandbox.state_file import StateFile
from sandbox.telegram.api import bot_api_routes
from sandbox.telegram.chat import chat_routes
from sandbox.telegram.webhook_push import push_updates
from sandbox.world import DEFAULT_BOT_TOKEN, SandboxOptions, World

__all__ = [
    "DEFAULT_APP",
    "DEFAULT_BOT_TOKEN",
    "DarajaApp",
    "NotLoopback",
    "Sandbox",
    "SandboxOptions",
]

UPLOAD_LIMIT = 52 * 1024 * 1024
"""Bytes; Telegram takes documents of 50 MB."""
PAGE = Path(__file__).parent / "page"

_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

log = logging.getLogger("sandbox")


class NotLoopback(ValueError):
    """The sandbox was to be served to other machines; it has no lock on its door."""


class Sandbox:
    """Serves a world from `start` to `stop`.

    Args:
        options: See `SandboxOptions`.
        next_billing_at: Tells when the product bills next, for the button that skips to it.
        director: Plays scenarios, for the page.

    Raises:
        NotLoopback: The host is not one of this machine only.
    """

    def __init__(
        self,
        options: SandboxOptions,
        *,
        next_billing_at: Callable[[], Awaitable[datetime | None]] | None = None,
        director: Director | None = None,
    ) -> None:
        if not is_loopback(options.host):
            raise NotLoopback(f"{options.host} is not an address of this machine only.")
        self.address = _address(options.host, options.port)
        self._options = options
        self._next_billing_at = next_billing_at
        self._changes = Changes()
        self._due = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._is_keeping_planned = False
        self._state_file = StateFile(options.state_path) if options.state_path else None
        self.world = self._load_world()
        self._play = PlayControl(
            director,
            changed=lambda: self._changes.publish("play"),
            is_busy=lambda: self._month.is_running,
        )
        self._month = Month(
            self.world,
            director.live_until if director else None,
            is_busy=lambda: self._play.is_playing,
        )
        self._chores: list[asyncio.Task[None]] = []

    def now(self) -> datetime:
        """Return the world's time, aware, in UTC."""
        return self.world.clock.now()

    async def start(self) -> None:
        """Serve.

        Raises:
            OSError: The port is taken.
        """
        # Pending long polls and streams are cut at once when it stops.
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, self._options.host, self._options.port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._keep()
        self.address = _address(self._options.host, runner.addresses[0][1])
        chores = [self._run_due()]
        if self._options.with_telegram:
            chores.append(push_updates(self.world.telegram))
        self._chores = [asyncio.create_task(chore) for chore in chores]
        for chore in self._chores:
            chore.add_done_callback(_report)

    async def stop(self) -> None:
        """Save the world and close; does nothing when it is not being served."""
        if self._runner is None:
            return
        await self.stop_playing()
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self._runner.cleanup()
        await self.world.courier.close()
        if self._state_file:
            self._keep()
            self._state_file.close()
        self._runner = None

    async def stop_playing(self) -> None:
        """Break off what is being played: whoever plays it may be about to close."""
        await self._month.stop()
        await self._play.close()

    def _load_world(self) -> World:
        state = self._state_file.read() if self._state_file else None
        if self._state_file and state is not None:
            world = World(self._options, changed=self._changed)
            try:
                world.load(state)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                self._state_file.set_aside()
            else:
                return world
        world = World(self._options, changed=self._changed)
        world.populate()
        return world

    def _changed(self, topic: Topic) -> None:
        self._changes.publish(topic)
        self._due.set()
        if topic == "clock":  # Who moved it goes on at once by the new time.
            self._keep()
        elif self._runner is not None and not self._is_keeping_planned:
            # Whoever waits for the change, callbacks among them, runs after this.
            self._is_keeping_planned = True
            asyncio.get_running_loop().call_soon(self._keep)

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[guard, exchange_log(self.world.exchanges)],
            client_max_size=UPLOAD_LIMIT,
        )
        app.add_routes(self.world.daraja.routes())
        app.add_routes(ClockControl(self.world, self._next_billing_at).routes())
        app.add_routes(self._month.routes())
        app.add_routes(PhoneControl(self.world).routes())
        app.add_routes(TroubleControl(self.world).routes())
        app.add_routes(self._play.routes())
        app.router.add_get("/api/events", self._changes.stream)
        app.router.add_get("/api/world", self._show)
        app.router.add_get("/", _page)
        app.router.add_static("/page", PAGE)
        if self._options.with_telegram:
            app.add_routes(bot_api_routes(self.world.telegram))
            app.add_routes(chat_routes(self.world.telegram))
        app.on_response_prepare.append(_add_headers)
        app.on_response_prepare.append(self._keep_first)
        app.on_shutdown.append(self._end_streams)
        return app

    async def _show(self, _request: web.Request) -> web.Response:
        options = self._options
        tour = options.with_telegram and options.with_tour
        return web.json_response({"withTelegram": options.with_telegram, "withTour": tour})

    async def _end_streams(self, _app: web.Application) -> None:
        self._changes.close()
        self.world.telegram.close()

    async def _run_due(self) -> None:
        while True:
            self._due.clear()
            self.world.run_due()
            due_at = self.world.next_due_at()
            wait_s = None if due_at is None else max(0, (due_at - self.now()).total_seconds())
            # Not wait_for: in Python 3.11 it may swallow the cancellation that ends this.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._due.wait()

    async def _keep_first(self, _request: web.Request, _response: web.StreamResponse) -> None:
        """Have on disk what an answer tells before it leaves."""
        self._keep()

    def _keep(self) -> None:
        self._is_keeping_planned = False
        if self._state_file and self._runner is not None:
            self._state_file.keep(self.world.parts)


def _report(chore: "asyncio.Task[None]") -> None:
    """Tell of a chore that died: without it the sandbox would only look alive."""
    if not chore.cancelled() and (error := chore.exception()):
        log.error("The sandbox is broken, restart it.", exc_info=error)


async def _page(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Cache-Control"] = "no-cache"


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
