"""Who calls: an owner, by the API key in `Authorization: Bearer`."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from core.models import User
from core.services.audit import act_as
from webhook.errors import Handler, Refusal
from webhook.keys import ENGINE
from webhook.limits import KeyGuard

OwnerHandler = Callable[[web.Request, User], Awaitable[web.StreamResponse]]

_MAX_KEY_LENGTH = 200  # Ours are far shorter: longer ones need no look into the database.


def for_owner(handler: OwnerHandler) -> Handler:
    """Return the handler as one that lets only the holders of a live API key through."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request, await _authenticate(request))
        finally:
            act_as(None)  # The next request on this connection runs in the same task.

    return guarded


async def _authenticate(request: web.Request) -> User:
    key = _bearer(request)
    guard = KeyGuard(request, key)
    guard.before_the_look()
    owner = await request.app[ENGINE].api_keys.authenticate(key) if key else None
    guard.after_the_look(is_live=owner is not None)
    if owner is None:
        raise Refusal(
            401,
            "unauthorized",
            "Send a live API key: `Authorization: Bearer <key>`.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return owner


def _bearer(request: web.Request) -> str | None:
    sent = request.headers.getall("Authorization", [])
    if len(sent) != 1:
        return None
    scheme, _, key = sent[0].partition(" ")
    key = key.strip()
    is_plausible = key.isascii() and key.isprintable() and len(key) <= _MAX_KEY_LENGTH
    return key if scheme.lower() == "bearer" and is_plausible else None
