"""What goes on beside the requests: settling stored callbacks, and finishing begun work."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import structlog
from aiohttp import web

from core.database import tell_failure
from core.engine import Engine
from webhook.keys import ENGINE, UNFINISHED

Result = TypeVar("Result")

_RETRY_AFTER_S = 1.0
_LOOK_EVERY_S = 5.0
"""For what another process stored, or a crash left behind."""
_log = structlog.get_logger(__name__)


async def settle_in_background(app: web.Application) -> AsyncIterator[None]:
    """Settle callbacks while the application runs; let the last round finish at its end."""
    stopping = asyncio.Event()
    task = asyncio.create_task(settle_callbacks(app[ENGINE], stopping))
    yield
    stopping.set()
    await task


async def finish_at_the_end(app: web.Application) -> AsyncIterator[None]:
    """Wait, when the application ends, for the work whose callers are gone."""
    yield
    unfinished = app[UNFINISHED]
    while unfinished:
        await asyncio.wait(unfinished)


async def finish_anyway(app: web.Application, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the work's result; if the caller goes away meanwhile, it is done all the same."""
    task = asyncio.create_task(work)
    app[UNFINISHED].add(task)
    task.add_done_callback(app[UNFINISHED].discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_log_orphan)
        raise


async def settle_callbacks(
    engine: Engine, stopping: asyncio.Event, *, retry_after_s: float = _RETRY_AFTER_S
) -> None:
    """Settle what is stored, at once and whenever the inbox is stirred, until told to stop.

    Nobody else clears the engine's event: the bot, which waits on it too, counts on that. No error
    ends it: it is logged, and the round is tried again after `retry_after_s`.
    """
    while not stopping.is_set():
        engine.inbox_stirred.clear()  # Before the look: what comes in after it stirs again.
        try:
            await engine.inbox.handle_callbacks()
        except Exception as error:  # noqa: BLE001 - the callbacks are stored: try again
            tell_failure(_log, "callbacks_not_settled", error)
            await _first_of([stopping], timeout_s=retry_after_s)
        else:
            await _first_of([stopping, engine.inbox_stirred], timeout_s=_LOOK_EVERY_S)


async def _first_of(events: list[asyncio.Event], *, timeout_s: float) -> None:
    """Wait until one of the events is set, or until the time is over."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _log_orphan(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        tell_failure(_log, "orphaned_work_failed", error)
