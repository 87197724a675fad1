"""The bot's names, descriptions, command menus and menu button."""

from collections.abc import Callable

from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.methods.delivery import known_chat
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.profile import (
    checked_commands,
    checked_language,
    checked_scope,
    commands_key,
)


def text_setter(kind: str) -> Callable[[Telegram, Params], bool]:
    """Return the method that sets a name or description."""

    def set_text(telegram: Telegram, params: Params) -> bool:
        language = checked_language(params.text("language_code"))
        telegram.profile.set_text(kind, params.text(kind), language)
        telegram.touched()
        return True

    return set_text


def text_getter(kind: str) -> Callable[[Telegram, Params], Json]:
    """Return the method that reads a name or description back."""

    def get_text(telegram: Telegram, params: Params) -> Json:
        language = checked_language(params.text("language_code"))
        default = telegram.username if kind == "name" else ""
        return {kind: telegram.profile.text(kind, language) or default}

    return get_text


def set_my_commands(telegram: Telegram, params: Params) -> bool:
    """Set the command menu of one scope and language."""
    commands = checked_commands(params.json("commands"))
    telegram.profile.set_commands(_key(telegram, params), commands)
    telegram.touched()
    return True


def get_my_commands(telegram: Telegram, params: Params) -> list[Json]:
    """Return the command menu of exactly this scope and language."""
    return telegram.profile.commands.get(_key(telegram, params), [])


def delete_my_commands(telegram: Telegram, params: Params) -> bool:
    """Remove the command menu of one scope and language; the next wider one shows."""
    telegram.profile.set_commands(_key(telegram, params), [])
    telegram.touched()
    return True


def set_chat_menu_button(telegram: Telegram, params: Params) -> bool:
    """Set the button beside the input field, for one chat or for all."""
    button = _menu_button(params.json("menu_button"))
    if params.has("chat_id"):
        known_chat(telegram, params).menu_button = button
    else:
        telegram.profile.menu_button = button
    telegram.touched()
    return True


def get_chat_menu_button(telegram: Telegram, params: Params) -> Json:
    """Return the button of a chat, or the one for all."""
    own = known_chat(telegram, params).menu_button if params.has("chat_id") else None
    return own or telegram.profile.menu_button


def _key(telegram: Telegram, params: Params) -> str:
    scope = checked_scope(params.json("scope"))
    if "chat_id" in scope or scope["type"] in {"chat", "chat_administrators", "chat_member"}:
        known_chat(telegram, Params(scope))
    return commands_key(scope, checked_language(params.text("language_code")))


def _menu_button(raw: object) -> Json:
    if raw is None:
        return {"type": "default"}
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or kind not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    if kind != "web_app":
        return {"type": kind}
    app = raw.get("web_app")
    url = str(app.get("url", "")) if isinstance(app, dict) else ""
    if not raw.get("text") or not url.startswith("https://"):
        raise bad_request("menu button Web App URL is invalid: Only HTTPS links are allowed")
    return {"type": kind, "text": raw["text"], "web_app": {"url": url}}
