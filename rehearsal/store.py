"""The rehearsal's database: SQLite in memory, with the tables that the migrations make."""

import asyncio
import hashlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from tortoise import Tortoise, connections

from core.database import database_config, migrate
from rehearsal.disk import Disk
from rehearsal.world import Row, World

Committed = Callable[[set[str]], Awaitable[None]]


@cache
def migrated_schema() -> str:
    """Return a script that makes the migrated tables, made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        asyncio.run(migrate(f"sqlite://{path}"))
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump())


class Store(Protocol):
    """A database for one seed, and a reader beside the engine."""

    is_exact: bool

    def open(self, world: World, committed: Committed) -> AbstractAsyncContextManager[None]:
        """Open it for all processes of the rehearsal; `committed` hears of each commit."""

    async def rows(self, sql: str) -> list[Row]:
        """Return what a SELECT finds, without turns and faults."""

    async def has_event(self, body: bytes) -> bool:
        """Tell whether this callback is stored."""

    async def digest(self) -> str:
        """Return a hash of all that is in the database."""


class Place(Protocol):
    """Where the databases of many seeds are made."""

    def store(self) -> Store:
        """Return an empty database for the next seed."""


class SqliteStore:
    """One database for one seed."""

    is_exact = True

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._disk: Disk

    @asynccontextmanager
    async def open(self, world: World, committed: Committed) -> AsyncIterator[None]:
        """Open it for all processes of the rehearsal."""
        self._disk = Disk(world.weather, committed)
        config = database_config("sqlite://:memory:")
        credentials = {"file_path": ":memory:", "disk": self._disk, "schema": self._schema}
        config["connections"] = {
            "sqlite": {"engine": "rehearsal.sqlite", "credentials": credentials}
        }
        await Tortoise.init(config=config, _enable_global_fallback=True)
        await connections.get("sqlite").create_connection(with_db=True)
        try:
            yield
        finally:
            await Tortoise.close_connections()

    async def rows(self, sql: str) -> list[Row]:
        """Return what a SELECT finds, without turns and faults."""
        return [tuple(row) for row in self._disk.raw.execute(sql)]

    async def has_event(self, body: bytes) -> bool:
        """Tell whether this callback is stored."""
        sql = "SELECT 1 FROM inbound_events WHERE body = ?"
        return self._disk.raw.execute(sql, (body,)).fetchone() is not None

    async def digest(self) -> str:
        """Return a hash of all that is in the database."""
        content = hashlib.sha256()
        for line in self._disk.raw.iterdump():
            if "tortoise_migrations" not in line:  # It knows when the schema was really made.
                content.update(line.encode())
        return content.hexdigest()


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """The memory of this machine."""

    schema: str

    def store(self) -> Store:
        """Return an empty database for the next seed."""
        return SqliteStore(self.schema)
