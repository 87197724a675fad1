"""Text with entities: lengths in UTF-16, cleaning, limits and what Telegram finds by itself."""

import re
from typing import Final
from urllib.parse import urlsplit

from sandbox.telegram.errors import Json, bad_request

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
ENTITY_LIMIT: Final = 100

KINDS: Final = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
# Telegram finds these itself and ignores what a bot claims about them.
_FOUND_KINDS: Final = frozenset(
    ["bot_command", "mention", "hashtag", "cashtag", "url", "email", "phone_number"]
)
# What else an entity may say; a bot that leaves it out gets nothing, zero or the text itself.
_DETAILS: Final[dict[str, dict[str, type]]] = {
    "text_link": {"url": str},
    "pre": {"language": str},
    "date_time": {"unix_time": int, "date_time_format": str},
}
_VERBATIM: Final = frozenset({"code", "pre"})
_FINDERS: Final = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("url", re.compile(r"(?<![\w@.])(?:https?://|tg://|www\.)[^\s<>\"']*[^\s<>\"'.,:;!?)\]]")),
    (
        "url",
        re.compile(r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|me|ke|io)(?:/[^\s<>\"']*)?\b"),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{4,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}\b")),
)
# Control characters become spaces, except tab and newline; carriage returns vanish.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def utf16_length(text: str) -> int:
    """Return the length as Telegram counts it: a character beyond U+FFFF is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Return the piece that an entity with this offset and length covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def formatted(text: str, entities: list[Json], *, limit: int = TEXT_LIMIT) -> Json:
    """Return `{"text", "entities"}` as Telegram would store them.

    Control characters become spaces, blanks at both ends go, nested code loses its decoration,
    and commands, links, mentions and tags are found.

    Raises:
        Refusal: More than `limit` UTF-16 units are left.
    """
    cleaned = _CONTROL.sub(lambda found: "" if found[0] == "\r" else " ", text)
    if len(cleaned) != len(text):
        entities = []  # Offsets no longer fit; Telegram counts a carriage return, too.
    stripped = cleaned.strip()
    moved = _moved(entities, lead=utf16_length(cleaned[: len(cleaned) - len(cleaned.lstrip())]))
    length = utf16_length(stripped)
    if length > limit:
        kind = "message caption" if limit == CAPTION_LIMIT else "message"
        raise bad_request(f"{kind} is too long")
    kept = _tidy(_clipped(moved, length))
    return {"text": stripped, "entities": _in_order(kept + _found(stripped, kept))[:ENTITY_LIMIT]}


def checked_entities(raw: object, text: str) -> list[Json]:
    """Return the entities a bot passed instead of a parse mode.

    Raises:
        Refusal: Not a list of entities, an unknown kind, or one outside the text.
    """
    if not isinstance(raw, list) or not all(isinstance(entity, dict) for entity in raw):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return [_checked_entity(entity, utf16_length(text)) for entity in raw if not _is_found(entity)]


def checked_link(url: str) -> str | None:
    """Return a link in full, or None for one that Telegram would not make clickable.

    A link without a scheme is taken as http; a host needs a dot, so `localhost` is none.
    """
    full = url if re.match(r"(?i)[a-z][a-z0-9+.-]*:", url) else f"http://{url}"
    try:
        parts = urlsplit(full)
    except ValueError:
        return None
    if parts.scheme.lower() == "tg":
        return full
    is_web = parts.scheme.lower() in {"http", "https"} and "." in (parts.hostname or "")
    if not is_web or re.search(r"\s", full):
        return None
    return full if parts.path or parts.query or parts.fragment else f"{full}/"


def _is_found(entity: Json) -> bool:
    return entity.get("type") in _FOUND_KINDS


def _checked_entity(entity: Json, text_length: int) -> Json:
    kind, offset, length = (entity.get(name) for name in ("type", "offset", "length"))
    if kind not in KINDS:
        raise bad_request("can't parse entities: unsupported MessageEntity type specified")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 1:
        raise bad_request("entity with an invalid offset or length specified")
    if offset + length > text_length:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at "
            f"UTF-16 offset {offset + length}"
        )
    for name, kind_of_value in _DETAILS.get(kind, {}).items():
        if not isinstance(entity.get(name, kind_of_value()), kind_of_value):
            raise bad_request(f'can\'t parse entities: field "{name}" is of a wrong type')
    return entity


def _moved(entities: list[Json], *, lead: int) -> list[Json]:
    """Shift entities for `lead` units that were cut from the front."""
    return [
        entity
        | {
            "offset": max(entity["offset"] - lead, 0),
            "length": entity["length"] - max(lead - entity["offset"], 0),
        }
        for entity in entities
    ]


def _clipped(entities: list[Json], end: int) -> list[Json]:
    clipped = [
        entity | {"length": min(entity["length"], end - entity["offset"])} for entity in entities
    ]
    return [entity for entity in clipped if entity["length"] > 0]


def _tidy(entities: list[Json]) -> list[Json]:
    """Drop decoration inside code, and a kind inside the same kind."""
    kept: list[Json] = []
    for entity in _in_order(entities):
        parents = [outer for outer in kept if _covers(outer, entity)]
        if not any(
            outer["type"] in _VERBATIM or _family(outer) == _family(entity) for outer in parents
        ):
            kept.append(entity)
    return kept


def _family(entity: Json) -> str:
    kind: str = entity["type"]
    return "blockquote" if kind == "expandable_blockquote" else kind


def _covers(outer: Json, inner: Json) -> bool:
    outer_end = outer["offset"] + outer["length"]
    return bool(
        outer["offset"] <= inner["offset"] and inner["offset"] + inner["length"] <= outer_end
    )


def _in_order(entities: list[Json]) -> list[Json]:
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _found(text: str, given: list[Json]) -> list[Json]:
    taken = [entity for entity in given if entity["type"] in _VERBATIM | {"text_link"}]
    found: list[Json] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            entity = {
                "type": kind,
                "offset": utf16_length(text[: match.start()]),
                "length": utf16_length(match[0]),
            }
            if not any(_overlap(entity, other) for other in taken + found):
                found.append(entity)
    return found


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
