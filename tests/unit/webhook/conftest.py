import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.services.admin.measures import Queues
from webhook.server import TelegramInbox, build_app

UPDATES = TelegramInbox(path="/telegram/updates", secret="s3cret-of-telegram")


class Inbox:
    """Keep the callbacks that came in; raise `trouble` instead while it is set."""

    def __init__(self) -> None:
        self.callbacks: list[tuple[bytes, str | None]] = []
        self.stirred = asyncio.Event()
        self.trouble: Exception | None = None
        self.settled = 0
        self.went_round = asyncio.Condition()

    async def receive_callback(self, body: bytes, *, token: str | None) -> bool:
        if self.trouble is not None:
            raise self.trouble
        self.callbacks.append((body, token))
        self.stirred.set()
        return True

    async def handle_callbacks(self) -> int:
        async with self.went_round:
            self.settled = len(self.callbacks)
            self.went_round.notify_all()
        return self.settled

    async def settle(self, count: int) -> None:
        async with self.went_round:
            await self.went_round.wait_for(lambda: self.settled >= count)


class Updates:
    """Keep what Telegram sent; raise `trouble` instead while it is set."""

    def __init__(self) -> None:
        self.received: list[tuple[int, int | None, bytes]] = []
        self.trouble: Exception | None = None

    async def receive(self, update_id: int, user_id: int | None, body: bytes) -> bool:
        if self.trouble is not None:
            raise self.trouble
        self.received.append((update_id, user_id, body))
        return True


class ApiKeys:
    """Know the `live` key alone; raise `trouble` instead while it is set."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.live: str | None = None
        self.looks = 0

    async def authenticate(self, key: str) -> object | None:
        self.looks += 1
        if self.trouble is not None:
            raise self.trouble
        return object() if key == self.live else None


class Measures:
    """Tell what one was told; raise `trouble` instead while it is set."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.counted: dict[str, int] = {}

    async def outcomes(self) -> dict[str, int]:
        if self.trouble is not None:
            raise self.trouble
        return self.counted

    async def queues(self) -> Queues:
        return Queues(callbacks=1, updates=2, notices=3, prompts=4)


class Operator:
    """As much of the settings as the server reads."""

    def __init__(self) -> None:
        self.callback_networks: frozenset = frozenset()
        self.trusted_proxies: frozenset = frozenset()
        self.metrics_networks: frozenset = frozenset()


class BareEngine:
    """As much of the engine as the server needs when no owner calls."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.inbox_stirred = self.inbox.stirred
        self.updates = Updates()
        self.api_keys = ApiKeys()
        self.settings = Operator()
        self.measures = Measures()
        self.ready: bool | Exception = True

    async def is_ready(self) -> bool:
        if isinstance(self.ready, Exception):
            raise self.ready
        return self.ready


@pytest.fixture
async def bare_engine() -> BareEngine:
    return BareEngine()


class Stopwatch:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
async def browser(bare_engine, watch) -> AsyncIterator[TestClient]:
    app = build_app(bare_engine, telegram_inbox=UPDATES, now_s=watch)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def updates() -> TelegramInbox:
    return UPDATES


@pytest.fixture
def in_pieces() -> Callable[[bytes], AsyncIterator[bytes]]:
    """Send a body without telling its length first."""

    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    return pieces
