"""Texts, contacts, copies and drafts."""

from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.messages import Message
from sandbox.telegram.methods.delivery import (
    caption_content,
    deliver,
    delivery,
    known_chat,
    reachable_chat,
    send,
    text_content,
)
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.people import DRAFT_S, TYPING_S

_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def send_message(telegram: Telegram, params: Params) -> Json:
    """Send a text."""
    return send(telegram, params, text_content(params))


def send_contact(telegram: Telegram, params: Params) -> Json:
    """Send a phone number with a name."""
    number, first_name = params.text("phone_number"), params.text("first_name")
    if not number:
        raise bad_request("phone number must be non-empty")
    if not first_name:
        raise bad_request("first name must be non-empty")
    contact = {"phone_number": number, "first_name": first_name}
    last_name = {"last_name": params.text("last_name")} if params.has("last_name") else {}
    return send(telegram, params, {"contact": contact | last_name})


def copy_message(telegram: Telegram, params: Params) -> Json:
    """Send what another message says, without a link to it; returns its id only."""
    original = _original(telegram, params, "copy")
    content = {k: v for k, v in original.content.items() if k != "forward_origin"}
    if params.has("caption") and "text" not in content:
        content = {k: v for k, v in content.items() if not k.startswith("caption")}
        content |= caption_content(params)
    sent = send(telegram, params, content)
    return {"message_id": sent["message_id"]}


def forward_message(telegram: Telegram, params: Params) -> Json:
    """Send a message on, with the name of its author."""
    original = _original(telegram, params, "forward")
    source = telegram.message_json(original)
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    chat = reachable_chat(telegram, params)
    content = {"forward_origin": origin} | original.content
    message = deliver(telegram, chat, content, delivery(telegram, chat, Params({})))
    return telegram.message_json(message)


def send_chat_action(telegram: Telegram, params: Params) -> bool:
    """Show "typing" or the like for five seconds or until the next message."""
    chat = reachable_chat(telegram, params)
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.typing_until_s = telegram.now_s() + TYPING_S
    telegram.touched()
    return True


def send_message_draft(telegram: Telegram, params: Params) -> bool:
    """Show a text that vanishes after 30 s or with the next message."""
    chat = reachable_chat(telegram, params)
    if not params.number("draft_id"):
        raise bad_request("draft identifier must be non-zero")
    until = telegram.now_s() + DRAFT_S
    chat.draft = text_content(params) | {"until_s": until}
    telegram.touched()
    return True


def _original(telegram: Telegram, params: Params, verb: str) -> Message:
    chat = known_chat(telegram, params, "from_chat_id")
    message = telegram.messages.find(chat.id, params.number("message_id") or 0)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.is_protected:
        past = {"copy": "copied", "forward": "forwarded"}[verb]
        raise bad_request(f"message can't be {past}")
    return message
