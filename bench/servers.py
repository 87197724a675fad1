"""The servers that a measurement talks to, and how any of them is kept running."""

import asyncio
import sys
from itertools import count

from aiohttp import web

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_ids = count(1)


async def until_told_to_stop(port: int) -> None:
    """Tell the port, and wait until whoever started us closes our input."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def serve_app(app: web.Application) -> None:
    """Serve the application on a free port until told to stop, without an access log."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await until_told_to_stop(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def serve_daraja(*, delay_s: float) -> dict[str, float]:
    """Take every push, after the delay; no framework, so that the client is what is timed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Daraja(delay_s), "127.0.0.1", 0)
    async with server:
        await until_told_to_stop(server.sockets[0].getsockname()[1])
    return {}


class _Daraja(asyncio.Protocol):
    """A kept-alive connection with one request at a time on it."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._received = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - TCP's always is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _content_length(head):
            return
        self._received = b""
        # Nobody pays for a token: it is asked for once, before the first push.
        if head.startswith(b"GET"):
            self._transport.write(_response(_TOKEN))
        elif self._delay_s == 0:
            self._transport.write(_response(_accepted()))
        else:
            asyncio.get_running_loop().call_later(self._delay_s, self._answer)

    def _answer(self) -> None:
        self._transport.write(_response(_accepted()))


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


_TOKEN = b'{"access_token":"bench","expires_in":"3599"}'


def _accepted() -> bytes:
    number = next(_ids)
    return (
        b'{"MerchantRequestID":"m-%d","CheckoutRequestID":"ws_CO_%d","ResponseCode":"0",'
        b'"ResponseDescription":"Success","CustomerMessage":"Success"}' % (number, number)
    )


def _response(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body
