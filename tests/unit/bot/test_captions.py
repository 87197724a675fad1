"""A picture and a file say no more than Telegram takes under them."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from telegram import Chat, Message, PhotoSize

from bot import chat
from bot.looks.fitting import LONGEST_CAPTION, length
from bot.looks.screen import Screen

TOO_LONG = "\n".join(f"<b>{number}</b> {'🦒' * 20}" for number in range(100))


class Telegram:
    """Keeps what it was given."""

    def __init__(self):
        self.captions = []

    async def send_photo(self, _chat_id, _photo, *, caption, **_more):
        return self._take(caption)

    async def send_document(self, _chat_id, _document, *, caption, **_more):
        return self._take(caption)

    async def edit_message_media(self, media, **_more):
        return self._take(media.caption)

    def _take(self, caption):
        self.captions.append(caption)
        return SimpleNamespace(message_id=7)


def context_of(telegram, *, demo):
    settings = SimpleNamespace(demo=demo)
    engine = SimpleNamespace(settings=settings)
    return SimpleNamespace(bot=telegram, engine=engine, is_answered=True)


def pressed_photo():
    """A press of a button under a picture."""
    private = Chat(1, "private")
    photo = [PhotoSize("id", "unique", 1, 1)]
    message = Message(7, datetime(2026, 11, 23, tzinfo=UTC), private, photo=photo)
    return SimpleNamespace(callback_query=SimpleNamespace(message=message), effective_chat=private)


@pytest.mark.parametrize("demo", [False, True])
async def test_each_caption_is_cut_at_the_limit_for_captions(demo):
    telegram = Telegram()
    context, screen = context_of(telegram, demo=demo), Screen(text=TOO_LONG)

    await chat.send_photo(context, 1, screen, b"png")
    await chat.send_document(context, 1, screen, b"csv", name="books.csv")
    await chat.show(pressed_photo(), context, replace(screen, photo=b"png"))

    assert len(telegram.captions) == 3
    for caption in telegram.captions:
        assert LONGEST_CAPTION / 2 < length(caption) <= LONGEST_CAPTION
        assert caption.startswith("<b>DEMO</b>") == demo
