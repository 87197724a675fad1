"""A group is no place for money matters."""

import json

import pytest
from telegram import Update

from core.models import User
from tests.integration.bot.group import GROUP, Recorder, heard_by


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
async def application(recorder, engine):
    async with heard_by(recorder, engine) as application:
        yield application


def update(bot, text, **kind):
    sender = {"id": 1001, "is_bot": False, "first_name": "Wanjiku", "language_code": "en"}
    message = {"message_id": 5, "date": 1795413600, "chat": GROUP, "from": sender, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return Update.de_json({"update_id": 1, "message": message | kind}, bot)


async def test_a_command_in_a_group_is_answered_with_the_way_to_the_private_chat(
    application, recorder
):
    await application.process_update(update(application.bot, "/menu"))

    (sent,) = recorder.said
    assert "private chat" in sent["text"]
    keyboard = json.loads(sent["reply_markup"])["inline_keyboard"]
    assert keyboard[0][0]["url"] == "https://t.me/FluxPayTestBot"


async def test_talk_in_a_group_is_left_alone(application, recorder):
    await application.process_update(update(application.bot, "hello"))

    assert recorder.said == []
    assert await User.all().count() == 0
