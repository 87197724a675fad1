"""The servers that a measurement talks to, and how any of them is kept running."""

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import count

from aiohttp import web

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_TOKEN = b'{"access_token":"bench","expires_in":"3599"}'
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


class Connection(asyncio.Protocol, ABC):
    """A kept-alive connection with one request at a time on it, without a framework."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._received = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the way back."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - TCP's always is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if end and len(body) >= _content_length(head):
            self._received = b""
            self.answer(head, body)

    @abstractmethod
    def answer(self, head: bytes, body: bytes) -> None:
        """Reply to the request, now or later."""

    def reply(self, body: bytes) -> None:
        """Send this as JSON."""
        self._transport.write(_HEAD % len(body) + body)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def serve(connect: Callable[[], Connection]) -> dict[str, float]:
    """Serve such connections on a free port until told to stop."""
    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    async with server:
        await until_told_to_stop(server.sockets[0].getsockname()[1])
    return {}


class _Daraja(Connection):
    """Takes every push."""

    def __init__(self, delay_s: float) -> None:
        super().__init__()
        self._delay_s = delay_s

    def answer(self, head: bytes, body: bytes) -> None:  # noqa: ARG002 - it believes what it is sent
        """Say that the push was accepted, after the delay."""
        # Nobody pays for a token: it is asked for once, before the first push.
        if head.startswith(b"GET"):
            self.reply(_TOKEN)
        elif self._delay_s == 0:
            self.reply(_accepted())
        else:
            asyncio.get_running_loop().call_later(self._delay_s, self._accept)

    def _accept(self) -> None:
        self.reply(_accepted())


async def serve_daraja(*, delay_s: float) -> dict[str, float]:
    """Take every push, after the delay, until told to stop."""
    return await serve(lambda: _Daraja(delay_s))


def _accepted() -> bytes:
    number = next(_ids)
    return (
        b'{"MerchantRequestID":"m-%d","CheckoutRequestID":"ws_CO_%d","ResponseCode":"0",'
        b'"ResponseDescription":"Success","CustomerMessage":"Success"}' % (number, number)
    )
