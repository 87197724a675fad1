"""Tortoise's client for asyncpg, whose pool and DB transactions get over an outage.

A Tortoise engine module, named in the configuration.
"""

import contextlib
import logging
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from core.database import DatabaseUnavailable, is_unavailable

_FREE_CONNECTION_WITHIN_S = 3.0


class _Pool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg ships no types
    """A pool in which nobody waits for ever for somebody else's stuck statement."""

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=timeout or _FREE_CONNECTION_WITHIN_S)


class _Transaction(TransactionContextPooled):
    """Tortoise's, but giving back what it took when BEGIN or COMMIT meets a dead connection.

    Otherwise each failed BEGIN costs the pool a connection, and the task that met it keeps the
    dead one for good, so that a long-lived task never gets over an outage.
    """

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            self._leave()
            await self._release()
            raise

    async def __aexit__(self, *error: object) -> None:
        try:
            await super().__aexit__(*error)
        finally:
            self._leave()

    def _leave(self) -> None:
        if get_connections().get(self.connection_name) is self.client:
            get_connections().reset(self.token)

    async def _release(self) -> None:
        taken, pool = self.client._connection, self.client._parent._pool  # noqa: SLF001 - Tortoise's
        if taken is not None and pool is not None:
            with contextlib.suppress(*DatabaseUnavailable):
                await pool.release(taken)


def _without_trace(record: logging.LogRecord) -> bool:
    """Shorten to a line what asyncpg says each time it tries in vain to connect anew."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and is_unavailable(error):
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", ()
        record.exc_info = None
    return True


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Spare each return to the pool a round trip that undoes SET, LISTEN, cursors, advisory locks.

    Nothing of ours leaves any of these behind (`test_pool.py` looks). A transaction left open
    asyncpg ends in any case.
    """


class PostgresClient(AsyncpgDBClient):
    """Tortoise's client for asyncpg, with the pool and the transactions above."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open a pool; the options are asyncpg.create_pool's."""
        defaults = {
            "max_queries": 50_000,
            "max_inactive_connection_lifetime": 300.0,
            "reset": _leave_as_it_is,
        }
        # A function is added once, however often a pool is opened.
        logging.getLogger("asyncpg.pool").addFilter(_without_trace)
        return await _Pool(record_class=asyncpg.Record, **(defaults | options))

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(TransactionWrapper(self), self._pool_init_lock)


client_class = PostgresClient
"""What Tortoise looks for in the module that a configuration names as its `engine`."""
