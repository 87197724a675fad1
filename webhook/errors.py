"""From whatever went wrong to a status and `{"error": {"code", "message", "fields"}}`."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from core.database import is_full, is_unavailable
from core.engine import Engine
from core.errors import (
    Conflict,
    FluxPayError,
    InvalidInput,
    NoMerchantAccount,
    NotAllowed,
    NotFound,
    PhoneHasOpenPrompt,
)
from webhook import sentences
from webhook.keys import ENGINE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES = 64 * 1024

_READY_WITHIN_S = 2
_log = structlog.get_logger(__name__)

_HTTP_FAULTS: Mapping[int, tuple[str, str]] = {
    404: ("not_found", "There is no such path."),
    405: (
        "method_not_allowed",
        "This path does not take this method; Allow names those it takes.",
    ),
    413: ("body_too_large", "The body is larger than this path takes (64 KiB for the API)."),
}


class Refusal(Exception):
    """A request that is answered with an error; the engine has no part in it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})


def envelope(code: str, message: str, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the body of every error."""
    return {"error": {"code": code, "message": message, "fields": dict(fields or {})}}


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever is raised below, a bug included, in the one form that callers parse."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _respond(refusal)
    except FluxPayError as error:
        return _respond(_refusal_of(error))
    except web.HTTPException as error:
        return _respond(_refusal_of_http(error))
    except Exception as error:  # noqa: BLE001 - a bug is answered and logged with its trace
        return _respond(await _unexpected(request, error))


def unavailable(error: Exception) -> Refusal:
    """Return the refusal of a moment at which the database does not answer, or has no room."""
    if is_full(error):
        return Refusal(
            503,
            "storage_full",
            "FluxPay's database has no room left. Nothing was changed. Tell its operator.",
            headers={"Retry-After": "60"},
        )
    return Refusal(
        503,
        "unavailable",
        "FluxPay can't work at the moment. Try again shortly.",
        headers={"Retry-After": "5"},
    )


def _refusal_of(error: FluxPayError) -> Refusal:
    match error:
        case InvalidInput():
            fields = {name: sentences.reason(fault) for name, fault in error.fields.items()}
            return Refusal(422, error.code, "Some fields are wrong: see `fields`.", fields=fields)
        case NotFound():
            return Refusal(404, error.code, sentences.not_found(str(error.params["what"])))
        case NotAllowed():
            why = str(error.params["reason"])
            return Refusal(403, why, sentences.not_allowed(why))
        case PhoneHasOpenPrompt() | NoMerchantAccount():
            # No prompt was sent: the same status as when Safaricom itself refuses one.
            why = "open_prompt_is_silent" if "decided_by" in error.params else error.code
            return Refusal(422, error.code, sentences.conflict(why, error.params))
        case Conflict():
            why = str(error.params["reason"])
            return Refusal(409, why, sentences.conflict(why, error.params))
        case _:
            return Refusal(422, error.code, "The request can't be carried out.")


def _refusal_of_http(error: web.HTTPException) -> Refusal:
    default = ("http_error", HTTPStatus(error.status).phrase)
    code, message = _HTTP_FAULTS.get(error.status, default)
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Refusal(error.status, code, message, headers=allow)


async def _unexpected(request: web.Request, error: Exception) -> Refusal:
    # What a driver makes of a lost connection is not always of a known kind: then a look tells.
    if is_unavailable(error) or not await is_ready(request.app[ENGINE]):
        _log.warning("http_unavailable", error=type(error).__name__, detail=str(error)[:200])
        return unavailable(error)
    incident = secrets.token_hex(4)
    _log.error("http_failed", incident=incident, method=request.method, exc_info=error)
    return Refusal(
        500, "internal_error", f"FluxPay made a mistake. Tell its operator: incident {incident}."
    )


async def is_ready(engine: Engine) -> bool:
    """Tell whether the engine can work now; one that takes seconds to say so can't."""
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            return await engine.is_ready()
    except Exception as error:  # noqa: BLE001 - no answer, of whatever kind, is not ready
        _log.warning("engine_not_ready", error=type(error).__name__)
        return False


def _respond(refusal: Refusal) -> web.Response:
    return web.Response(
        status=refusal.status,
        text=json.dumps(envelope(refusal.code, refusal.message, refusal.fields)),
        content_type="application/json",
        headers=refusal.headers,
    )
