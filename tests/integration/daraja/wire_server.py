"""A Daraja made of bare sockets, which can break a connection at any point."""

import asyncio
import contextlib
import json
import socket
import struct

ACCEPTANCE = {
    "MerchantRequestID": "29115-34620561-1",
    "CheckoutRequestID": "ws_CO_23112026081500000708374149",
    "ResponseCode": "0",
}


def http(status, body, headers=""):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


class WireServer:
    """Gives out tokens over kept-alive connections; `on_push` says what becomes of a push."""

    def __init__(self):
        self.pushes = 0
        self.connections = 0
        self.on_push = self.accept
        self.released = asyncio.Event()
        self.pushed = asyncio.Event()
        self._server = None
        self._writers = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_):
        self.released.set()
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader, writer):
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                await self._serve_one(reader, writer)
        writer.close()

    async def _serve_one(self, reader, writer):
        first = await reader.readexactly(1)
        if first == b"\x16":  # a TLS handshake, which this server does not speak
            writer.close()
            return
        request_line = first + await reader.readuntil(b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        lengths = [line.split(":")[1] for line in lines if line.startswith("content-length:")]
        await reader.readexactly(int(lengths[0]) if lengths else 0)
        if request_line.startswith(b"GET /oauth/"):
            await self.reply(writer, http(200, {"access_token": "token", "expires_in": "3599"}))
        else:
            self.pushes += 1
            self.pushed.set()
            await self.on_push(writer)

    async def reply(self, writer, content):
        writer.write(content)
        await writer.drain()

    def sends(self, content, *, then_closes=False):
        async def send(writer):
            await self.reply(writer, content)
            if then_closes:
                writer.close()

        self.on_push = send

    async def accept(self, writer):
        await self.reply(writer, http(200, ACCEPTANCE))

    async def close(self, writer):
        writer.close()

    async def reset(self, writer):
        # Lingering for zero seconds makes the kernel send RST and not FIN.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async def stay_silent(self, writer):
        await self.released.wait()
