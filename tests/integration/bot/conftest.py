"""The real bot over HTTP against the local Bot API; tests play the people who chat with it."""

import asyncio

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.runner import BotRunner
from sandbox.telegram.api import bot_api_routes
from sandbox.telegram.model import Telegram
from tests.fakes import ManualClock
from tests.integration.bot.people import WITHIN_S, Visitor

TOKEN = "7000000001:local-bot-api-token"


@pytest.fixture
def chat_clock():
    """Telegram's own time: a test may let weeks pass for the engine in the same conversation."""
    return ManualClock()


@pytest.fixture
def telegram(chat_clock):
    return Telegram(
        token=TOKEN, username="FluxPayTestBot", now=chat_clock.now, changed=lambda: None
    )


@pytest.fixture
async def telegram_url(telegram):
    app = web.Application()
    app.add_routes(bot_api_routes(telegram))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    telegram.close()
    await runner.cleanup()


@pytest.fixture
def settings(settings, telegram_url):
    return settings.model_copy(
        update={"telegram_api_url": telegram_url, "telegram_bot_token": SecretStr(TOKEN)}
    )


@pytest.fixture
async def start_bot(engine, settings):
    """Start a bot; one that a test has not stopped is stopped at the end."""
    started = []

    async def start():
        runner = BotRunner(engine, settings)
        started.append(runner)
        await runner.start()
        async with asyncio.timeout(WITHIN_S):
            await runner.is_up.wait()
        return runner

    yield start
    for runner in started:
        await runner.stop()


@pytest.fixture
async def bot(start_bot):
    return await start_bot()


@pytest.fixture
def newcomer(telegram):
    """Let a person with this id take up his phone, whether or not a bot runs."""

    def make(person_id, *, name="Otieno", language="en"):
        person = telegram.add_person(
            first_name=name,
            phone_number="254722000002",
            language_code=language,
            person_id=person_id,
        )
        return Visitor(telegram, person)

    return make


@pytest.fixture
def visit(newcomer, bot):
    """Let a person with this id take up his phone; the bot runs."""
    return newcomer


@pytest.fixture
async def boss(owner, visit):
    """The owner, who sees his dashboard."""
    visitor = visit(owner.telegram_id, name="Wanjiku")
    await visitor.say("/start")
    return visitor
