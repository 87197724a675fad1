"""Tortoise's SQLite client without its thread: each statement is done when it is awaited.

A Tortoise engine module, named in the configuration of the rehearsal's database.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from core.sqlite import Sqlite
from rehearsal.baton import BatonLock, Process, current
from rehearsal.disk import Disk
from rehearsal.sql_words import label_of, written_table

if TYPE_CHECKING:
    import aiosqlite


class InlineConnection:
    """What Tortoise uses of an aiosqlite.Connection, done in place.

    Here a statement may fail or take its time, and the process may die; a commit may fail, too.
    """

    def __init__(self, raw: sqlite3.Connection, disk: Disk) -> None:
        self.raw = raw
        self._disk = disk
        self._written: set[str] = set()
        self._begun_by: Process | None = None

    @property
    def total_changes(self) -> int:
        """Rows changed since the connection was made."""
        return self.raw.total_changes

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> sqlite3.Cursor:
        """Run a statement of a DB transaction's frame: BEGIN, SAVEPOINT and the like."""
        process = current.get()
        if process is not None:
            process.require_life()
        if sql == "BEGIN":
            self._begun_by = process
        return self.raw.execute(sql, _bound(parameters))

    async def execute_insert(self, sql: str, parameters: Iterable[Any]) -> Any:
        """Insert a row; return its id in a tuple."""
        cursor = await self._statement(sql, lambda: self.raw.execute(sql, _bound(parameters)))
        return (cursor.lastrowid,)

    async def execute_fetchall(
        self, sql: str, parameters: Iterable[Any] | None = None
    ) -> list[sqlite3.Row]:
        """Run a statement and return its rows."""
        cursor = await self._statement(sql, lambda: self.raw.execute(sql, _bound(parameters)))
        return cast("list[sqlite3.Row]", cursor.fetchall())

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> None:
        """Run a statement for each set of parameters."""
        await self._statement(sql, lambda: self.raw.executemany(sql, parameters))

    async def _statement(self, sql: str, run: Callable[[], Any]) -> Any:
        process = current.get()
        if process is not None:
            process.step(label_of(sql))
            await self._disk.before_statement()
            process.require_life()
        result = run()
        table = written_table(sql)
        if table is not None:
            self._written.add(table)
            if not self.raw.in_transaction:
                await self._tell()
        return result

    async def commit(self) -> None:
        """Commit, if a DB transaction is open."""
        if not self.raw.in_transaction:
            return
        process = current.get()
        if self._begun_by is not process and self._begun_by is not None:
            await self.rollback()  # Its process is dead; Tortoise commits before it begins anew.
            return
        if process is not None:
            try:
                process.step("COMMIT")
            except asyncio.CancelledError:
                await self.rollback()  # Tortoise does not, after a commit that it has begun.
                raise
            await self._disk.before_commit(self.raw.rollback)
        self.raw.commit()
        await self._tell()
        if process is not None:
            self._disk.after_commit()

    async def _tell(self) -> None:
        written, self._written = self._written, set()
        await self._disk.committed(written)

    async def rollback(self) -> None:
        """Roll back; the database does so for the dead as well."""
        self._written.clear()
        self.raw.rollback()

    async def close(self) -> None:
        """Close the file."""
        self.raw.close()


class InlineSqlite(Sqlite):
    """A client on an in-memory database that begins with the given schema."""

    def __init__(self, file_path: str, *, disk: Disk, schema: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._disk = disk
        self._schema = schema
        self._lock = BatonLock()  # type: ignore[assignment]  # the two methods that Tortoise calls

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's own
        """Open the database and build its tables."""
        del with_db
        if self._connection:
            return
        raw = sqlite3.connect(self.filename, isolation_level=None, cached_statements=1000)
        raw.row_factory = sqlite3.Row
        raw.executescript(self._schema)
        raw.execute("PRAGMA foreign_keys = ON")
        self._disk.raw = raw
        self._connection = cast("aiosqlite.Connection", InlineConnection(raw, self._disk))
        await self._post_connect()


def _bound(parameters: Iterable[Any] | None) -> Any:
    return () if parameters is None else parameters


client_class = InlineSqlite
