"""For whoever watches the process: is it alive, and can it work?"""

from aiohttp import web

from webhook.answers import answer, ok, respond
from webhook.errors import is_ready
from webhook.keys import ENGINE


async def alive(_request: web.Request) -> web.Response:
    """Answer while the process does; the database is not asked."""
    return ok({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Answer 503 while the database does not answer or is not migrated."""
    if await is_ready(request.app[ENGINE]):
        return ok({"status": "ready"})
    return respond(answer(503, {"status": "unavailable"}))
