"""The address that the world knows: it passes each request to a web process that is up."""

import asyncio
import hashlib
import itertools
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tests.chaos.relay import BROKEN, Relay

_CALLBACKS = "/api/payments/callback/"


@dataclass(frozen=True, slots=True)
class SeenCallback:
    """A callback of Safaricom's as it went by, and how it was answered."""

    token_hash: str
    body_hash: str
    status: int

    @property
    def is_acknowledged(self):
        return self.status == 200


class Balancer:
    """Tries one web process, then the other; 502 when nobody answers, as in life."""

    def __init__(self, ports):
        self._addresses = [f"http://127.0.0.1:{port}" for port in ports]
        self._turn = itertools.count()
        self._relay = Relay(self._pass_on)
        self.callbacks = []

    @property
    def address(self):
        return self._relay.address

    async def start(self):
        await self._relay.start()

    async def stop(self):
        await self._relay.stop()

    async def until_all_are_ready(self, within_s):
        """Wait until every web process says that it is ready."""
        async with asyncio.timeout(within_s):
            for address in self._addresses:
                while await self._relay.get_status(f"{address}/readyz") != 200:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.1)

    async def _pass_on(self, request):
        body = await request.read()
        response = await self._answer_of_one(request, body)
        if request.path.startswith(_CALLBACKS):
            self.callbacks.append(_seen(request.path, body, response.status))
        return response

    async def _answer_of_one(self, request, body):
        for address in self._in_turn():
            try:
                return await self._relay.forward(address, request, body)
            except aiohttp.ClientConnectorError:
                continue  # It has seen nothing: the next one may.
            except BROKEN:
                break  # It may have acted: only the caller can know whether to come again.
        return web.Response(status=502, text="no web process answered")

    def _in_turn(self):
        first = next(self._turn) % len(self._addresses)
        return self._addresses[first:] + self._addresses[:first]


def _seen(path, body, status):
    token = path.removeprefix(_CALLBACKS)
    return SeenCallback(
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        body_hash=hashlib.sha256(body).hexdigest(),
        status=status,
    )
