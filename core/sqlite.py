"""Tortoise's client for SQLite, whose DB transactions get over a disk that fails.

SQLite has one connection and one lock on it. Tortoise keeps the lock when the file can't be opened
or BEGIN fails, so that everybody waits for ever, and leaves the transaction open when COMMIT
fails, so that the next one to begin commits what its caller was told had not been kept.

A Tortoise engine module, named in the configuration.
"""

import sqlite3
from typing import Any

from tortoise.backends.base.client import (
    ConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, OperationalError

_OTHERS_AT_WORK = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class _Statement(ConnectionWrapper[Any]):
    """Gives the lock back when there is no connection to be had."""

    __slots__ = ()

    async def __aenter__(self) -> Any:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class _Transaction(SqliteTransactionContext):
    """Leaves nothing behind, neither the lock nor an open transaction, however it ends."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self._begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self._client

    async def __aexit__(self, *error: object) -> None:
        try:
            if error[0] is None:
                await self._commit()
            else:
                await self._undo()
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    @property
    def _client(self) -> SqliteTransactionWrapper:
        client: SqliteTransactionWrapper = self.connection
        return client

    async def _begin(self) -> None:
        # If an earlier one could not even be undone, nothing of it may be kept now.
        await self._undo()
        try:
            await self._client._connection.execute("BEGIN")  # noqa: SLF001 - Tortoise's
        except sqlite3.Error as error:
            raise OperationalError(error) from error
        except BaseException:
            await self._undo()  # Its statement may be on its way to SQLite's thread.
            raise

    async def _commit(self) -> None:
        try:
            await self._client._connection.commit()  # noqa: SLF001 - as above
        except sqlite3.Error as error:
            await self._undo()
            raise OperationalError(error) from error

    async def _undo(self) -> None:
        """Roll back, if a transaction is open."""
        try:
            await self._client._connection.rollback()  # noqa: SLF001 - as above
        except sqlite3.Error as error:
            raise OperationalError(error) from error


class Sqlite(SqliteClient):
    """Tortoise's client for SQLite, with the statements and transactions above."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's own
        """Open the file, wholly or not at all.

        Raises:
            DBConnectionError: It can't be opened, or is no database.
            OperationalError: Another program holds it.
        """
        try:
            # aiosqlite leaves a thread behind that answers for a file which it cannot open.
            sqlite3.connect(self.filename).close()
            await super().create_connection(with_db)
        except BaseException as error:
            half, self._connection = self._connection, None
            if half is not None:
                await half.close()
            if isinstance(error, sqlite3.Error):
                raise _cannot_open(error) from error
            raise

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Return what holds the connection for one statement."""
        return _Statement(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(SqliteTransactionWrapper(self), self._lock)


def _cannot_open(error: sqlite3.Error) -> Exception:
    # The extended codes hold the primary one in their lowest byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return (OperationalError if code in _OTHERS_AT_WORK else DBConnectionError)(error)


client_class = Sqlite
"""What Tortoise looks for in the module that a configuration names as its `engine`."""
