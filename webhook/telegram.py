"""Telegram's updates in webhook mode: stored here, handled by the bot."""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from webhook.answers import ok
from webhook.errors import Refusal
from webhook.keys import ENGINE
from webhook.reading import MAX_ID, read_bytes

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name, no secret
_MAX_UPDATE_BYTES = 1024 * 1024
"""Of an update with its quoted message, both full of entities; the API's own bound is tighter."""


@dataclass(frozen=True, slots=True)
class TelegramInbox:
    """Where Telegram sends updates, and the secret by which we know it."""

    path: str
    secret: str = field(repr=False)


def receiver(inbox: TelegramInbox) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler that stores what Telegram sends with the right secret."""

    async def receive_update(request: web.Request) -> web.Response:
        _check_secret(request, inbox.secret)
        body = await read_bytes(request.clone(client_max_size=_MAX_UPDATE_BYTES))
        update = _parse(body)
        await request.app[ENGINE].updates.receive(update["update_id"], _person_in(update), body)
        return ok({})

    return receive_update


def _check_secret(request: web.Request, secret: str) -> None:
    sent = request.headers.get(_SECRET_HEADER, "")
    # Bytes, because compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(sent.encode(errors="surrogateescape"), secret.encode()):
        raise Refusal(403, "forbidden", f"{_SECRET_HEADER} is missing or wrong.")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict) or not _is_id(update.get("update_id")):
        raise Refusal(400, "not_an_update", "The body must be an Update of the Bot API.")
    return update


def _person_in(update: dict[str, Any]) -> int | None:
    """Return the Telegram id of whoever caused the update, None if no person did."""
    for event in update.values():
        sender = event.get("from") if isinstance(event, dict) else None
        if isinstance(sender, dict) and _is_id(sender.get("id")):
            person: int = sender["id"]
            return person
    return None


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_ID
