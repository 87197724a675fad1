"""The people who chat with the bot, their groups, and what a chat shows besides its messages."""

from dataclasses import dataclass, field
from typing import Final

from sandbox.rows import Recorded
from sandbox.telegram.errors import Json

_TOASTS_KEPT: Final = 5
TYPING_S: Final = 5
DRAFT_S: Final = 30


@dataclass(kw_only=True)
class ChatState(Recorded):
    """What a chat shows besides its messages, whoever is in it."""

    typing_until_s: int = 0
    reply_keyboard: Json | None = None
    force_reply: Json | None = None
    draft: Json | None = None
    menu_button: Json | None = None
    pinned: list[int] = field(default_factory=list)


@dataclass
class Person(ChatState):
    """One person and the state of his chat with the bot; `id` is the chat's, too.

    `started` turns true with the first message: until then the bot cannot reach the person.
    """

    id: int
    first_name: str
    phone_number: str
    language_code: str = "en"
    started: bool = False
    blocked: bool = False
    read_up_to_id: int = 0
    toasts: list[Json] = field(default_factory=list)

    def user_json(self) -> Json:
        """Return Telegram's `User`."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    def chat_json(self) -> Json:
        """Return Telegram's `Chat`."""
        return {"id": self.id, "type": "private", "first_name": self.first_name}

    def why_unreachable(self) -> str:
        """Return why the bot cannot write here, in Telegram's words; empty if it can."""
        return "bot was blocked by the user" if self.blocked else ""

    def show_toast(self, toast: Json) -> None:
        """Show what the bot answered to a press; the last few are kept."""
        self.toasts = [*self.toasts, toast][-_TOASTS_KEPT:]


@dataclass
class Group(ChatState):
    """A group of people that the bot was added to; its `id` is negative, as Telegram's are."""

    id: int
    title: str
    member_ids: list[int]
    has_bot: bool = True

    def chat_json(self) -> Json:
        """Return Telegram's `Chat`."""
        return {"id": self.id, "type": "group", "title": self.title}

    def why_unreachable(self) -> str:
        """Return why the bot cannot write here, in Telegram's words; empty if it can."""
        return "" if self.has_bot else "bot was kicked from the group chat"


Chat = Person | Group
