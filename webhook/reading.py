"""Read what was sent: bytes within bounds, then JSON without its dark corners."""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from core.errors import Fault
from webhook import sentences
from webhook.errors import Refusal

MAX_ID = 2**63 - 1
"""Ids are 64-bit integers in the tables."""

_WITHIN_S = 20  # 64 KiB take far less on any line that is worth waiting for.
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_MAX_DIGITS = 40  # Beyond every limit, and far below the digits that int() refuses.


async def read_bytes(request: web.Request) -> bytes:
    """Return the body.

    Raises:
        Refusal: The body broke off, came too slowly, or is not what its Content-Encoding says.
        web.HTTPRequestEntityTooLarge: It is larger than the application takes.
    """
    # A small body comes with its head: a timer for what is here already would be the dearest part.
    within_s = None if request.content.is_eof() else _WITHIN_S
    try:
        async with asyncio.timeout(within_s):
            return await request.read()
    except TimeoutError:
        raise Refusal(408, "body_too_slow", "The body took too long to arrive.") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Refusal(400, "body_unreadable", "The body broke off or can't be decoded.") from None


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body.

    Numbers of more digits than any limit allows come back cut, so still beyond that limit.

    Raises:
        Refusal: It is no UTF-8, no JSON or no object, a name stands in it twice, or a text in it
            can't be stored (U+0000, half of a surrogate pair).
    """
    content = _parse(body)
    if not isinstance(content, dict):
        raise Refusal(400, "not_an_object", "The body must be a JSON object.")
    unreadable = [path for path, text in _texts(content) if _UNREADABLE.search(text)]
    if unreadable:
        fault = sentences.reason(Fault("unreadable_text"))
        # A name that can't be written can't be named either.
        fields = {path: fault for path in sorted(unreadable) if not _UNREADABLE.search(path)}
        raise Refusal(400, "unreadable_text", f"A text {fault}.", fields=fields)
    return content


def parse_id(text: str) -> int | None:
    """Return the id that a path or query names; None for what can be no row's id."""
    if _ID.fullmatch(text) is None or int(text) > MAX_ID:
        return None
    return int(text)


def _parse(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "not_utf8", "The body must be UTF-8.") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_bounded_int,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise Refusal(400, "not_json", "The body must be JSON.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        # Parsers differ in which of the two they keep, and one of them may be the amount.
        raise Refusal(400, "repeated_name", "A name stands twice in one object of the body.")
    return content


def _bounded_int(digits: str) -> int:
    return int(digits[:_MAX_DIGITS])


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's.


def _texts(content: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield every text and name in the content with its path; without recursion."""
    waiting: list[tuple[str, Any]] = [("", content)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            waiting.extend((path, item) for item in value)
        elif isinstance(value, dict):
            for name, item in value.items():
                inner = f"{path}.{name}" if path else name
                yield inner, name
                waiting.append((inner, item))
