"""What the log of exchanges keeps of messages that were deleted: that they were there."""

import re
from collections.abc import Callable
from typing import Any

HIDDEN = "•••"

IsGone = Callable[[int], bool]
"""Tells whether the message with this id was deleted."""

_SHOWN = frozenset({"message_id", "from", "chat", "date", "edit_date", "chat_id", "from_chat_id"})
_ID_IN_TEXT = re.compile(r'"message_id": ?(\d+)')


def without_words(body: Any, is_gone: IsGone) -> Any:
    """Return a body of the Bot API without what deleted messages said."""
    if isinstance(body, str):
        return HIDDEN if _is_cut_from_gone(body, is_gone) else body
    if isinstance(body, list):
        return [without_words(each, is_gone) for each in body]
    if not isinstance(body, dict):
        return body
    if _is_gone(body, is_gone):
        return hide_all(body)
    return {name: without_words(each, is_gone) for name, each in body.items()}


def hide_all(body: Any) -> Any:
    """Return a message, or the call that wrote it, with nothing in it but when and where."""
    if not isinstance(body, dict):
        return HIDDEN
    return {name: each if name in _SHOWN else HIDDEN for name, each in body.items()}


def wrote_gone(answer: Any, is_gone: IsGone) -> bool:
    """Tell from a call's answer whether it wrote a message that has been deleted since."""
    if isinstance(answer, str):
        return _is_cut_from_gone(answer, is_gone)
    result = answer.get("result") if isinstance(answer, dict) else None
    messages = result if isinstance(result, list) else [result]
    return any(isinstance(each, dict) and _is_gone(each, is_gone) for each in messages)


def _is_gone(body: dict[str, Any], is_gone: IsGone) -> bool:
    message_id = body.get("message_id")
    return isinstance(message_id, int) and is_gone(message_id)


def _is_cut_from_gone(text: str, is_gone: IsGone) -> bool:
    """Tell whether a body that was too long to be kept as JSON speaks of a deleted message."""
    return any(is_gone(int(number)) for number in _ID_IN_TEXT.findall(text))
