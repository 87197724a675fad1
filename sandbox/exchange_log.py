"""The middleware that logs each call of Daraja and of the Bot API."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.exchanges import Exchanges, readable

NOTE = web.RequestKey("exchange_note", str)
"""Set on a request by its handler: a sentence for the log."""

_SERVICES = {"oauth": "daraja", "mpesa": "daraja"}


def exchange_log(exchanges: Exchanges) -> Middleware:
    """Return the middleware; it waits for the answer, so the log is in the order of answers."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        service = _service(request.path)
        if service is None:
            return await handler(request)
        asked = await _asked(request)
        response = await handler(request)
        said = _said(response)
        if not _is_empty_poll(request, said):
            note = request.get(NOTE, "")
            exchanges.record(
                service=service,
                method=request.method,
                path=request.path,
                status=None if note else response.status,
                request=asked,
                response=None if note else said,
                note=note,
            )
        return response

    return middleware


def _service(path: str) -> str | None:
    first = path.split("/", 2)[1]
    if first.startswith("bot"):
        return "telegram"
    return _SERVICES.get(first)


async def _asked(request: web.Request) -> object:
    if request.content_type.startswith("multipart/"):
        return "(an upload)"  # Reading it here would leave nothing for the handler.
    return readable(await request.read(), request.content_type) or dict(request.query) or None


def _said(response: web.StreamResponse) -> object:
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        return readable(response.body, response.content_type)
    return "(a stream)"


def _is_empty_poll(request: web.Request, said: object) -> bool:
    """Return whether a bot asked for news and there was none: that would fill the log."""
    return request.path.lower().endswith("/getupdates") and said == {"ok": True, "result": []}
