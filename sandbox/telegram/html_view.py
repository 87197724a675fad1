"""Text and entities as HTML for the page: escaped here, with harmless links only."""

from html import escape
from typing import Final

from sandbox.telegram.entities import utf16_length, utf16_slice
from sandbox.telegram.errors import Json

_TAGS: Final = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="expandable">', "</blockquote>"),
    "spoiler": ('<span class="tg-spoiler">', "</span>"),
    "bot_command": ('<span class="tg-command">', "</span>"),
    "mention": ('<span class="tg-mention">', "</span>"),
    "text_mention": ('<span class="tg-mention">', "</span>"),
    "hashtag": ('<span class="tg-hashtag">', "</span>"),
    "cashtag": ('<span class="tg-hashtag">', "</span>"),
}
_LINK_SCHEMES: Final = ("http://", "https://", "tg://")


def render(text: str, entities: list[Json]) -> str:
    """Return safe HTML; a line break becomes `<br>`."""
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return _render_range(text, ordered, 0, utf16_length(text))


def _render_range(text: str, entities: list[Json], begin: int, end: int) -> str:
    pieces: list[str] = []
    waiting = list(entities)
    while waiting:
        entity = waiting.pop(0)
        start = max(entity["offset"], begin)
        stop = min(entity["offset"] + entity["length"], end)
        if start >= stop:
            continue
        inner = [other for other in waiting if other["offset"] < stop]
        # One that sticks out is drawn twice: inside, and again behind this one's end.
        waiting = [other for other in waiting if other["offset"] + other["length"] > stop]
        content = _render_range(text, inner, start, stop)
        covered = utf16_slice(text, start, stop - start)
        pieces += [_plain(text, begin, start), _wrapped(entity, content, covered)]
        begin = stop
    pieces.append(_plain(text, begin, end))
    return "".join(pieces)


def _plain(text: str, begin: int, end: int) -> str:
    return escape(utf16_slice(text, begin, end - begin)).replace("\n", "<br>")


def _wrapped(entity: Json, content: str, covered: str) -> str:
    kind = entity["type"]
    if kind in _TAGS:
        opening, closing = _TAGS[kind]
        return f"{opening}{content}{closing}"
    if kind == "pre":
        language = escape(entity.get("language", ""))
        return f'<pre><code class="language-{language}">{content}</code></pre>'
    if kind == "date_time":
        shape = escape(entity.get("date_time_format", ""))
        at_s = int(entity.get("unix_time", 0))
        return f'<time data-unix="{at_s}" data-format="{shape}">{content}</time>'
    return (
        _link(entity.get("url") or covered, content) if kind in {"text_link", "url"} else content
    )


def _link(url: str, content: str) -> str:
    full = url if "://" in url else f"http://{url}"
    if not full.lower().startswith(_LINK_SCHEMES):
        return content
    return f'<a href="{escape(full)}" target="_blank" rel="noopener noreferrer">{content}</a>'
