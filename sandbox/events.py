"""Tells whoever watches that something changed, and in what part of the world."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Literal

from aiohttp import web

Topic = Literal["telegram", "phones", "clock", "exchanges", "play"]

HEARTBEAT_S = 15
_GATHERING_S = 0.03
"""One event for changes that come together."""


class Changes:
    """Spreads the names of changed topics to all watchers."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._is_closed = False

    def publish(self, topic: Topic) -> None:
        """Note that a topic changed."""
        for watcher in self._watchers:
            watcher.topics.add(topic)
            watcher.news.set()

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        for watcher in self._watchers:
            watcher.news.set()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer with server-sent events until the reader leaves or the sandbox stops."""
        headers = {"Cache-Control": "no-store", "Content-Type": "text/event-stream"}
        response = web.StreamResponse(headers=headers)
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            await response.prepare(request)
            await response.write(b"retry: 500\n\n")
            async for line in self._lines(watcher):
                await response.write(line.encode())
        except ConnectionResetError:
            pass  # The reader closed the page.
        finally:
            self._watchers.discard(watcher)
        return response

    async def _lines(self, watcher: "_Watcher") -> AsyncIterator[str]:
        while not self._is_closed:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await watcher.news.wait()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            await asyncio.sleep(_GATHERING_S)
            topics = sorted(watcher.topics)
            watcher.topics.clear()
            watcher.news.clear()
            if topics:
                yield f"event: change\ndata: {json.dumps({'topics': topics})}\n\n"


class _Watcher:
    def __init__(self) -> None:
        self.topics: set[Topic] = set()
        self.news = asyncio.Event()
