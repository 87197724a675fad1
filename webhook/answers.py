"""Answers: JSON with instants in UTC and dates in the business zone."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import web

from core.services.messages.idempotency import Answer

_HEADERS = {"Cache-Control": "no-store"}
"""Answers hold names, phone numbers and links that no proxy has any business keeping."""


def answer(status: int, content: Mapping[str, Any]) -> Answer:
    """Return the answer as text, as an idempotency key keeps it."""
    return Answer(status=status, body=json.dumps(content))


def respond(kept: Answer) -> web.Response:
    """Return the HTTP response of an answer, be it new or the first one once more."""
    return web.Response(
        status=kept.status, text=kept.body, content_type="application/json", headers=_HEADERS
    )


def ok(content: Mapping[str, Any]) -> web.Response:
    """Return 200 with the content."""
    return respond(answer(200, content))


def instant(moment: datetime | None) -> str | None:
    """Return e.g. `2026-11-23T06:00:00Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """Return e.g. `2026-11-23`."""
    return None if on is None else on.isoformat()
