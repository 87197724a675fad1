"""Tortoise's PostgreSQL client with a turn before each statement, and with faults.

A Tortoise engine module, named in the configuration of the rehearsal's database. The server is
real, so a seed is replayed only as far as its answers come in the same order.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from rehearsal.baton import current
from rehearsal.loop import VirtualLoop
from rehearsal.sql_words import label_of, written_table
from rehearsal.weather import Fault, Weather

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The way to the server: what happens on it, and who hears of commits."""

    loop: VirtualLoop
    weather: Weather
    committed: Callable[[set[str]], Awaitable[None]]

    async def ask(self, sql: str, answer: Callable[[], Awaitable[_T]]) -> _T:
        """Wait for one's turn, and then for the server.

        Raises:
            ConnectionDoesNotExistError: The server is away; it was not asked.
        """
        process = current.get()
        if process is not None:
            await process.turn(label_of(sql))
            if self.weather.strikes(Fault.STALL):
                await asyncio.sleep(self.weather.seconds(0.1, 30))
            if self.weather.strikes(Fault.DATABASE_AWAY):
                raise asyncpg.ConnectionDoesNotExistError("rehearsed: the server is away")
            process.require_life()
        return await self.wait(answer)

    async def wait(self, answer: Callable[[], Awaitable[_T]]) -> _T:
        """Wait for the server, while no time passes.

        A process that dies meanwhile does not break the connection, which others use after it.
        """
        with self.loop.waiting_outside():
            work = asyncio.Task(_run(answer), loop=self.loop, context=contextvars.Context())
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait([work])
                raise

    async def wrote(self, sql: str) -> None:
        """Tell of a statement that was committed by itself."""
        table = written_table(sql)
        if table is not None:
            await self.committed({table})


async def _run(answer: Callable[[], Awaitable[_T]]) -> _T:
    return await answer()


class SteppedPostgres(AsyncpgDBClient):
    """A pool of connections on which every statement is a step."""

    def __init__(self, *, wire: Wire, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wire = wire

    def _in_transaction(self) -> TransactionContext:
        return _Frame(SteppedTransaction(self, self.wire), self._pool_init_lock)

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        """Insert a row."""
        execute = super().execute_insert
        row = await self.wire.ask(query, lambda: execute(query, values))
        await self.wire.wrote(query)
        return row

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement for each set of values."""
        execute = super().execute_many
        await self.wire.ask(query, lambda: execute(query, values))
        await self.wire.wrote(query)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Any:
        """Run a statement."""
        execute = super().execute_query
        found = await self.wire.ask(query, lambda: execute(query, values))
        await self.wire.wrote(query)
        return found

    async def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        """Run a statement and return dictionaries."""
        execute = super().execute_query_dict
        rows: list[dict[str, Any]] = await self.wire.ask(query, lambda: execute(query, values))
        await self.wire.wrote(query)
        return rows


class SteppedTransaction(TransactionWrapper):
    """A DB transaction in which every statement is a step, and whose commit may go wrong."""

    def __init__(self, connection: Any, wire: Wire, written: set[str] | None = None) -> None:
        super().__init__(connection)
        self.wire = wire
        self._written = set() if written is None else written
        self._is_inner = written is not None

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(SteppedTransaction(self, self.wire, self._written))

    def _touch(self, query: str) -> None:
        self._written |= {written_table(query) or ""} - {""}

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        """Insert a row."""
        self._touch(query)
        execute = super().execute_insert
        return await self.wire.ask(query, lambda: execute(query, values))

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """Run a statement for each set of values."""
        self._touch(query)
        execute = super().execute_many
        await self.wire.ask(query, lambda: execute(query, values))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Any:
        """Run a statement."""
        self._touch(query)
        execute = super().execute_query
        return await self.wire.ask(query, lambda: execute(query, values))

    async def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        """Run a statement and return dictionaries."""
        self._touch(query)
        execute = super().execute_query_dict
        rows: list[dict[str, Any]] = await self.wire.ask(query, lambda: execute(query, values))
        return rows

    async def begin(self) -> None:
        """Begin, or set a savepoint."""
        await self.wire.wait(super().begin)

    async def rollback(self) -> None:
        """Roll back; the server does so for the dead as well."""
        await self.wire.wait(super().rollback)

    async def commit(self) -> None:
        """Commit, or release the savepoint."""
        if self._is_inner:
            await self.wire.wait(super().commit)
            return
        process = current.get()
        if process is not None:
            try:
                await process.turn("COMMIT")
            except asyncio.CancelledError:
                await self.rollback()
                raise
            if self.wire.weather.strikes(Fault.COMMIT_FAILED):
                await self.rollback()
                raise asyncpg.DiskFullError("rehearsed: the server refuses the commit")
        await self.wire.wait(super().commit)
        await self.wire.committed(self._written)
        if process is not None and self.wire.weather.strikes(Fault.COMMIT_ANSWER_LOST):
            raise asyncpg.ConnectionDoesNotExistError("rehearsed: lost during commit")


class _Frame(TransactionContextPooled):
    """Tortoise's frame of a DB transaction; getting a connection takes real time."""

    client: SteppedTransaction

    async def __aenter__(self) -> TransactionalDBClient:
        process = current.get()
        if process is not None:
            await process.turn("BEGIN")
        await self._take()
        self.token = get_connections().set(self.connection_name, self.client)
        try:
            await self.client.begin()
        except asyncio.CancelledError:
            await self.client.rollback()  # It has begun all the same.
            await self._leave()
            raise
        return self.client

    @property
    def _pool(self) -> Any:
        return self.client._parent._pool  # noqa: SLF001 - Tortoise's own

    async def _take(self) -> None:
        taken: list[Any] = []

        async def take() -> None:
            taken.append(await self._pool.acquire())

        try:
            await self.client.wire.wait(take)
        except asyncio.CancelledError:
            await self.client.wire.wait(lambda: self._pool.release(taken[0]))
            raise
        self.client._connection = taken[0]  # noqa: SLF001 - Tortoise's own

    async def __aexit__(self, *error: object) -> None:
        try:
            if not self.client._finalized:  # noqa: SLF001 - Tortoise's own
                await (self.client.rollback() if error[0] else self.client.commit())
        finally:
            await self._leave()

    async def _leave(self) -> None:
        get_connections().reset(self.token)
        connection = self.client._connection  # noqa: SLF001 - Tortoise's own
        await self.client.wire.wait(lambda: self._pool.release(connection))


client_class = SteppedPostgres


def wire_config(credentials: Iterable[tuple[str, Any]], wire: Wire) -> dict[str, Any]:
    """Return the configuration of a connection over this wire."""
    return {"engine": "rehearsal.postgres", "credentials": {**dict(credentials), "wire": wire}}
