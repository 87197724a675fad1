"""Rule 28: in a group the bot says that it works in private, and shows no money matters."""

import json

import pytest
from aiohttp import web
from pydantic import SecretStr
from telegram import Update

from bot.application import build_application
from tests.integration.services.stories import bill_and_prompt, chatting_subscription

ME = {"id": 7000000001, "is_bot": True, "first_name": "FluxPay", "username": "FluxPayTestBot"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Chama"}
SECRETS = ("KES", "Gold", "Asha", "Wanjiku Fitness", "712")


class Recorder:
    """Answers every call of the bot and remembers what it said: the sandbox has no groups."""

    def __init__(self):
        self.said = []

    async def handle(self, request):
        if request.match_info["method"] == "getMe":
            return web.json_response({"ok": True, "result": ME})
        self.said.append(dict(await request.post()))
        message = {"message_id": 1, "date": 1795413600, "chat": GROUP, "text": "as sent"}
        is_message = request.match_info["method"] == "sendMessage"
        return web.json_response({"ok": True, "result": message if is_message else True})


@pytest.fixture
async def recorder():
    return Recorder()


@pytest.fixture
async def application(recorder, engine, owner):
    await chatting_subscription(engine, owner, chat=1001)
    await bill_and_prompt(engine)
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


@pytest.fixture
def sender(language):
    return {
        "id": 1001,
        "is_bot": False,
        "first_name": "Wanjiku",
        "language_code": language,
    }


def message(sender, text):
    entity = {"type": "bot_command", "offset": 0, "length": len(text)}
    return {
        "message_id": 5,
        "date": 1795413600,
        "chat": GROUP,
        "from": sender,
        "text": text,
        "entities": [entity],
    }


@pytest.mark.parametrize("command", ["/menu", "/status", "/plans", "/transactions", "/admin"])
async def test_rule_28_a_command_in_a_group_leads_to_the_private_chat(
    application, recorder, sender, texts, command
):
    update = {"update_id": 1, "message": message(sender, command)}

    await application.process_update(Update.de_json(update, application.bot))

    (said,) = recorder.said
    assert said["text"] == texts.gettext(
        "I work in a private chat only: nobody else should see your money matters."
    )
    keyboard = json.loads(said["reply_markup"])["inline_keyboard"]
    assert keyboard[0][0]["url"] == "https://t.me/FluxPayTestBot"


@pytest.mark.parametrize("place", ["home", "status", "txns:0", "sub:1", "my:1", "plans"])
async def test_rule_28_a_button_pressed_in_a_group_shows_nothing(
    application, recorder, sender, place
):
    query = {
        "id": "1",
        "from": sender,
        "chat_instance": "1",
        "message": message(ME, "Menu"),
        "data": f"v1:{place}",
    }

    await application.process_update(
        Update.de_json({"update_id": 1, "callback_query": query}, application.bot)
    )

    (said,) = recorder.said
    assert not any(secret in json.dumps(said) for secret in SECRETS)


async def test_rule_28_whoever_adds_the_bot_to_a_group_is_told_where_it_works(
    application, recorder, sender
):
    states = [{"user": ME, "status": "left"}, {"user": ME, "status": "member"}]
    change = {
        "chat": GROUP,
        "from": sender,
        "date": 1795413600,
        "old_chat_member": states[0],
        "new_chat_member": states[1],
    }

    await application.process_update(
        Update.de_json({"update_id": 1, "my_chat_member": change}, application.bot)
    )

    (said,) = recorder.said
    assert "FluxPayTestBot" in said["reply_markup"]
