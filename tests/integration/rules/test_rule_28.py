"""Rule 28: in a group the bot says that it works in private, and shows no money matters."""

import json

import pytest
from telegram import Update

from tests.integration.bot.group import GROUP, ME, Recorder, heard_by
from tests.integration.services.stories import bill_and_prompt, chatting_subscription

SECRETS = ("KES", "Gold", "Asha", "Wanjiku Fitness", "712")


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
async def application(recorder, engine, owner):
    await chatting_subscription(engine, owner, chat=1001)
    await bill_and_prompt(engine)
    async with heard_by(recorder, engine) as application:
        yield application


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
