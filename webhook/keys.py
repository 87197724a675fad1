"""What handlers find in the application, by typed keys."""

import asyncio

from aiohttp import web

from core.engine import Engine

ENGINE = web.AppKey("engine", Engine)

UNFINISHED = web.AppKey("unfinished", set[asyncio.Task[object]])
"""Work that must reach its end even if its caller is gone (webhook/background.py)."""
