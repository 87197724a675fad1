"""The chat as the control API shows it."""

from datetime import UTC, datetime

from sandbox.telegram.acts import SERVICE_KINDS
from sandbox.telegram.errors import Json
from sandbox.telegram.html_view import render
from sandbox.telegram.inline import InlineQuery
from sandbox.telegram.keyboards import inline_view, reply_view
from sandbox.telegram.messages import Message
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Group, Person

FILES_PATH = "/api/telegram/files/"
_SUMMARIES = {
    "photo": "Photo",
    "document": "Document",
    "contact": "Contact",
    "location": "Location",
    "sticker": "Sticker",
    "voice": "Voice message",
    "group_chat_created": "The group was created",
    "new_chat_members": "Somebody joined the group",
    "left_chat_member": "Somebody left the group",
}


def overview(telegram: Telegram) -> Json:
    """Return the bot as a stranger sees it, and everybody who can chat with it."""
    profile = telegram.profile
    return {
        "bot": {
            "username": telegram.username,
            "name": telegram.bot_json()["first_name"],
            "description": profile.text("description"),
            "shortDescription": profile.text("short_description"),
            "commands": profile.commands_for(0, ""),
        },
        "people": [person_view(telegram, person) for person in telegram.people.values()],
        "groups": [group_view(telegram, group) for group in telegram.groups.values()],
        "floodLimits": telegram.flood_limits,
        "revision": telegram.revision,
    }


def person_view(telegram: Telegram, person: Person) -> Json:
    """Return a person as a line of the chat list."""
    last = telegram.messages.last_of(person.id)
    return {
        "id": person.id,
        "firstName": person.first_name,
        "phoneNumber": person.phone_number,
        "languageCode": person.language_code,
        "blocked": person.blocked,
        "started": person.started,
        "unread": telegram.unread(person),
        "lastMessage": _summary(last) if last else None,
        "lastAt": _iso(last.sent_at_s) if last else None,
    }


def chat_view(telegram: Telegram, person: Person, last: int | None = None) -> Json:
    """Return one chat as its person sees it; `last` leaves out all but that many messages."""
    now_s, draft = telegram.now_s(), person.draft
    messages = telegram.messages.of(person.id)
    shown = messages if last is None else messages[-last:]
    return {
        "person": person_view(telegram, person),
        "messages": [message_view(message) for message in shown],
        "earlier": len(messages) - len(shown),
        "replyKeyboard": reply_view(person.reply_keyboard),
        "forceReply": _force_reply_view(person),
        "commands": telegram.profile.commands_for(person.id, person.language_code),
        "description": telegram.profile.text("description", person.language_code[:2]),
        "typing": person.typing_until_s > now_s,
        "typingUntil": _iso(person.typing_until_s),
        "draft": draft["text"] if draft and draft["until_s"] > now_s else None,
        "pinned": person.pinned,
        "toasts": [_toast_view(toast) for toast in person.toasts],
    }


def group_view(telegram: Telegram, group: Group) -> Json:
    """Return a group as a line of the chat list."""
    last = telegram.messages.last_of(group.id)
    return {
        "id": group.id,
        "title": group.title,
        "memberIds": group.member_ids,
        "hasBot": group.has_bot,
        "lastMessage": _summary(last) if last else None,
        "lastAt": _iso(last.sent_at_s) if last else None,
    }


def group_chat_view(telegram: Telegram, group: Group) -> Json:
    """Return a group's chat as its members see it."""
    founder = telegram.people[group.member_ids[0]]
    return {
        "group": group_view(telegram, group),
        "messages": [message_view(message) for message in telegram.messages.of(group.id)],
        "replyKeyboard": reply_view(group.reply_keyboard),
        "commands": telegram.profile.commands_in_group(
            group.id, founder.id, founder.language_code
        ),
        "pinned": group.pinned,
    }


def inline_answer_view(query: InlineQuery) -> Json | None:
    """Return what the bot offered for an inline query, None if it did not answer."""
    if query.answer is None:
        return None
    shown = ("id", "type", "title", "description")
    return {
        "results": [{name: result[name] for name in shown} for result in query.answer["results"]],
        "button": query.answer["button"],
    }


def message_view(message: Message) -> Json:
    """Return one message; `html` is safe to show as it is."""
    return {
        "id": message.id,
        "from": "bot" if message.from_bot else "person",
        "senderId": message.sender_id,
        "viaBot": "via_bot" in message.content,
        "at": _iso(message.sent_at_s),
        "text": message.text,
        "html": render(message.text, message.entities),
        "edited": message.content_edited,
        "buttons": inline_view(message.inline_keyboard),
        "photo": _photo_url(message),
        "photoSize": _photo_size(message),
        "document": _document_view(message),
        "contact": _contact_view(message),
        "location": message.content.get("location"),
        "sticker": message.content.get("sticker", {}).get("emoji"),
        "voiceS": message.content.get("voice", {}).get("duration"),
        "replyTo": message.reply_to["message_id"] if message.reply_to else None,
        "reaction": message.reactions[0]["emoji"] if message.reactions else None,
        "service": _service(message),
        "protected": message.is_protected,
        "silent": message.is_silent,
    }


def _iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, tz=UTC).isoformat()


def _summary(message: Message) -> str:
    """Return the text, or what a phone shows for a message that has none."""
    bare = next((name for kind, name in _SUMMARIES.items() if kind in message.content), "")
    return message.text or bare


def _service(message: Message) -> str | None:
    """Return what happened, if it is a service message and nobody's words."""
    return next((_SUMMARIES[kind] for kind in SERVICE_KINDS if kind in message.content), None)


def _photo_url(message: Message) -> str | None:
    sizes = message.content.get("photo")
    return f"{FILES_PATH}{sizes[-1]['file_id']}" if sizes else None


def _photo_size(message: Message) -> Json | None:
    sizes = message.content.get("photo")
    return {"width": sizes[-1]["width"], "height": sizes[-1]["height"]} if sizes else None


def _document_view(message: Message) -> Json | None:
    document = message.content.get("document")
    if document is None:
        return None
    return {
        "name": document["file_name"],
        "url": f"{FILES_PATH}{document['file_id']}",
        "size": document["file_size"],
    }


def _contact_view(message: Message) -> Json | None:
    contact = message.content.get("contact")
    if contact is None:
        return None
    return {
        "phoneNumber": contact["phone_number"],
        "firstName": contact["first_name"],
        "own": contact.get("user_id") == message.sender_id,
    }


def _force_reply_view(person: Person) -> Json | None:
    asked = person.force_reply
    if asked is None:
        return None
    return {"messageId": asked["message_id"], "placeholder": asked["placeholder"]}


def _toast_view(toast: Json) -> Json:
    shown = {name: toast[name] for name in ("id", "text", "alert")}
    return shown | {"at": _iso(toast["at_s"])}
