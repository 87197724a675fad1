from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot.notices.messenger import ChatMessenger
from core.errors import NotFound
from core.services.prompts.push_status import PushStatus, Stage
from sandbox.telegram.api import bot_api_routes
from sandbox.telegram.model import Telegram
from tests.integration.bot_texts.bot_api import TOKEN, BotApi, open_bot


class Prompts:
    """Knows how each prompt stands."""

    def __init__(self):
        self.states = {42: Stage.ACCEPTED}

    async def state_of(self, transaction_id):
        if transaction_id not in self.states:
            raise NotFound("transaction")
        stage = self.states[transaction_id]
        if isinstance(stage, Exception):
            raise stage
        return PushStatus(
            transaction_id=transaction_id,
            phone_number="254712345678",
            amount_kes=1500,
            stage=stage,
        )


@pytest.fixture
def pushes():
    """As much of the engine as a messenger asks: how each prompt stands, and the settings."""
    return SimpleNamespace(
        settings=SimpleNamespace(demo=False),
        zone=ZoneInfo("Africa/Nairobi"),
        prompts=Prompts(),
    )


@pytest.fixture
def api():
    bot_api = BotApi()
    bot_api.may_answer.set()
    return bot_api


@pytest.fixture
async def api_url(api):
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    api.may_answer.set()
    await runner.cleanup()


@pytest.fixture
def slept_s():
    """The waits that the messenger asked for, none of which takes time."""
    return []


@pytest.fixture
async def messenger(api_url, pushes, slept_s):
    async def sleep(seconds):
        slept_s.append(seconds)

    async with open_bot(api_url) as bot:
        yield ChatMessenger(bot, pushes, sleep=sleep)


@pytest.fixture
def telegram():
    return Telegram(
        token=TOKEN, now=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC), changed=lambda: None
    )


@pytest.fixture
async def sandbox_bot(telegram):
    """A bot that talks to the local Telegram."""
    app = web.Application()
    app.add_routes(bot_api_routes(telegram))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with open_bot(f"http://{host}:{port}") as bot:
        yield bot
    telegram.close()
    await runner.cleanup()
