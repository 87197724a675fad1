"""HTTP to Daraja: one call is at most one request on the wire.

What matters here is what is known when a call fails. A push that never left may be made again; one
that may have left must not be. aiohttp itself resends on a dead kept-alive connection, but only
what is idempotent by its method, so never a POST.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from aiohttp.http import HttpProcessingError

from core.daraja.wire import as_object, decode_json

_log = structlog.get_logger()

_MAX_BODY_BYTES = 64 * 1024
"""Daraja's answers have a few hundred bytes."""
_MAX_CONNECT_S = 10.0
_MAX_GET_S = 10.0
"""What is got is a token, and while it is fetched everybody waits for it."""

_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
# Broken chunks or compression come up as aiohttp's parser errors, which are no ClientError.
_MAY_HAVE_LEFT = (aiohttp.ClientError, HttpProcessingError, OSError)


class NotSent(Exception):
    """No connection came about, so Daraja has seen nothing."""


class AnswerLost(Exception):
    """The request may have reached Daraja, and its answer did not reach us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer; `body` is empty unless it was a JSON object."""

    status: int
    body: Mapping[str, object]
    duration_s: float = 0.0


class DarajaClient:
    """Make single HTTP calls. Raises NotSent and AnswerLost, and nothing else of the network."""

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, timeout_s: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._session = session
        self._post_timeout = _timeout(timeout_s)
        self._get_timeout = _timeout(min(timeout_s, _MAX_GET_S))

    async def get(self, path: str, *, authorization: str) -> Reply:
        """Read a resource."""
        return await self._call("GET", path, authorization, None)

    async def post(self, path: str, *, token: str, body: Mapping[str, Any]) -> Reply:
        """Send a JSON body, once."""
        return await self._call("POST", path, f"Bearer {token}", body)

    async def _call(
        self, method: str, path: str, authorization: str, body: Mapping[str, Any] | None
    ) -> Reply:
        started_s = time.monotonic()
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                headers={"Accept": "application/json", "Authorization": authorization},
                json=body,
                timeout=self._get_timeout if method == "GET" else self._post_timeout,
                allow_redirects=False,  # following a 307 would send the push a second time
                raise_for_status=False,
            ) as response:
                content = await _read_capped(response.content)
        except _NEVER_LEFT as error:
            _log.warning("daraja_not_reached", **_circumstances(path, error, started_s))
            raise NotSent(_name(error)) from error
        except _MAY_HAVE_LEFT as error:
            _log.warning("daraja_answer_lost", **_circumstances(path, error, started_s))
            raise AnswerLost(_name(error)) from error
        return Reply(
            status=response.status,
            body=as_object(decode_json(content)),
            duration_s=_since(started_s),
        )


def _timeout(total_s: float) -> aiohttp.ClientTimeout:
    # Connecting must time out well before the whole call does: otherwise a call that never left
    # would look like an answer that got lost.
    return aiohttp.ClientTimeout(total=total_s, connect=min(_MAX_CONNECT_S, total_s / 3))


async def _read_capped(stream: aiohttp.StreamReader) -> bytes:
    """Return the body; b"" for one too long to be Daraja's."""
    # Nearly always all of it has come with the head, so that this is one step.
    content = await stream.readany()
    while not stream.at_eof():
        content += await stream.readany()
        if len(content) > _MAX_BODY_BYTES:
            return b""
    return content if len(content) <= _MAX_BODY_BYTES else b""


def _name(error: BaseException) -> str:
    # Not str(error): an aiohttp error may quote the request.
    return type(error).__name__


def _circumstances(path: str, error: BaseException, started_s: float) -> dict[str, Any]:
    return {
        "path": path.partition("?")[0],
        "error": _name(error),
        "duration_s": _since(started_s),
    }


def _since(started_s: float) -> float:
    return round(time.monotonic() - started_s, 3)
