"""A process killed while it takes a typed secret: neither is the secret lost nor does it stay."""

import json

import pytest
from telegram import Update

from bot.application import build_application
from bot.forms.sheet import WRONG
from core.models import Dialog, InboundEvent
from sandbox.telegram import acts
from tests.integration.bot.conftest import TOKEN
from tests.integration.conftest import _sqlite_url

KEY = "the-consumer-key"
TOO_SHORT = "oh-no"


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """What a kill leaves of a DB transaction is the same on both databases: nothing."""
    return await _sqlite_url(sqlite_template, tmp_path)


class Killed(BaseException):
    """The process dies here: nothing of ours catches it."""


class Mortal:
    """A coroutine that is killed as it waits for the n-th time; True if it lived that long."""

    def __init__(self, coroutine, *, waits):
        self._coroutine = coroutine
        self._waits = waits

    def __await__(self):
        send, value = self._coroutine.send, None
        try:
            while True:
                yielded = send(value)
                self._waits -= 1
                send, value = self._coroutine.send, None
                if self._waits == 0:
                    send, value = self._coroutine.throw, Killed
                    continue
                yield yielded
        except StopIteration:
            return False
        except Killed:
            return True


class Lives:
    """The bot's process, life by life, in front of the question for the consumer key."""

    def __init__(self, engine, boss, question, *, api_url):
        self._engine = engine
        self._boss = boss
        self._question = question
        self._api_url = api_url

    async def ask(self):
        """Let the form stand at its question, whatever became of it."""
        await Dialog.all().update(**self._question)

    async def type(self, text):
        """Let the owner type this, and let it be stored."""
        acts.say(self._boss.telegram, self._boss.person, text)
        async with self._application() as application:
            [update] = await application.bot.get_updates()
            await application.bot.get_updates(offset=update.update_id + 1)
        body = update.to_json().encode()
        await self._engine.updates.receive(update.update_id, self._boss.id, body)

    async def live(self, *, waits=0):
        """Handle what is stored, to the end or to the n-th wait; return whether it was killed."""
        await self._engine.updates.release()
        [event] = await self._engine.updates.claim()
        async with self._application() as application:
            update = Update.de_json(json.loads(bytes(event.body)), application.bot)
            if await Mortal(application.process_update(update), waits=waits):
                return True
        await self._engine.updates.finish([event.id])
        return False

    def _application(self):
        return build_application(self._engine, token=TOKEN, api_url=self._api_url)


@pytest.fixture
async def lives(engine, boss, bot, telegram_url):
    await boss.press("Settings", "🏦", "Link my own", "Till")
    await boss.say("600111", "5551234")
    await bot.stop()
    dialog = await Dialog.get()
    question = {"step": dialog.step, "answers": dialog.answers, "message_id": dialog.message_id}
    return Lives(engine, boss, question, api_url=telegram_url)


async def kill_at_each_wait(lives, text):
    """Yield after each life and the one that followed it, until one came to its end unharmed."""
    is_killed, waits = True, 0
    while is_killed:
        waits += 1
        await lives.ask()
        await lives.type(text)
        is_killed = await lives.live(waits=waits)
        if is_killed:
            await lives.live()
        yield waits
    assert waits > 10, "it was killed at many places"


async def is_forgotten(boss, text):
    said = [m.text for m in boss.telegram.messages.of(boss.id)]
    rows = [bytes(event.body).decode() for event in await InboundEvent.all()]
    return not any(text in each for each in said + rows)


async def test_a_typed_secret_is_kept_and_forgotten_wherever_the_process_is_killed(
    lives, boss, context
):
    async for waits in kill_at_each_wait(lives, KEY):
        dialog = await Dialog.get()
        assert dialog.step == "consumer_secret", waits
        assert context.cipher.decrypt(dialog.answers["consumer_key"]) == KEY
        assert "consumer secret" in boss.text
        assert "⚠️" not in boss.text, waits
        assert await is_forgotten(boss, KEY), waits


async def test_a_wrong_secret_counts_once_and_is_forgotten_wherever_the_process_is_killed(
    lives, boss
):
    async for waits in kill_at_each_wait(lives, TOO_SHORT):
        dialog = await Dialog.get()
        assert (dialog.step, dialog.answers[WRONG]) == ("consumer_key", 1), waits
        assert "does not look like a key" in boss.text
        assert await is_forgotten(boss, TOO_SHORT), waits
