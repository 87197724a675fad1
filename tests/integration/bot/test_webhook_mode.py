"""In webhook mode the server stores what Telegram pushes, and the bot works it off."""

import asyncio

import pytest

from bot.runner import BotRunner, Webhook
from tests.integration.bot.people import WITHIN_S, idle

SECRET = "a-secret-of-the-tests"


@pytest.fixture
async def runner(engine, settings, telegram):
    webhook = Webhook("https://pay.example.co.ke/telegram", SECRET)
    runner = BotRunner(engine, settings, webhook=webhook)
    await runner.start()
    async with asyncio.timeout(WITHIN_S):
        await runner.is_up.wait()
    yield runner
    await runner.stop()


def update(update_id, text):
    return (
        f'{{"update_id": {update_id}, "message": {{"message_id": {update_id}, "date": 1795413600,'
        '"chat": {"id": 1001, "type": "private", "first_name": "Wanjiku"},'
        '"from": {"id": 1001, "is_bot": false, "first_name": "Wanjiku"},'
        f'"text": "{text}"'
        + (', "entities": [{"type": "bot_command", "offset": 0, "length": 8}]' * ("/" in text))
        + "}}"
    ).encode()


async def test_telegram_is_told_where_to_push_and_nobody_polls(runner, telegram):
    assert telegram.updates.webhook.url == "https://pay.example.co.ke/telegram"
    assert SECRET not in repr(Webhook("https://pay.example.co.ke/telegram", SECRET))


async def test_stored_updates_are_handled_in_order(runner, newcomer, owner, engine, telegram):
    wanjiku = newcomer(owner.telegram_id, name="Wanjiku")
    wanjiku.person.started = True

    await engine.updates.receive(1, 1001, update(1, "/newplan"))
    await engine.updates.receive(2, 1001, update(2, "Gym Gold"))
    await wanjiku.sees("Step 2 of 4")

    assert "Name: Gym Gold" in wanjiku.text
    await idle(telegram)
