"""What people do in the chat; each deed reaches the bot as an update."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.callbacks import CallbackQuery
from sandbox.telegram.entities import TEXT_LIMIT, formatted, utf16_length
from sandbox.telegram.errors import Json, Unplayable
from sandbox.telegram.keyboards import callback_datas
from sandbox.telegram.messages import Message
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Chat, Group, Person

_LINK_HOSTS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{0,64}")
SERVICE_KINDS: Final = frozenset({"new_chat_members", "left_chat_member", "group_chat_created"})


@dataclass(frozen=True)
class ByWay:
    """The buttons of a message that is sent by way of the bot's inline mode, if it has any."""

    inline_keyboard: Json | None
    inline_message_id: str | None


def say(telegram: Telegram, person: Person, text: str, *, chat: Chat | None = None) -> Message:
    """Send a text; one that begins with a slash is a command.

    Raises:
        Unplayable: Nothing to send, more than one message can hold, or the bot is blocked.
    """
    return send(telegram, person, _text_content(text), chat=chat)


def contact_content(person: Person, contact: Json) -> Json:
    """Return what sharing a contact says: `{"phoneNumber", "firstName", "own"}`.

    Only one's own carries the `user_id` of its sender: that is how a bot tells it from others'.
    """
    is_own = contact.get("own") is True
    own_number = person.phone_number if is_own else ""
    number = str(contact.get("phoneNumber") or own_number).strip()
    if not number:
        raise Unplayable("a contact needs a phoneNumber")
    card: Json = {
        "phone_number": number,
        "first_name": str(contact.get("firstName") or (person.first_name if is_own else number)),
    }
    return {"contact": card | ({"user_id": person.id} if is_own else {})}


def share_contact(telegram: Telegram, person: Person, contact: Json) -> Message:
    """Share a contact, see `contact_content`."""
    return send(telegram, person, contact_content(person, contact))


def send(
    telegram: Telegram,
    person: Person,
    content: Json,
    *,
    chat: Chat | None = None,
    by_way: ByWay | None = None,
) -> Message:
    """Send a message of any content to the bot, or to the group `chat`.

    The first one to the bot starts the chat with it.
    """
    place: Chat = person if chat is None else chat
    must_be_open(person, place)
    person.started = person.started or place is person
    _use_keyboard(place, content)
    message = telegram.messages.add(
        chat_id=place.id,
        sender_id=person.id,
        sent_at_s=telegram.now_s(),
        content=content,
        reply_to=_forced_reply(telegram, place),
        inline_keyboard=by_way and by_way.inline_keyboard,
        inline_message_id=by_way and by_way.inline_message_id,
    )
    tell(telegram, "message", message)
    return message


def tell(telegram: Telegram, kind: str, message: Message) -> None:
    """Let the bot know of a message; of talk in a group it hears only what is meant for it."""
    if message.chat_id > 0 or _is_for_bot(telegram, message):
        telegram.queue(kind, telegram.message_json(message))
    else:
        telegram.touched()


def edit(
    telegram: Telegram, person: Person, message_id: int, text: str, *, chat: Chat | None = None
) -> Message:
    """Change one's own text message.

    Raises:
        Unplayable: It is not there (404), not a text or not one's own, or the bot is blocked.
    """
    place: Chat = person if chat is None else chat
    must_be_open(person, place)
    message = telegram.messages.find(place.id, message_id)
    if message is None:
        raise Unplayable("no such message", status=404)
    if message.sender_id != person.id or "text" not in message.content:
        raise Unplayable("only one's own text can be edited")
    message.content = _text_content(text)
    message.edited_at_s, message.content_edited = telegram.now_s(), True
    tell(telegram, "edited_message", message)
    return message


def press(  # noqa: PLR0913 - who presses what, where, and whether it must be there
    telegram: Telegram,
    person: Person,
    message_id: int,
    data: str,
    *,
    chat: Chat | None = None,
    force: bool = False,
) -> CallbackQuery:
    """Press a callback button; with `force` even one that is gone, as a slow phone might.

    Raises:
        Unplayable: No such button (404), or the bot is blocked.
    """
    place: Chat = person if chat is None else chat
    must_be_open(person, place)
    message = telegram.messages.find(place.id, message_id)
    datas = callback_datas(message.inline_keyboard) if message else set()
    if data not in datas and not force:
        raise Unplayable("that message has no such button now", status=404)
    query = telegram.callbacks.ask(
        person_id=person.id,
        chat_id=place.id,
        message_id=message_id,
        data=data,
        asked_at_s=telegram.now_s(),
    )
    telegram.queue("callback_query", _query_json(telegram, person, query, message))
    return query


def open_link(telegram: Telegram, person: Person, url: str) -> Message:
    """Open a link to the bot and press Start; a bot that was blocked is restarted by that.

    Raises:
        Unplayable: Not a link to this bot, or a payload that Telegram would not pass on.
    """
    username, payload = _bot_and_payload(url)
    if username.lower() != telegram.username.lower():
        raise Unplayable(f"that link does not lead to @{telegram.username}")
    if not _PAYLOAD.fullmatch(payload):
        raise Unplayable("a payload has at most 64 of A-Z, a-z, 0-9, _ and -")
    unblock(telegram, person)
    return say(telegram, person, f"/start {payload}".strip())


def block(telegram: Telegram, person: Person) -> None:
    """Block the bot; doing it twice is no second update."""
    if not person.blocked:
        person.blocked = True
        tell_membership(telegram, person, old="member", new="kicked")


def unblock(telegram: Telegram, person: Person) -> None:
    """Unblock the bot; doing it twice is no second update."""
    if person.blocked:
        person.blocked = False
        tell_membership(telegram, person, old="kicked", new="member")


def read(telegram: Telegram, person: Person) -> None:
    """Read the chat up to its end."""
    last = telegram.messages.last_of(person.id)
    if last is not None and last.id > person.read_up_to_id:
        person.read_up_to_id = last.id
        telegram.touched()


def _text_content(text: str) -> Json:
    if utf16_length(text) > TEXT_LIMIT:
        raise Unplayable(f"a message has at most {TEXT_LIMIT} characters")
    content = formatted(text, [])
    if not content["text"]:
        raise Unplayable("an empty message cannot be sent")
    return content if content["entities"] else {"text": content["text"]}


def must_be_open(person: Person, place: Chat) -> None:
    """Refuse what somebody does in a chat that he has closed to himself.

    Raises:
        Unplayable: He has blocked the bot, or he is not in the group.
    """
    if isinstance(place, Group) and person.id not in place.member_ids:
        raise Unplayable("join the group first")
    if place is person and person.blocked:
        raise Unplayable("unblock the bot first")


def _is_for_bot(telegram: Telegram, message: Message) -> bool:
    """Tell whether the bot hears of a message in a group: its privacy mode is on.

    Then a bot gets commands (those that name another bot not), replies to what it wrote, what
    came by way of its inline mode, and service messages; and nothing once it was thrown out.
    """
    if not telegram.groups[message.chat_id].has_bot:
        return False
    if "text" not in message.content or "via_bot" in message.content:
        return bool({"via_bot", *SERVICE_KINDS} & set(message.content))
    replied_to = (message.reply_to or {}).get("from", {})
    return replied_to.get("id") == telegram.bot_id or _is_own_command(telegram, message.text)


def _is_own_command(telegram: Telegram, text: str) -> bool:
    words = text.split()
    _, at, name = words[0].partition("@")
    return text.startswith("/") and (not at or name.lower() == telegram.username.lower())


def _use_keyboard(person: Chat, content: Json) -> None:
    """Hide a one-time keyboard whose button was used; a shared contact counts as one."""
    keyboard = person.reply_keyboard
    if keyboard is None or not keyboard["one_time_keyboard"]:
        return
    labels = {button["text"] for row in keyboard["keyboard"] for button in row}
    if "contact" in content or content.get("text") in labels:
        person.reply_keyboard = None


def _forced_reply(telegram: Telegram, person: Chat) -> Json | None:
    """Return the message that asked for a reply; only the next message answers it."""
    if person.force_reply is None:
        return None
    asked = telegram.messages.find(person.id, person.force_reply["message_id"])
    person.force_reply = None
    return reply_json(telegram, asked) if asked else None


def reply_json(telegram: Telegram, message: Message) -> Json:
    """Return a message as it appears inside the reply to it."""
    shown = telegram.message_json(message)
    return {name: value for name, value in shown.items() if name != "reply_to_message"}


def _query_json(
    telegram: Telegram, person: Person, query: CallbackQuery, message: Message | None
) -> Json:
    chat = telegram.find_chat(query.chat_id) or person
    gone = {"message_id": query.message_id, "chat": chat.chat_json(), "date": 0}
    about: Json = {"message": telegram.message_json(message) if message else gone}
    if message is not None and message.inline_message_id is not None:
        about = {"inline_message_id": message.inline_message_id}
    return {
        "id": query.id,
        "from": person.user_json(),
        "chat_instance": str(-(chat.id * 7919)),
        "data": query.data,
    } | about


def _bot_and_payload(url: str) -> tuple[str, str]:
    parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    query = parse_qs(parts.query)
    payload = query.get("start", [""])[0]
    if parts.scheme == "tg" and parts.netloc == "resolve":
        return query.get("domain", [""])[0], payload
    if parts.scheme not in {"http", "https"} or parts.hostname not in _LINK_HOSTS:
        return "", payload
    return parts.path.strip("/"), payload


def tell_membership(
    telegram: Telegram, person: Person, *, old: str, new: str, chat: Chat | None = None
) -> None:
    """Let the bot know what `person` made of its membership."""
    payload = {
        "chat": (person if chat is None else chat).chat_json(),
        "from": person.user_json(),
        "date": telegram.now_s(),
        "old_chat_member": member_json(telegram, old),
        "new_chat_member": member_json(telegram, new),
    }
    telegram.queue("my_chat_member", payload)


def member_json(telegram: Telegram, status: str) -> Json:
    """Return Telegram's `ChatMember` of the bot."""
    until = {"until_date": 0} if status == "kicked" else {}
    return {"user": telegram.bot_json(), "status": status} | until
