"""What the bot shows of itself: names, descriptions, commands by scope, the menu button."""

import re
from dataclasses import dataclass, field
from typing import Final

from sandbox.telegram.errors import Json, bad_request

COMMANDS_LIMIT: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_DESCRIPTION_LIMIT: Final = 256
_SCOPES: Final = frozenset(
    [
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ]
)
TEXT_LIMITS: Final = {"name": 64, "description": 512, "short_description": 120}


@dataclass
class Profile:
    """Texts by kind and language, commands by scope and language (`""` is every language)."""

    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "default"})

    def dump(self) -> Json:
        """Return everything, JSON-able."""
        texts = {kind: dict(by_language) for kind, by_language in self.texts.items()}
        return {"texts": texts, "commands": dict(self.commands), "menu_button": self.menu_button}

    def set_text(self, kind: str, text: str, language_code: str) -> None:
        """Set or, with an empty text, remove a name or description in one language.

        Raises:
            Refusal: Longer than `TEXT_LIMITS`.
        """
        if len(text) > TEXT_LIMITS[kind]:
            raise bad_request(f"bot {kind.replace('_', ' ')} is too long")
        texts = self.texts.setdefault(kind, {})
        if text:
            texts[language_code] = text
        else:
            texts.pop(language_code, None)

    def text(self, kind: str, language_code: str = "") -> str:
        """Return a text in this language, or the one for every language, or nothing."""
        texts = self.texts.get(kind, {})
        return texts.get(language_code) or texts.get("", "")

    def set_commands(self, key: str, commands: list[Json]) -> None:
        """Set or, with none, remove the commands under a `commands_key`."""
        if commands:
            self.commands[key] = commands
        else:
            self.commands.pop(key, None)

    def commands_for(self, person_id: int, language_code: str) -> list[Json]:
        """Return the menu a person sees: the narrowest scope that has one.

        Chat, then all private chats, then default; each first in his own language.
        """
        language = language_code[:2].lower()
        scopes: tuple[Json, ...] = (
            {"type": "chat", "chat_id": person_id},
            {"type": "all_private_chats"},
            {"type": "default"},
        )
        keys = [commands_key(scope, code) for scope in scopes for code in (language, "")]
        return self._first(keys)

    def commands_in_group(self, group_id: int, person_id: int, language_code: str) -> list[Json]:
        """Return the menu a person sees in a group: member, chat, all groups, then default."""
        language = language_code[:2].lower()
        scopes: tuple[Json, ...] = (
            {"type": "chat_member", "chat_id": group_id, "user_id": person_id},
            {"type": "chat", "chat_id": group_id},
            {"type": "all_group_chats"},
            {"type": "default"},
        )
        return self._first(
            [commands_key(scope, code) for scope in scopes for code in (language, "")]
        )

    def _first(self, keys: list[str]) -> list[Json]:
        return next((self.commands[key] for key in keys if key in self.commands), [])


def commands_key(scope: Json, language_code: str) -> str:
    """Return the one place of a scope and a language, e.g. `chat:7:0/sw`."""
    return f"{scope['type']}:{scope.get('chat_id', 0)}:{scope.get('user_id', 0)}/{language_code}"


def checked_scope(raw: object) -> Json:
    """Return the scope a bot passed; None is the default scope."""
    if raw is None:
        return {"type": "default"}
    if not isinstance(raw, dict) or raw.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    return raw


def checked_language(language_code: str) -> str:
    """Return a two-letter code or the empty one."""
    if not re.fullmatch(r"(?:[a-z]{2})?", language_code):
        raise bad_request("invalid language code specified")
    return language_code


def checked_commands(raw: object) -> list[Json]:
    """Return the commands a bot passed.

    Raises:
        Refusal: Too many, a name outside `[a-z0-9_]{1,32}`, or a description not 1-256 long.
    """
    if not isinstance(raw, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(raw) > COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_checked_command(item) for item in raw]


def _checked_command(raw: object) -> Json:
    if not isinstance(raw, dict):
        raise bad_request("can't parse commands: expected an Object BotCommand")
    name = str(raw.get("command", "")).removeprefix("/")
    description = str(raw.get("description", "")).strip()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > _DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
