"""The messages of all chats."""

from dataclasses import dataclass
from typing import Any, Final

from sandbox.rows import Part, Recorded, Shelf, Whole
from sandbox.telegram.errors import Json

_FIRST_ID: Final = 1


@dataclass
class Message(Recorded):
    """One message; `content` holds the fields of the Bot API that make up what is said.

    `sender_id` is the person who wrote it, None for the bot. `content_edited` tells what people
    see as "edited"; a change of buttons alone is not shown.
    """

    id: int
    chat_id: int
    sender_id: int | None
    sent_at_s: int
    content: Json
    inline_keyboard: Json | None = None
    reply_to: Json | None = None
    edited_at_s: int | None = None
    content_edited: bool = False
    is_editable: bool = True
    is_protected: bool = False
    is_silent: bool = False
    reactions: list[Json] | None = None
    inline_message_id: str | None = None
    """Set on what came by way of the bot's inline mode and has buttons: the bot may edit it."""

    @property
    def from_bot(self) -> bool:
        """Tell whether the bot wrote it."""
        return self.sender_id is None

    @property
    def text(self) -> str:
        """Return the text or the caption; empty for a bare file or contact."""
        return str(self.content.get("text", self.content.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        """Return the entities of `text`."""
        found = self.content.get("entities") or self.content.get("caption_entities")
        return list(found or [])

    def to_json(self, *, sender: Json, chat: Json) -> Json:
        """Return Telegram's `Message`; a message replied to carries no reply of its own."""
        message: Json = {
            "message_id": self.id,
            "from": sender,
            "chat": chat,
            "date": self.sent_at_s,
        } | self.content
        extras = {
            "edit_date": self.edited_at_s,
            "reply_to_message": self.reply_to,
            "reply_markup": self.inline_keyboard,
            "has_protected_content": self.is_protected or None,
        }
        return message | {name: value for name, value in extras.items() if value is not None}


class Messages:
    """Messages by chat and id; ids grow over all chats together."""

    def __init__(self) -> None:
        # `vars`, as `asdict` would copy what they say.
        self._every: Shelf[int, Message] = Shelf(vars)
        self._by_chat: dict[int, dict[int, Message]] = {}
        self._next_id = _FIRST_ID

    def parts(self) -> dict[str, Part]:
        """Return the parts of their state."""
        return {"nextId": Whole(lambda: self._next_id), "messages": self._every}

    def load(self, state: Json) -> None:
        """Replace everything."""
        self._every.replace(())
        self._by_chat = {}
        self._next_id = state["nextId"]
        for item in state["messages"]:
            self._keep(Message(**_as_of_today(item)))

    def add(
        self, *, chat_id: int, sender_id: int | None, sent_at_s: int, content: Json, **rest: Any
    ) -> Message:
        """Append a message under the next id; `rest` are further fields of `Message`."""
        message = Message(self._next_id, chat_id, sender_id, sent_at_s, content, **rest)
        self._next_id += 1
        self._keep(message)
        return message

    def of(self, chat_id: int) -> list[Message]:
        """Return a chat, oldest first."""
        return list(self._by_chat.get(chat_id, {}).values())

    def find(self, chat_id: int, message_id: int) -> Message | None:
        """Return one message of a chat, or None if it never was or is deleted."""
        return self._by_chat.get(chat_id, {}).get(message_id)

    def delete(self, message: Message) -> None:
        """Take it out of the chat, on both sides, and out of the replies to it."""
        del self._every[message.id], self._by_chat[message.chat_id][message.id]
        for other in self.of(message.chat_id):
            if other.reply_to is not None and other.reply_to["message_id"] == message.id:
                other.reply_to = None

    def is_gone(self, message_id: int) -> bool:
        """Tell whether there was a message with this id that is deleted."""
        return _FIRST_ID <= message_id < self._next_id and message_id not in self._every

    def find_inline(self, inline_message_id: str) -> Message | None:
        """Return the message that came by way of inline mode under this id, or None."""
        return next(
            (one for one in self._every.values() if one.inline_message_id == inline_message_id),
            None,
        )

    def last_of(self, chat_id: int) -> Message | None:
        """Return the newest message of a chat, or None."""
        chat = self.of(chat_id)
        return chat[-1] if chat else None

    def _keep(self, message: Message) -> None:
        self._every[message.id] = message
        self._by_chat.setdefault(message.chat_id, {})[message.id] = message


def _as_of_today(item: Json) -> Json:
    """Return a saved message in today's form; the first release knew private chats only."""
    if "person_id" not in item:
        return item
    kept = {name: value for name, value in item.items() if name not in {"person_id", "from_bot"}}
    person_id = item["person_id"]
    return kept | {"chat_id": person_id, "sender_id": None if item["from_bot"] else person_id}
