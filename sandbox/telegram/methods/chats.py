"""Chats, pins, reactions, files and the answers to presses."""

import re
from typing import Any, Final

from sandbox.telegram.acts import member_json
from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.files import DOWNLOAD_LIMIT_BYTES
from sandbox.telegram.messages import Message
from sandbox.telegram.methods.delivery import known_chat, reachable_chat
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.people import Group

# The free reactions a bot may use, from the Bot API's `ReactionTypeEmoji`.
_REACTIONS: Final = frozenset(
    (  # noqa: SIM905 - a literal each would take 73 lines
        "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 "
        "🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 "
        "❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 "
        "🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 "
        "😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 "
        "🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ "
        "😡 "
    ).split()
)
_GIFTS: Final = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def answer_callback_query(telegram: Telegram, params: Params) -> bool:
    """Answer a press, with a toast or an alert if there is a text."""
    text, url = params.text("text") or None, params.text("url") or None
    if url is not None and not _is_own_link(telegram, url):
        raise bad_request("URL_INVALID")
    answer = {"text": text, "alert": params.flag("show_alert"), "url": url}
    query_id, now_s = params.text("callback_query_id"), telegram.now_s()
    query = telegram.callbacks.answer(query_id, answer, now_s=now_s)
    if text is not None:
        toast = {"id": query.id, "text": text, "alert": answer["alert"], "at_s": now_s}
        telegram.people[query.person_id].show_toast(toast)
    telegram.touched()
    return True


def get_chat(telegram: Telegram, params: Params) -> Json:
    """Return Telegram's `ChatFullInfo`."""
    chat = known_chat(telegram, params)
    pinned = [telegram.messages.find(chat.id, number) for number in reversed(chat.pinned)]
    newest = next((message for message in pinned if message), None)
    extras: Json = {"pinned_message": telegram.message_json(newest)} if newest else {}
    return (
        chat.chat_json()
        | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
        | extras
    )


def get_chat_member(telegram: Telegram, params: Params) -> Json:
    """Return a person or the bot as a member of a chat; who made a group owns it."""
    chat = known_chat(telegram, params)
    user_id = params.number("user_id") or 0
    if user_id == telegram.bot_id:
        return member_json(telegram, "kicked" if chat.why_unreachable() else "member")
    members = chat.member_ids if isinstance(chat, Group) else [chat.id]
    if user_id not in members:
        raise bad_request("member not found")
    user = telegram.people[user_id].user_json()
    if isinstance(chat, Group) and user_id == members[0]:
        return {"user": user, "status": "creator", "is_anonymous": False}
    return {"user": user, "status": "member"}


def leave_chat(telegram: Telegram, params: Params) -> bool:
    """Leave a group; a private chat can't be left."""
    chat = reachable_chat(telegram, params)
    if not isinstance(chat, Group):
        raise bad_request("chat member status can't be changed in private chats")
    chat.has_bot = False
    telegram.touched()
    return True


def pin_chat_message(telegram: Telegram, params: Params) -> bool:
    """Pin a message."""
    chat = reachable_chat(telegram, params)
    message = _message(telegram, params, "message to pin not found")
    chat.pinned = [number for number in chat.pinned if number != message.id] + [message.id]
    telegram.touched()
    return True


def unpin_chat_message(telegram: Telegram, params: Params) -> bool:
    """Unpin a message, or the newest pinned one."""
    chat = reachable_chat(telegram, params)
    number = params.number("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if number not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned = [each for each in chat.pinned if each != number]
    telegram.touched()
    return True


def unpin_all_chat_messages(telegram: Telegram, params: Params) -> bool:
    """Unpin all."""
    reachable_chat(telegram, params).pinned = []
    telegram.touched()
    return True


def set_message_reaction(telegram: Telegram, params: Params) -> bool:
    """Put an emoji under a message, or take it away."""
    reachable_chat(telegram, params)
    message = _message(telegram, params, "message to react not found")
    reactions = params.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if not all(_is_reaction(item) for item in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions = reactions or None
    telegram.touched()
    return True


def get_file(telegram: Telegram, params: Params) -> Json:
    """Return where a file of up to 20 MB can be fetched."""
    stored = telegram.files.find(params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    shown = stored.to_json()
    if shown["file_size"] > DOWNLOAD_LIMIT_BYTES:
        raise bad_request("file is too big")
    common = {name: shown[name] for name in ("file_id", "file_unique_id", "file_size")}
    return common | {"file_path": stored.path}


def _message(telegram: Telegram, params: Params, otherwise: str) -> Message:
    chat_id = params.number("chat_id") or 0
    message = telegram.messages.find(chat_id, params.number("message_id") or 0)
    if message is None:
        raise bad_request(otherwise)
    return message


def _is_reaction(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("type") != "emoji":
        return False
    # Clients add the variation selector to some emoji; Telegram does not mind.
    return str(item.get("emoji")).replace("\ufe0f", "") in _REACTIONS


def _is_own_link(telegram: Telegram, url: str) -> bool:
    pattern = rf"(?i)(?:https?://)?t\.me/{re.escape(telegram.username)}\?start=[\w-]*"
    return re.fullmatch(pattern, url) is not None
