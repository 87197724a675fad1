"""Telegram's HTML parse mode, with its own rules and its own words of refusal.

It is no browser's HTML: few tags, every one closed, and byte offsets in the errors. Source of
behaviour: the Bot API's chapter "HTML style" and the errors that the real server gives.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from sandbox.telegram.entities import checked_link, utf16_length
from sandbox.telegram.errors import Json, Refusal, bad_request

_PLAIN_TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS: Final = frozenset(_PLAIN_TAGS) | {"a", "code", "pre", "blockquote", "tg-time", "tg-emoji"}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER: Final = re.compile(r"&(?:(lt|gt|amp|quot);|#(?:[xX]([0-9a-fA-F]+)|(\d+));?)")
_ATTRIBUTE: Final = re.compile(r"\s*([^\s=>/\"']*)")
_SPACE: Final = re.compile(r"\s*")
_TIME_FORMAT: Final = re.compile(r"r|w?[dD]?[tT]?")
_HIGHEST_CHARACTER: Final = 0x10FFFF


@dataclass
class _Open:
    """A tag that waits for its end; `starts_at` counts UTF-16 units of the result."""

    tag: str
    attributes: dict[str, str]
    starts_at: int
    text_index: int


@dataclass
class _Reader:
    """The position in the source and what has been read so far."""

    source: str
    index: int = 0
    pieces: list[str] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)
    length: int = 0  # UTF-16 units in `pieces`

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += utf16_length(piece)

    def byte_offset(self, index: int) -> int:
        return len(self.source[:index].encode())

    def error(self, reason: str, index: int) -> Refusal:
        return bad_request(f"can't parse entities: {reason} at byte offset {self._at(index)}")

    def _at(self, index: int) -> int:
        return self.byte_offset(index)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the plain text and its entities, offsets in UTF-16 units.

    Raises:
        Refusal: A tag that Telegram does not know, is not closed, or is closed out of turn.
    """
    reader = _Reader(source)
    while reader.index < len(source):
        _read_on(reader)
    if reader.opened:
        raise bad_request(
            "can't parse entities: Can't find end tag corresponding to start tag "
            f'"{reader.opened[-1].tag}"'
        )
    return "".join(reader.pieces), reader.entities


def _read_on(reader: _Reader) -> None:
    if reader.source[reader.index] == "<":
        if reader.source.startswith("</", reader.index):
            _read_end_tag(reader)
        else:
            _read_start_tag(reader)
        return
    character, reader.index = _character_at(reader.source, reader.index)
    reader.add(character)


def _character_at(source: str, index: int) -> tuple[str, int]:
    """Return the character there, a reference resolved, and the index after it."""
    found = _CHARACTER.match(source, index) if source[index] == "&" else None
    if found is None:
        return source[index], index + 1
    name, hexadecimal, decimal = found.groups()
    if name:
        return _NAMED[name], found.end()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0 < code <= _HIGHEST_CHARACTER:
        return "&", index + 1  # Left as it stands, as Telegram does.
    return chr(code), found.end()


def _read_start_tag(reader: _Reader) -> None:
    begin = reader.index
    found = re.compile(r"<([^\s>]*)").match(reader.source, begin)
    name_end = found.end() if found else begin + 1
    if name_end >= len(reader.source):
        raise reader.error("Unclosed start tag", begin)
    tag = reader.source[begin + 1 : name_end].lower()
    if tag not in _TAGS:
        raise reader.error(f'Unsupported start tag "{tag}"', begin)
    reader.index = name_end
    attributes = _read_attributes(reader, tag, begin)
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise reader.error('Tag "span" must have class "tg-spoiler"', begin)
    reader.opened.append(_Open(tag, attributes, reader.length, len(reader.pieces)))


def _read_attributes(reader: _Reader, tag: str, begin: int) -> dict[str, str]:
    attributes: dict[str, str] = {}
    while True:
        _skip_space(reader)
        if _peek(reader, tag, begin) == ">":
            reader.index += 1
            return attributes
        name, value = _read_attribute(reader, tag, begin)
        attributes[name] = value


def _read_attribute(reader: _Reader, tag: str, begin: int) -> tuple[str, str]:
    found = _ATTRIBUTE.match(reader.source, reader.index)
    name = found[1].lower() if found else ""
    if found is None or not name:
        raise reader.error(f'Empty attribute name in the tag "{tag}"', begin)
    reader.index = found.end()
    _skip_space(reader)
    if _peek(reader, tag, begin) != "=":
        return name, ""
    reader.index += 1
    _skip_space(reader)
    value = _read_value(reader, tag, begin)
    _peek(reader, tag, begin)
    return name, value


def _read_value(reader: _Reader, tag: str, begin: int) -> str:
    quote = _peek(reader, tag, begin)
    if quote not in "\"'":
        return _read_name_token(reader)
    reader.index += 1
    value: list[str] = []
    while _peek(reader, tag, begin) != quote:
        character, reader.index = _character_at(reader.source, reader.index)
        value.append(character)
    reader.index += 1
    return "".join(value)


def _read_name_token(reader: _Reader) -> str:
    begin = reader.index
    found = re.compile(r"[A-Za-z0-9.-]*").match(reader.source, begin)
    reader.index = found.end() if found else begin
    if reader.source[reader.index : reader.index + 1].strip() not in {"", ">"}:
        raise reader.error("Unexpected end of name token", begin)
    return reader.source[begin : reader.index].lower()


def _read_end_tag(reader: _Reader) -> None:
    begin = reader.index
    if not reader.opened:
        raise reader.error("Unexpected end tag", begin)
    found = re.compile(r"</([^\s>]*)\s*").match(reader.source, begin)
    reader.index = found.end() if found else len(reader.source)
    if reader.source[reader.index : reader.index + 1] != ">":
        raise reader.error("Unclosed end tag", begin)
    tag, expected = (found[1].lower() if found else ""), reader.opened[-1].tag
    if tag and tag != expected:
        raise bad_request(
            f"can't parse entities: Unmatched end tag at byte offset {reader.byte_offset(begin)}, "
            f'expected "</{expected}>", found "</{tag}>"'
        )
    reader.index += 1
    _close(reader, reader.opened.pop())


def _close(reader: _Reader, opened: _Open) -> None:
    length = reader.length - opened.starts_at
    if not length:
        return
    entity = _entity(opened, "".join(reader.pieces[opened.text_index :]))
    if entity is None:
        return
    placed = entity | {"offset": opened.starts_at, "length": length}
    if not _joins_code_and_pre(reader.entities, placed):
        reader.entities.append(placed)


def _entity(opened: _Open, text: str) -> Json | None:
    """Return what the tag says, or None if it only looks like it (a link to nowhere)."""
    tag, given = opened.tag, opened.attributes
    if tag in _PLAIN_TAGS:
        return {"type": _PLAIN_TAGS[tag]}
    if tag == "blockquote":
        return {"type": "expandable_blockquote" if "expandable" in given else "blockquote"}
    if tag == "a":
        url = checked_link(given.get("href") or text)
        return {"type": "text_link", "url": url} if url else None
    if tag == "tg-emoji":
        return _emoji(given)
    return _time(given) if tag == "tg-time" else _code(tag, given)


def _code(tag: str, given: dict[str, str]) -> Json:
    language = given.get("class", "")
    if tag == "code" and language.startswith("language-"):
        return {"type": "code", "language": language.removeprefix("language-")}
    return {"type": tag}


def _emoji(given: dict[str, str]) -> Json:
    if not given.get("emoji-id", "").isdigit():
        raise bad_request("can't parse entities: Invalid custom emoji identifier specified")
    return {"type": "custom_emoji", "custom_emoji_id": given["emoji-id"]}


def _time(given: dict[str, str]) -> Json:
    if not given.get("unix", "").isdigit():
        raise bad_request("can't parse entities: Invalid date specified")
    shape = given.get("format", "")
    if not _TIME_FORMAT.fullmatch(shape):
        raise bad_request("can't parse entities: Invalid date format specified")
    entity: Json = {"type": "date_time", "unix_time": int(given["unix"])}
    return entity | {"date_time_format": shape} if shape else entity


def _joins_code_and_pre(entities: list[Json], outer: Json) -> bool:
    """Tell whether `<pre><code class="language-x">` (either way round) became one `pre`."""
    inner = entities[-1] if entities else None
    if inner is None or {inner["type"], outer["type"]} != {"code", "pre"}:
        return False
    same = (inner["offset"], inner["length"]) == (outer["offset"], outer["length"])
    language = inner.get("language") or outer.get("language")
    if not same or not language:
        return False
    inner |= {"type": "pre", "language": language}
    return True


def _skip_space(reader: _Reader) -> None:
    found = _SPACE.match(reader.source, reader.index)
    reader.index = found.end() if found else reader.index


def _peek(reader: _Reader, tag: str, begin: int) -> str:
    """Return the character at hand; a tag may not end with the text."""
    if reader.index >= len(reader.source):
        raise reader.error(f'Unclosed start tag "{tag}"', begin)
    return reader.source[reader.index]
