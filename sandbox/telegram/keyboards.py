"""Reply markup: what a bot may put under a message or in place of the keyboard."""

from dataclasses import dataclass
from typing import Any, Final

from sandbox.telegram.entities import checked_link, utf16_length
from sandbox.telegram.errors import Json, Refusal, bad_request

BUTTON_LIMIT: Final = 100
DATA_LIMIT_BYTES: Final = 64
COPY_TEXT_LIMIT: Final = 256
PLACEHOLDER_LIMIT: Final = 64
STYLES: Final = frozenset({"primary", "success", "danger"})
_SWITCHES: Final = (
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
)
_REPLY_ACTIONS: Final = {
    "request_contact": "contact",
    "request_location": "location",
    "request_users": "users",
    "request_chat": "chat",
    "request_poll": "poll",
    "web_app": "webApp",
}


@dataclass(frozen=True)
class Markup:
    """A checked `reply_markup`: at most one of the four kinds is there."""

    inline: Json | None = None
    reply: Json | None = None
    removes_reply: bool = False
    force_reply: Json | None = None

    @property
    def is_editable(self) -> bool:
        """Tell whether a message sent with it can be edited later."""
        return self.reply is None and self.force_reply is None and not self.removes_reply

    @property
    def asks_for_private_things(self) -> bool:
        """Tell whether a button asks for the presser's own number or place."""
        rows = self.reply["keyboard"] if self.reply else []
        asked = {name for row in rows for button in row for name in button}
        return bool(asked & {"request_contact", "request_location"})


def checked_markup(raw: object) -> Markup:
    """Return the markup a bot passed; None means none.

    Raises:
        Refusal: With Telegram's text for what is wrong.
    """
    if raw is None:
        return Markup()
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in raw:
        return Markup(inline=_inline(raw["inline_keyboard"]))
    if "keyboard" in raw:
        return Markup(reply=_reply(raw))
    if raw.get("remove_keyboard") is True:
        return Markup(removes_reply=True)
    if raw.get("force_reply") is True:
        return Markup(force_reply={"placeholder": _placeholder(raw)})
    return Markup()


def callback_datas(inline: Json | None) -> set[str]:
    """Return the data of every callback button there is."""
    rows = inline["inline_keyboard"] if inline else []
    return {button["callback_data"] for row in rows for button in row if "callback_data" in button}


def inline_view(inline: Json | None) -> list[list[Json]]:
    """Return the buttons under a message as the page wants them."""
    rows = inline["inline_keyboard"] if inline else []
    return [[_button_view(button) for button in row] for row in rows]


def reply_view(reply: Json | None) -> Json | None:
    """Return the keyboard below the input field as the page wants it.

    `{"rows": [[{"text", "style", "kind": "text"|"contact"|"location"|"users"|...}]], "oneTime",
    "resize", "persistent", "placeholder": text or None}`.
    """
    if reply is None:
        return None
    return {
        "rows": [[_reply_button_view(button) for button in row] for row in reply["keyboard"]],
        "oneTime": reply["one_time_keyboard"],
        "resize": reply["resize_keyboard"],
        "persistent": reply["is_persistent"],
        "placeholder": reply["input_field_placeholder"],
    }


def _rows(raw: object, kind: str) -> list[list[Any]]:
    """Return the rows that hold a button; Telegram drops empty ones."""
    if not isinstance(raw, list):
        raise bad_request(f'field "{kind}" must be of type Array')
    if not all(isinstance(row, list) for row in raw):
        raise bad_request(f'field "{kind}" must be an Array of Arrays')
    rows = [row for row in raw if row]
    if sum(len(row) for row in rows) > BUTTON_LIMIT:
        raise bad_request("reply markup is too long")
    return rows


def _inline(raw: object) -> Json | None:
    rows = [[_inline_button(b) for b in row] for row in _rows(raw, "inline_keyboard")]
    return {"inline_keyboard": rows} if rows else None


def _inline_button(raw: object) -> Json:
    if not isinstance(raw, dict):
        raise _unparsable("inline keyboard", "InlineKeyboardButton must be an Object")
    button: Json = {"text": _button_text(raw, "inline keyboard")} | _style(raw, "inline keyboard")
    return button | _inline_action(raw)


def _inline_action(raw: Json) -> Json:
    if "url" in raw:
        return {"url": _button_url(raw["url"])}
    if "callback_data" in raw:
        return {"callback_data": _callback_data(raw["callback_data"])}
    if "copy_text" in raw:
        return {"copy_text": {"text": _copy_text(raw["copy_text"])}}
    if "web_app" in raw:
        return {"web_app": {"url": _web_app_url(raw["web_app"])}}
    for name in _SWITCHES:
        if name in raw:
            return {name: raw[name]}
    raise _unparsable("inline keyboard", "Text buttons are unallowed in the inline keyboard")


def _button_text(raw: Json, place: str) -> str:
    text = raw.get("text")
    if not isinstance(text, str):
        raise _unparsable(place, 'Can\'t find field "text"')
    if not text.strip():
        raise _unparsable(place, "Button text must be non-empty")
    return text


def _style(raw: Json, place: str) -> Json:
    style = raw.get("style", "")
    if style and style not in STYLES:
        raise _unparsable(place, "Invalid button style specified")
    return {"style": style} if style else {}


def _callback_data(data: object) -> str:
    if not isinstance(data, str):
        raise _unparsable("inline keyboard", 'Field "callback_data" must be of type String')
    if not 1 <= len(data.encode()) <= DATA_LIMIT_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _copy_text(raw: object) -> str:
    text = raw.get("text") if isinstance(raw, dict) else None
    if not isinstance(text, str) or not 1 <= utf16_length(text) <= COPY_TEXT_LIMIT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return text


def _button_url(raw: object) -> str:
    url = checked_link(raw) if isinstance(raw, str) else None
    if url is None:
        raise bad_request(f"inline keyboard button URL '{raw}' is invalid: Wrong HTTP URL")
    return url


def _web_app_url(raw: object) -> str:
    url = raw.get("url") if isinstance(raw, dict) else None
    if not isinstance(url, str) or not url.startswith("https://"):
        raise bad_request(
            f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )
    return url


def _reply(raw: Json) -> Json:
    rows = [
        [_reply_button(button) for button in row] for row in _rows(raw["keyboard"], "keyboard")
    ]
    return {
        "keyboard": rows,
        "one_time_keyboard": raw.get("one_time_keyboard") is True,
        "resize_keyboard": raw.get("resize_keyboard") is True,
        "is_persistent": raw.get("is_persistent") is True,
        "input_field_placeholder": _placeholder(raw),
    }


def _reply_button(raw: object) -> Json:
    if isinstance(raw, str):
        return {"text": _button_text({"text": raw}, "keyboard")}
    if not isinstance(raw, dict):
        raise _unparsable("keyboard", "KeyboardButton must be an Object")
    actions = {name: raw[name] for name in _REPLY_ACTIONS if raw.get(name)}
    return {"text": _button_text(raw, "keyboard")} | _style(raw, "keyboard") | actions


def _placeholder(raw: Json) -> str | None:
    placeholder = raw.get("input_field_placeholder")
    if placeholder is not None and utf16_length(str(placeholder)) > PLACEHOLDER_LIMIT:
        raise bad_request("INPUT_FIELD_PLACEHOLDER_INVALID")
    return placeholder or None


def _unparsable(place: str, reason: str) -> Refusal:
    return bad_request(f"can't parse {place} button: {reason}")


def _button_view(button: Json) -> Json:
    kind, data = _kind_and_data(button)
    return {"text": button["text"], "style": button.get("style"), "kind": kind, "data": data}


def _kind_and_data(button: Json) -> tuple[str, str]:
    if "callback_data" in button:
        return "callback", button["callback_data"]
    if "url" in button:
        return "url", button["url"]
    if "copy_text" in button:
        return "copy", button["copy_text"]["text"]
    if "web_app" in button:
        return "webApp", button["web_app"]["url"]
    query = next(button[name] for name in _SWITCHES if name in button)
    return "switchInline", query.get("query", "") if isinstance(query, dict) else query


def _reply_button_view(button: Json) -> Json:
    kinds = [kind for name, kind in _REPLY_ACTIONS.items() if name in button]
    return {
        "text": button["text"],
        "style": button.get("style"),
        "kind": kinds[0] if kinds else "text",
    }
