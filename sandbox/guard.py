"""Keeps other web sites out: a page in the player's browser must not drive the sandbox."""

import ipaddress
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL


class Refused(Exception):
    """A request of the page that cannot be granted; `reason` is a sentence for the player."""

    def __init__(self, reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def is_loopback(host: str) -> bool:
    """Return whether a host name or address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign names (DNS rebinding) and posts a form could make (CSRF)."""
    if not _names_this_machine(request):
        return _refusal("Open the sandbox by its own address.", HTTPStatus.FORBIDDEN)
    is_control = request.path.startswith("/api/")
    if is_control and request.method == "POST" and request.content_type != "application/json":
        return _refusal("Send JSON, as application/json.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return await handler(request)
    except Refused as refused:
        return _refusal(refused.reason, refused.status)


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        Refused: It is anything else.
    """
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Refused("The body is no JSON.") from None
    if not isinstance(body, dict):
        raise Refused("The body is no JSON object.")
    return body


def _names_this_machine(request: web.Request) -> bool:
    try:
        host = URL(f"http://{request.headers.get('Host', '')}").host
    except ValueError:
        return False
    return host is not None and is_loopback(host)


def _refusal(reason: str, status: HTTPStatus) -> web.Response:
    return web.json_response({"error": reason}, status=status)
