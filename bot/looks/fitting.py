"""Keep a text within Telegram's limits: what does not fit is cut at a line, its tags closed.

A message holds 4,096 characters after its markup is parsed, a caption 1,024, both counted in
UTF-16 (https://core.telegram.org/bots/api#sendmessage, read 2026-11-26).
"""

import re
from html import unescape

from telegram.constants import MessageLimit

LONGEST_TEXT = int(MessageLimit.MAX_TEXT_LENGTH)
LONGEST_CAPTION = int(MessageLimit.CAPTION_LENGTH)

_TAG = re.compile(r"<(/?)([a-z][a-z-]*)[^<>]*>")
_CUT = "…"


def fitted(html: str, limit: int = LONGEST_TEXT) -> str:
    """Return the text, whole if it fits, else its first lines and `…`."""
    if length(html) <= limit:
        return html
    room = limit - length(_CUT) - 1
    kept = ""
    for line in html.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if length(longer) > room:
            break
        kept = longer
    # One line alone may be too long; it is cut as plain text, which no tag can spoil.
    return f"{_closed(kept)}\n{_CUT}" if kept else _plain(html, room) + _CUT


def length(html: str) -> int:
    """Return how long Telegram finds it: UTF-16 code units, without the markup."""
    return len(unescape(_TAG.sub("", html)).encode("utf-16-le")) // 2


def _closed(html: str) -> str:
    """Close the tags that the cut has left open."""
    still_open: list[str] = []
    for mark, name in _TAG.findall(html):
        if not mark:
            still_open.append(name)
        elif still_open:
            still_open.pop()
    return html + "".join(f"</{name}>" for name in reversed(still_open))


def _plain(html: str, room: int) -> str:
    text = unescape(_TAG.sub("", html)).encode("utf-16-le")[: room * 2]
    cut = text.decode("utf-16-le", "ignore")
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
