"""A group is no place for money matters. The local Telegram has none, so a recorder stands in."""

import json

import pytest
from aiohttp import web
from pydantic import SecretStr
from telegram import Update

from bot.application import build_application
from core.models import User

ME = {"id": 7000000001, "is_bot": True, "first_name": "FluxPay", "username": "FluxPayTestBot"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Chama"}


class Recorder:
    """Answers every call and remembers what was sent."""

    def __init__(self):
        self.sent = []

    async def handle(self, request):
        if request.match_info["method"] == "getMe":
            return web.json_response({"ok": True, "result": ME})
        self.sent.append(dict(await request.post()))
        message = {"message_id": 1, "date": 1795413600, "chat": GROUP, "text": "as sent"}
        return web.json_response({"ok": True, "result": message})


@pytest.fixture
async def recorder():
    return Recorder()


@pytest.fixture
async def application(recorder, engine):
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", recorder.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    token = SecretStr("7000000001:local").get_secret_value()
    application = build_application(engine, token=token, api_url=f"http://{host}:{port}")
    async with application:
        yield application
    await runner.cleanup()


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

    (sent,) = recorder.sent
    assert "private chat" in sent["text"]
    keyboard = json.loads(sent["reply_markup"])["inline_keyboard"]
    assert keyboard[0][0]["url"] == "https://t.me/FluxPayTestBot"


async def test_talk_in_a_group_is_left_alone(application, recorder):
    await application.process_update(update(application.bot, "hello"))

    assert recorder.sent == []
    assert await User.all().count() == 0
