"""The rehearsal's database on a PostgreSQL server: one of its own, emptied for each seed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from tortoise import Tortoise

from core.database import database_config, migrate
from rehearsal.postgres import Wire, wire_config
from rehearsal.store import Committed, Store
from rehearsal.world import Row, World

_NAME = "fluxpay_rehearsal"
_CONNECTIONS = 12
_TABLES = (
    "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
    " WHERE schemaname = 'public' AND tablename NOT LIKE 'tortoise%'"
)


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """A database that only rehearsals use."""

    url: str

    def store(self) -> Store:
        """Return the database, to be emptied when it is opened."""
        return PostgresStore(self.url)


@contextmanager
def postgres_place(url: str) -> Iterator[PostgresPlace]:
    """Make a database of our own on the URL's server, and drop it at the end.

    The database that the URL names is left alone.
    """
    server = "postgres://" + url.split("://", 1)[1]
    parts = urlsplit(server)
    own = urlunsplit(parts._replace(path=f"/{_NAME}"))
    asyncio.run(_make(server, own))
    try:
        yield PostgresPlace(own)
    finally:
        asyncio.run(_run(server, f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)"))


async def _make(server: str, own: str) -> None:
    await _run(server, f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)")
    await _run(server, f"CREATE DATABASE {_NAME}")
    await migrate(own)


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


class PostgresStore:
    """The database for one seed."""

    is_exact = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._wire: Wire
        self._reader: Any
        self._lock: asyncio.Lock

    @asynccontextmanager
    async def open(self, world: World, committed: Committed) -> AsyncIterator[None]:
        """Empty it, and open it for all processes of the rehearsal."""
        self._wire = Wire(loop=world.loop, weather=world.weather, committed=committed)
        self._lock = asyncio.Lock()
        with world.loop.waiting_outside():
            self._reader = await asyncpg.connect(self._url, timeout=None)
            tables = await self._reader.fetchval(_TABLES)
            await self._reader.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            await Tortoise.init(config=self._config(), _enable_global_fallback=True)
            await Tortoise.get_connection("postgres").create_connection(with_db=True)
        try:
            yield
        finally:
            with world.loop.waiting_outside():
                await Tortoise.close_connections()
                await self._reader.close()

    def _config(self) -> dict[str, Any]:
        config = database_config(self._url)
        credentials = dict(config["connections"]["postgres"]["credentials"])
        # All at once, and for good: a pool that lets go of idle ones would do so by virtual time.
        credentials |= {
            "minsize": _CONNECTIONS,
            "maxsize": _CONNECTIONS,
            "max_inactive_connection_lifetime": 0,
            "timeout": None,
        }
        config["connections"] = {"postgres": wire_config(credentials.items(), self._wire)}
        return config

    async def rows(self, sql: str) -> list[Row]:
        """Return what a SELECT finds, without turns and faults."""
        async with self._lock:
            found = await self._wire.wait(lambda: self._reader.fetch(sql))
        return [tuple(row) for row in found]

    async def has_event(self, body: bytes) -> bool:
        """Tell whether this callback is stored."""
        sql = "SELECT 1 FROM inbound_events WHERE body = $1"
        async with self._lock:
            found = await self._wire.wait(lambda: self._reader.fetchval(sql, body))
        return found is not None

    async def digest(self) -> str:
        """Return a hash of the money: what else is there may differ from run to run."""
        rows = await self.rows("SELECT amount_kes, credit_kes FROM payments ORDER BY id")
        return hashlib.sha256(str(rows).encode()).hexdigest()
