"""People who chat with the bot, played by tests against the local Bot API."""

import asyncio
from itertools import chain, repeat

from core.models import InboundEvent, InboundSource
from sandbox.telegram import acts
from sandbox.telegram.keyboards import inline_view
from sandbox.telegram.waiting import wait_until

WITHIN_S = 60


class Visitor:
    """Somebody with Telegram on his phone."""

    def __init__(self, telegram, person):
        self.telegram = telegram
        self.person = person
        self.id = person.id
        self.toast = None

    @property
    def messages(self):
        """What the bot wrote, oldest first."""
        return [m for m in self.telegram.messages.of(self.id) if m.from_bot]

    @property
    def text(self):
        return self.messages[-1].text

    @property
    def buttons(self):
        return _buttons(self.messages[-1])

    @property
    def labels(self):
        return [button["text"] for button in self.buttons]

    def button(self, label):
        return next(button for button in self.buttons if label in button["text"])

    async def say(self, *texts):
        for text in texts:
            acts.say(self.telegram, self.person, text)
            await idle(self.telegram)

    async def share_contact(self, number, name, *, own=False):
        acts.share_contact(
            self.telegram,
            self.person,
            {"phoneNumber": number, "firstName": name, "own": own},
        )
        await idle(self.telegram)

    async def reply(self, message, text):
        """Swipe a message of the bot's and answer it."""
        asked = acts.reply_json(self.telegram, message)
        acts.send(self.telegram, self.person, {"text": text, "reply_to_message": asked})
        await idle(self.telegram)

    async def press(self, *labels):
        for label in labels:
            message, data = self._find(label)
            await self.press_data(message.id, data)

    async def press_data(self, message_id, data, *, force=False):
        query = acts.press(self.telegram, self.person, message_id, data, force=force)
        await idle(self.telegram)
        assert query.answer is not None, "every press is answered"
        self.toast = query.answer["text"]

    def tap(self, label):
        """Press without waiting for the bot."""
        message, data = self._find(label)
        return acts.press(self.telegram, self.person, message.id, data)

    async def open(self, url):
        acts.open_link(self.telegram, self.person, url)
        await idle(self.telegram)

    async def sees(self, words):
        """Wait until the newest message holds the words."""
        found = await wait_until(
            self.telegram, lambda: bool(self.messages) and words in self.text, timeout_s=WITHIN_S
        )
        assert found, f"{words!r} never came; the newest message is {self.text!r}"

    def _find(self, label):
        for message in reversed(self.messages):
            for button in _buttons(message):
                if label in button["text"] and button["kind"] == "callback":
                    return message, button["data"]
        shown = [b["text"] for m in self.messages for b in _buttons(m)]
        raise AssertionError(f"no button {label!r} among {shown}; last text: {self.text!r}")


def _buttons(message):
    return [button for row in inline_view(message.inline_keyboard) for button in row]


async def until(is_so):
    """Wait until an async condition holds that nobody announces, such as a row in the database."""
    async with asyncio.timeout(WITHIN_S):
        for pause_s in chain([0.0], repeat(0.002)):
            await asyncio.sleep(pause_s)
            if await is_so():
                return


async def idle(telegram):
    """Wait until every update is fetched, stored and handled."""

    async def is_idle():
        waiting = InboundEvent.filter(source=InboundSource.TELEGRAM, handled_at=None)
        return not telegram.updates.waiting and not await waiting.exists()

    await until(is_idle)
