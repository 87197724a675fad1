"""The line between us and the world: slow like the real one, so that kills meet calls in flight.

What was on its way when a process of ours died arrives all the same.
"""

import asyncio

from aiohttp import web

from tests.chaos.relay import BROKEN, Relay

_SLOWEST_WAY_S = 0.8
"""Each of the two ways, to a call and back from it."""
_SLOW = ("/mpesa/", "/oauth/", "/sendMessage")


class Line:
    """Passes each request on after a while, and its answer back after another while."""

    def __init__(self, rng):
        self._rng = rng
        self._far_end = None
        self._relay = Relay(self._pass_on)

    @property
    def address(self):
        return self._relay.address

    async def start(self, far_end):
        self._far_end = far_end
        await self._relay.start()

    async def stop(self):
        await self._relay.stop()

    async def _pass_on(self, request):
        try:
            body = await request.read()  # Who asks may be killed in the middle of it.
            await self._dawdle(request.path)
            answer = await self._relay.forward(self._far_end, request, body)
        except BROKEN:
            return _cut(request)
        await self._dawdle(request.path)
        return answer

    async def _dawdle(self, path):
        if any(part in path for part in _SLOW):
            await asyncio.sleep(self._rng.uniform(0, _SLOWEST_WAY_S))


def _cut(request):
    """Break the connection, as the far end did."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
