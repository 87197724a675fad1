"""Lists, newest first: `?limit=` and `?cursor=` in, `{"items", "next"}` out."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from tortoise.models import Model

from core.errors import Fault, InvalidInput
from core.services.page import Page
from webhook.reading import parse_id

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

_LIMIT = re.compile(r"[0-9]{1,3}", re.ASCII)
_PREFIX = "before:"

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is wanted: `limit` rows, those older than the row `cursor`."""

    cursor: int | None
    limit: int


def read_window(request: web.Request) -> Window:
    """Return the part that the query asks for.

    Raises:
        InvalidInput: `cursor` or `limit` is wrong.
    """
    wrong: dict[str, Fault] = {}
    cursor = _read_cursor(query_value(request, "cursor", wrong), wrong)
    limit = _read_limit(query_value(request, "limit", wrong), wrong)
    if wrong:
        raise InvalidInput(wrong)
    return Window(cursor=cursor, limit=limit)


def query_value(request: web.Request, name: str, wrong: dict[str, Fault]) -> str | None:
    """Return the parameter's value, None if it is absent; a repeated one is noted as wrong."""
    values = request.query.getall(name, [])
    if len(values) > 1:
        wrong[name] = Fault("given_twice")
    return values[0] if len(values) == 1 else None


def listed(page: Page[Row], view: Callable[[Row], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the content of a list's answer."""
    return {
        "items": [view(row) for row in page.items],
        "next": None if page.next is None else _cursor(page.next),
    }


def _cursor(row_id: int) -> str:
    return base64.urlsafe_b64encode(f"{_PREFIX}{row_id}".encode()).decode().rstrip("=")


def _read_cursor(text: str | None, wrong: dict[str, Fault]) -> int | None:
    if text is None:
        return None
    row_id = _decoded(text)
    # Base64 has many spellings for one text: only ours is a cursor.
    if row_id is None or _cursor(row_id) != text:
        wrong["cursor"] = Fault("not_a_cursor")
        return None
    return row_id


def _decoded(text: str) -> int | None:
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return parse_id(plain.removeprefix(_PREFIX)) if plain.startswith(_PREFIX) else None


def _read_limit(text: str | None, wrong: dict[str, Fault]) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if _LIMIT.fullmatch(text) is None or not 1 <= int(text) <= MAX_LIMIT:
        wrong["limit"] = Fault("out_of_range", {"min": 1, "max": MAX_LIMIT})
        return DEFAULT_LIMIT
    return int(text)
