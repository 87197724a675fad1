import io

import aiohttp
import pytest

from sandbox.telegram import acts


@pytest.fixture
def call(control, telegram_server):
    async def send(method: str, body) -> tuple[int, str]:
        path = f"/bot{telegram_server.telegram.token}/{method}"
        async with control.post(path, json=body) as answer:
            return answer.status, (await answer.json()).get("description", "")

    return send


@pytest.fixture
async def names(ptb_bot, amina) -> dict[str, int]:
    """What `me` and `sent` stand for in the table below."""
    sent = await ptb_bot.send_message(amina.id, "Hi")
    return {"me": amina.id, "sent": sent.message_id}


@pytest.mark.parametrize(
    ("method", "body", "reason"),
    [
        ("sendMessage", {"text": "Hi"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": "@fluxpay", "text": "Hi"}, "chat not found"),
        ("sendMessage", {"chat_id": 1, "text": "Hi"}, "chat not found"),
        ("sendMessage", {"chat_id": "me"}, "message text is empty"),
        (
            "sendMessage",
            {"chat_id": "me", "text": "Hi", "parse_mode": "Plain"},
            "unsupported parse_mode",
        ),
        (
            "sendMessage",
            {"chat_id": "me", "text": "Hi", "reply_markup": "{"},
            "can't parse reply keyboard markup JSON object",
        ),
        (
            "sendMessage",
            {"chat_id": "me", "text": "Hi", "reply_markup": "[]"},
            "object expected as reply markup",
        ),
        ("sendMessage", {"chat_id": "me", "text": "Hi", "reply_parameters": []}, ""),
        (
            "sendMessage",
            {"chat_id": "me", "text": "Hi", "reply_parameters": [1]},
            "can't parse reply parameters JSON object",
        ),
        ("sendContact", {"chat_id": "me", "first_name": "A"}, "phone number must be non-empty"),
        ("sendContact", {"chat_id": "me", "phone_number": "1"}, "first name must be non-empty"),
        (
            "sendChatAction",
            {"chat_id": "me", "action": "dancing"},
            "wrong parameter action in request",
        ),
        ("sendMessageDraft", {"chat_id": "me", "text": "Hi"}, "draft identifier must be non-zero"),
        (
            "copyMessage",
            {"chat_id": "me", "from_chat_id": "me", "message_id": 99},
            "message to copy not found",
        ),
        (
            "forwardMessage",
            {"chat_id": "me", "from_chat_id": "me", "message_id": 99},
            "message to forward not found",
        ),
        ("sendPhoto", {"chat_id": "me"}, "there is no photo in the request"),
        (
            "sendPhoto",
            {"chat_id": "me", "photo": "attach://x"},
            "there is no photo in the request",
        ),
        (
            "sendPhoto",
            {"chat_id": "me", "photo": "https://a.ke/x.png"},
            "failed to get HTTP URL content",
        ),
        (
            "sendDocument",
            {"chat_id": "me", "document": "AgAC"},
            "wrong file identifier/HTTP URL specified",
        ),
        ("sendMediaGroup", {"chat_id": "me", "media": []}, "there are no messages to send"),
        (
            "sendMediaGroup",
            {"chat_id": "me", "media": [{}] * 11},
            "too many messages to send as an album",
        ),
        (
            "sendMediaGroup",
            {"chat_id": "me", "media": ["x"]},
            "can't parse InputMedia: expected an Object",
        ),
        (
            "sendMediaGroup",
            {"chat_id": "me", "media": [{"type": "audio"}]},
            "can't parse InputMedia: type audio is unsupported",
        ),
        (
            "editMessageText",
            {"chat_id": "me", "text": "Hi"},
            "message identifier is not specified",
        ),
        ("editMessageText", {"inline_message_id": "x", "text": "Hi"}, "MESSAGE_ID_INVALID"),
        (
            "editMessageCaption",
            {"chat_id": "me", "message_id": "sent"},
            "there is no caption in the message to edit",
        ),
        (
            "editMessageText",
            {
                "chat_id": "me",
                "message_id": "sent",
                "text": "X",
                "reply_markup": {"remove_keyboard": True},
            },
            "inline keyboard expected",
        ),
        (
            "deleteMessages",
            {"chat_id": "me", "message_ids": []},
            "message identifiers are not specified",
        ),
        (
            "deleteMessages",
            {"chat_id": "me", "message_ids": ["x"]},
            "can't parse message identifiers: expected an Array of Number",
        ),
        (
            "deleteMessages",
            {"chat_id": "me", "message_ids": [1] * 101},
            "too many message identifiers specified",
        ),
        ("pinChatMessage", {"chat_id": "me", "message_id": 99}, "message to pin not found"),
        ("setMessageReaction", {"chat_id": "me", "message_id": 99}, "message to react not found"),
        (
            "setMessageReaction",
            {"chat_id": "me", "message_id": "sent", "reaction": [{}, {}]},
            "REACTIONS_TOO_MANY",
        ),
        (
            "setMessageReaction",
            {"chat_id": "me", "message_id": "sent", "reaction": ["👍"]},
            "REACTION_INVALID",
        ),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        ("answerCallbackQuery", {"callback_query_id": "1", "url": "https://a.ke"}, "URL_INVALID"),
        (
            "answerInlineQuery",
            {"inline_query_id": "1", "results": []},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        ("getFile", {"file_id": "x"}, "invalid file_id"),
        ("setMyCommands", {"commands": "x"}, "can't parse commands JSON object"),
        (
            "setMyCommands",
            {"commands": {}},
            "can't parse commands: expected an Array of BotCommand",
        ),
        (
            "setMyCommands",
            {"commands": ["pay"]},
            "can't parse commands: expected an Object BotCommand",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "pay"}]},
            "command description must be non-empty",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "pay", "description": "x" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [], "scope": {"type": "moon"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "chat_id is empty"),
        (
            "setMyName",
            {"name": "x", "language_code": "swahili"},
            "invalid language code specified",
        ),
        ("setMyName", {"name": "x" * 65}, "bot name is too long"),
        (
            "setMyShortDescription",
            {"short_description": "x" * 121},
            "bot short description is too long",
        ),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "moon"}},
            "can't parse menu button: MenuButton has unsupported type",
        ),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "web_app", "text": "App", "web_app": "x"}},
            "menu button Web App URL is invalid: Only HTTPS links are allowed",
        ),
        (
            "setWebhook",
            {"url": "https://a.ke/x", "secret_token": "x y"},
            "secret token contains unallowed characters",
        ),
        (
            "setWebhook",
            {"url": "https://a.ke/x", "secret_token": "x" * 257},
            "secret token is too long",
        ),
        ("getUpdates", {"allowed_updates": "message"}, "can't parse allowed updates JSON object"),
        (
            "getUpdates",
            {"allowed_updates": {}},
            "can't parse allowed updates: expected an Array of String",
        ),
        ("sendMessage", ["no object"], "expected an Object as the JSON body"),
    ],
)  # fmt: skip - a table reads best with one case a line
async def test_mistake_is_refused_in_telegrams_words(call, names, method, body, reason):
    if isinstance(body, dict):
        body = {k: names.get(v, v) if isinstance(v, str) else v for k, v in body.items()}

    status, description = await call(method, body)

    assert (status, description) == ((400, f"Bad Request: {reason}") if reason else (200, ""))


async def test_reply_to_what_is_gone_may_go_without(call, amina):
    missing = {"message_id": 99, "allow_sending_without_reply": True}

    assert await call(
        "sendMessage", {"chat_id": amina.id, "text": "Hi", "reply_parameters": missing}
    ) == (200, "")


async def test_only_a_link_to_the_bot_itself_may_be_opened_by_an_answer(
    call, ptb_bot, local_telegram, amina
):
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await ptb_bot.send_message(amina.id, "Hi", reply_markup=markup)
    query = acts.press(local_telegram, amina, sent.message_id, "go")
    link = f"https://t.me/{local_telegram.username}?start=inv_7"

    status, _ = await call("answerCallbackQuery", {"callback_query_id": query.id, "url": link})

    assert (status, query.answer["url"]) == (200, link)


async def test_webhook_tells_whether_anything_changed(call):
    url = {"url": "https://a.ke/hook", "max_connections": 500}

    assert await call("setWebhook", url) == (200, "Webhook was set")
    assert await call("setWebhook", url) == (200, "Webhook is already set")
    assert await call("setWebhook", {}) == (200, "Webhook was deleted")
    assert await call("deleteWebhook", {}) == (200, "Webhook is already deleted")


async def test_upload_beyond_50_mb_is_too_large(control, telegram_server, amina):
    form = aiohttp.FormData({"chat_id": str(amina.id)})
    form.add_field("document", io.BytesIO(bytes(52 * 1024 * 1024)), filename="big.bin")
    path = f"/bot{telegram_server.telegram.token}/sendDocument"

    async with control.post(path, data=form) as answer:
        assert answer.status == 413
        assert (await answer.json())["description"] == "Request Entity Too Large"
