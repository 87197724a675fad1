import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

os.environ.setdefault("PTB_TIMEDELTA", "1")

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot

from sandbox.rows import joined, take_all, take_changes
from sandbox.telegram import acts
from sandbox.telegram.api import bot_api_routes
from sandbox.telegram.chat import chat_routes
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Person

TOKEN = "7000000001:local-bot-api-token"


class HandClock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class LocalTelegram:
    """The routes on a free port of this machine."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self._rows = {}
        self.unnoticed = []
        """States in which something had changed that its row knew nothing of."""
        app = web.Application()
        app.on_response_prepare.append(self._check_rows)
        app.add_routes([*bot_api_routes(telegram), *chat_routes(telegram)])
        self._runner = web.AppRunner(app, access_log=None)
        self.url = ""

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        self.telegram.close()
        await self._runner.cleanup()

    async def _check_rows(self, _request, _response) -> None:
        for part, key, text in take_changes(self.telegram.parts()):
            self._rows[part, key] = text
        kept = [(*place, text) for place, text in self._rows.items() if text is not None]
        whole = take_all(self.telegram.parts())
        if sorted(kept) != sorted(row for row in whole if row[1:] != ("", "[]")):
            self.unnoticed.append(joined(whole))

    def bot(self, token: str = TOKEN) -> Bot:
        return Bot(token, base_url=f"{self.url}/bot", base_file_url=f"{self.url}/file/bot")


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture
def local_telegram(hand_clock) -> Telegram:
    return Telegram(token=TOKEN, now=hand_clock.now, changed=lambda: None)


@pytest.fixture
async def telegram_server(local_telegram) -> AsyncIterator[LocalTelegram]:
    server = LocalTelegram(local_telegram)
    await server.start()
    yield server
    await server.stop()
    assert server.unnoticed == []


@pytest.fixture
def open_telegram():
    """Serve another Telegram, e.g. one that was loaded from a dump."""
    return LocalTelegram


@pytest.fixture
async def ptb_bot(telegram_server) -> AsyncIterator[Bot]:
    async with telegram_server.bot() as bot:
        yield bot


@pytest.fixture
async def control(telegram_server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(telegram_server.url) as session:
        yield session


@pytest.fixture
def stranger(local_telegram) -> Person:
    return local_telegram.add_person(first_name="Otieno", phone_number="254722000002")


@pytest.fixture
def amina(local_telegram) -> Person:
    """Has pressed Start; the update of that is taken already."""
    person = local_telegram.add_person(
        first_name="Amina", phone_number="254712345678", language_code="sw"
    )
    acts.say(local_telegram, person, "/start")
    local_telegram.updates.drop_pending()
    return person
