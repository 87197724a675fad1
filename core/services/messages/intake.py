"""Storing what arrives: events that come while a commit is under way share the next one.

Nobody waits for others to come: an event alone is committed at once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.database import DatabaseUnavailable, transaction
from core.models import InboundEvent
from core.services.bulk import Row, insert_new
from core.services.context import Context

_MOST_A_COMMIT = 200
# Rows that share a commit have the same columns.
_UNKNOWN: Row = {"token_hash": None, "sort_key": None, "subject": None}


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Row
    is_new: asyncio.Future[bool]
    """Done once the event is committed."""


class Intake:
    """The one way in for inbound events of this process: callbacks and updates alike."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, event: Row) -> bool:
        """Return when the event is committed: True if it is new, False for a repeat.

        It names its `source`, `dedupe_key` and `body`, and what else is known of it. Not to be
        called inside a DB transaction, which the commit would not wait for. Raises what the
        database raises: then nothing is stored, or the answer to a commit was lost.
        """
        row = {**_UNKNOWN, **event, "received_at": self._context.now(), "attempts": 0}
        is_new = await self._committed(row)
        self._context.inbox_stirred.set()
        return is_new

    async def _committed(self, event: Row) -> bool:
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await waiting.is_new

    async def _write(self) -> None:
        while self._waiting:
            group = self._waiting[:_MOST_A_COMMIT]
            del self._waiting[:_MOST_A_COMMIT]
            await _commit(group)


async def _commit(group: Sequence[_Waiting]) -> None:
    try:
        new = await _insert(group)
    except DatabaseUnavailable as error:
        _fail(group, error)
    except Exception as error:  # noqa: BLE001 - whatever one of them has, its neighbours go in
        await _commit_one_by_one(group, error)
    except BaseException:  # The process ends: so do those who wait.
        for waiting in group:
            waiting.is_new.cancel()
        raise
    else:
        _tell(group, new)


async def _commit_one_by_one(group: Sequence[_Waiting], error: Exception) -> None:
    if len(group) == 1:
        _fail(group, error)
        return
    for waiting in group:
        await _commit([waiting])


async def _insert(group: Sequence[_Waiting]) -> set[Any]:
    """Return the dedupe keys that were not there."""
    events = {waiting.event["dedupe_key"]: waiting.event for waiting in group}
    async with transaction() as connection:
        return await insert_new(connection, InboundEvent, list(events.values()), key="dedupe_key")


def _tell(group: Sequence[_Waiting], new: set[Any]) -> None:
    """Only the first of several twins is the new one."""
    for waiting in group:
        key = waiting.event["dedupe_key"]
        if not waiting.is_new.done():  # Its caller may be gone.
            waiting.is_new.set_result(key in new)
        new.discard(key)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.is_new.done():
            waiting.is_new.set_exception(error)
