"""One line per request, with the route's template: a path may hold a callback's secret."""

import asyncio
import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from webhook.errors import Handler

_CLIENT_GONE = 499  # nginx's number for a request whose caller did not wait for the answer
_log = structlog.get_logger(__name__)


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log method, route, status and duration; no path, query, header or body."""
    clock = asyncio.get_running_loop()
    began_s = clock.time()
    status = _CLIENT_GONE
    try:
        response = await handler(request)
        status = response.status
    finally:
        _log.info(
            "http_request",
            method=request.method,
            route=route_of(request),
            status=status,
            duration_ms=round((clock.time() - began_s) * 1000, 1),
        )
    return response


def log_no_junk() -> None:
    """Keep what is no HTTP out of the log: anybody may send it, and it is refused with 400.

    aiohttp writes a trace of its own code for each, as if that had failed.
    """
    # A function is added once, however often this is called.
    logging.getLogger("aiohttp.server").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (HttpProcessingError, web.RequestPayloadError))


def route_of(request: web.Request) -> str:
    """Return the template of the path; `unmatched` for a path that is none of ours."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical
