"""What the balancer and the slow line have in common: take a request, and make it elsewhere."""

import aiohttp
from aiohttp import web

_PER_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
_PATIENCE_S = 120
_LIMIT_BYTES = 1024 * 1024

BROKEN = (aiohttp.ClientError, TimeoutError, ConnectionError)
"""What `Relay.forward` raises when no answer came."""


class Relay:
    """A server on a free port that hands every request to one function."""

    def __init__(self, handler):
        self._handler = handler
        self._session = None
        self._runner = None
        self.address = None

    async def start(self):
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        # Connections are not kept: one of a dead process must not be taken for a live one.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        app = web.Application(client_max_size=_LIMIT_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self):
        if self._runner is not None:
            await self._runner.cleanup()
            await self._session.close()

    async def forward(self, address, request, body):
        """Make the request at that address; return its answer, to be given to the caller."""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _PER_HOP}
        async with self._session.request(
            request.method, f"{address}{request.rel_url}", headers=headers, data=body
        ) as response:
            return web.Response(
                status=response.status,
                body=await response.read(),
                content_type=response.content_type,
            )

    async def get_status(self, url):
        """Return the status of a GET, None when nobody answers."""
        try:
            async with self._session.get(url) as response:
                return response.status
        except BROKEN:
            return None
