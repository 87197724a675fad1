"""The demo: the local Safaricom, and without a bot token the local Telegram, stand in.

`run` brings the sandbox along; every other command joins the one that is running.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
from pydantic import SecretStr

from core.clock import Clock, SystemClock
from core.settings import Settings, TelegramMode
from sandbox.control.play import Director
from sandbox.server import DEFAULT_APP, DEFAULT_BOT_TOKEN, Sandbox, SandboxOptions

# Whom the sandbox's page lets a newcomer be first; here he may do everything.
DEMO_OWNER_ID = 1001
_log = structlog.get_logger()


class NoSandbox(Exception):
    """No sandbox is running that a command could join."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The settings and the clock to work with."""

    settings: Settings
    clock: Clock
    page: str | None = None
    """Where the sandbox's page is, in a demo."""
    sandbox: Sandbox | None = None
    """The sandbox, if it is this process's own."""


def is_demo(settings: Settings) -> bool:
    """Tell whether the local Daraja has to stand in."""
    return not settings.has_daraja


def demo_settings(settings: Settings, address: str) -> Settings:
    """Return the settings with the sandbox at `address` in Daraja's place, and Telegram's."""
    changes: dict[str, Any] = {
        "daraja_base_url": address,
        "daraja_consumer_key": SecretStr(DEFAULT_APP.consumer_key),
        "daraja_consumer_secret": SecretStr(DEFAULT_APP.consumer_secret),
        "daraja_shortcode": DEFAULT_APP.shortcode,
        "daraja_passkey": SecretStr(DEFAULT_APP.passkey),
        "daraja_till": DEFAULT_APP.till,
    }
    if not settings.has_telegram:
        changes |= {
            "telegram_bot_token": SecretStr(DEFAULT_BOT_TOKEN),
            "telegram_api_url": address,
            "telegram_mode": TelegramMode.POLLING,
            "admin_ids": settings.admin_ids or frozenset({DEMO_OWNER_ID}),
        }
    return settings.for_demo(**changes)


@asynccontextmanager
async def own_sandbox(
    settings: Settings,
    *,
    next_billing_at: Callable[[], Awaitable[datetime | None]] | None = None,
    director: Director | None = None,
    state_path: Path | None = None,
    begins_at: datetime | None = None,
) -> AsyncIterator[Surroundings]:
    """Serve a sandbox as long as the block lasts; without a `state_path` it forgets all then.

    Raises:
        OSError: Its port is taken.
    """
    options = SandboxOptions(
        port=settings.sandbox_port,
        state_path=state_path,
        begins_at=begins_at,
        with_telegram=not settings.has_telegram,
        with_tour=True,
    )
    plays = None if settings.has_telegram else director  # Real people can't be played.
    sandbox = Sandbox(options, next_billing_at=next_billing_at, director=plays)
    await sandbox.start()
    try:
        inside = demo_settings(settings, sandbox.address)
        yield Surroundings(inside, sandbox, sandbox.address, sandbox)
    finally:
        await sandbox.stop()


@asynccontextmanager
async def running_sandbox(settings: Settings) -> AsyncIterator[Surroundings]:
    """Join the sandbox that another process serves, and keep its time.

    Raises:
        NoSandbox: There is none at its port.
    """
    address = f"http://127.0.0.1:{settings.sandbox_port}"
    async with httpx.AsyncClient(base_url=address, timeout=5) as client:
        clock = WorldClock(client)
        try:
            await clock.refresh()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NoSandbox(address) from error
        following = asyncio.create_task(clock.follow())
        try:
            yield Surroundings(demo_settings(settings, address), clock, address)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


class WorldClock:
    """The sandbox's time, as another process tells it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._machine = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return self._machine.now() + self._ahead

    async def refresh(self) -> None:
        """Ask how far the sandbox is ahead of this machine."""
        answer = (await self._client.get("/api/clock")).raise_for_status().json()
        told = datetime.fromisoformat(answer["now"]).astimezone(UTC)
        self._ahead = told - self._machine.now()

    async def follow(self) -> None:
        """Ask each second; a sandbox that is away for a while keeps its last time."""
        while True:
            await asyncio.sleep(1)
            with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
                await self.refresh()


@asynccontextmanager
async def surroundings(settings: Settings) -> AsyncIterator[Surroundings]:
    """Return what a command other than `run` works in."""
    if not is_demo(settings):
        yield Surroundings(settings, SystemClock())
        return
    async with running_sandbox(settings) as joined:
        yield joined
