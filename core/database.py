"""The database: opening, migrating, and the one way to begin a transaction.

SQLite has one connection, so that while a transaction is held every other read and write waits:
never call the network inside one, and start no task there, since it would inherit it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from structlog.typing import FilteringBoundLogger
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.exceptions import DBConnectionError, OperationalError
from tortoise.migrations.api import migrate as run_migrations
from tortoise.transactions import in_transaction

from core.models import Fact

# Any number does, as long as no other program on the server uses it: "FLUX" on a phone's keys.
_MIGRATION_LOCK = 3589
_MIGRATION_TRIES = 20
_BUSY_TIMEOUT_MS = 15_000

# A server that is away, stuck or overrun has to show within seconds, not when TCP gives up.
_CONNECT_WITHIN_S = 5.0
_ANSWER_WITHIN_S = 10.0
_LOCK_WITHIN_MS = 4_000
_POOL = {"minsize": 1, "maxsize": 10}

_SQLITE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
    }
)
_POSTGRES_TROUBLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, a statement cancelled
    asyncpg.InsufficientResourcesError,  # disk, memory, connections
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # deadlock
    asyncpg.ReadOnlySQLTransactionError,  # a standby that was not promoted yet
    asyncpg.InternalClientError,
)

# What a statement raises while the database is away, locked or full: nothing was written.
DatabaseUnavailable = (
    OperationalError,
    DBConnectionError,
    OSError,
    asyncpg.InterfaceError,
    *_POSTGRES_TROUBLE,
)


def is_unavailable(error: BaseException) -> bool:
    """Tell whether the database's state is to blame, not a value or a statement of ours.

    Narrower than `DatabaseUnavailable`: Tortoise raises OperationalError for both.
    """
    return any(_is_trouble(each) for each in _chain(error))


def tell_failure(
    log: FilteringBoundLogger, event: str, error: BaseException, **facts: Any
) -> None:
    """Log what failed: as an error with its trace, but an outage as a warning in one line.

    An outage has as many of them as there are tries, and a trace tells no more.
    """
    if is_unavailable(error):
        log.warning(event, error=type(error).__name__, detail=str(error)[:200], **facts)
    else:
        log.error(event, exc_info=error, **facts)


def is_full(error: BaseException) -> bool:
    """Tell whether there was no room left for what was to be written."""
    return any(
        isinstance(each, asyncpg.DiskFullError) or _sqlite_code(each) == sqlite3.SQLITE_FULL
        for each in _chain(error)
    )


def _is_trouble(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        # Of its kinds, DataError is a value that does not fit; the others are lost connections.
        return not isinstance(error, ValueError)
    known = (OSError, DBConnectionError, *_POSTGRES_TROUBLE)
    return isinstance(error, known) or _sqlite_code(error) in _SQLITE_TROUBLE


def _sqlite_code(error: BaseException) -> int | None:
    """Return SQLite's primary code: the extended ones hold it in their lowest byte."""
    code = getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite3.Error) else None
    return None if code is None else code & 0xFF


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what it wraps, and what it was raised in the handling of."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def database_config(url: str) -> dict[str, Any]:
    """Return Tortoise's configuration for the URL, as patient as a migration has to be."""
    # Tortoise keeps prepared SQL by connection name, so each dialect has a name of its own.
    if url.startswith("sqlite://"):
        name = "sqlite"
        connection = expand_db_url(
            f"{url}{'&' if '?' in url else '?'}busy_timeout={_BUSY_TIMEOUT_MS}"
        )
        connection["engine"] = "core.sqlite"
    else:
        name = "postgres"
        connection = expand_db_url("asyncpg://" + url.split("://", 1)[1])
        connection["engine"] = "core.postgres"
    app = {"models": ["core.models"], "migrations": "migrations", "default_connection": name}
    return {
        "connections": {name: connection},
        "apps": {"core": app},
        "use_tz": True,
        "timezone": "UTC",
    }


def _working_config(url: str) -> dict[str, Any]:
    """Return the configuration for everything else: bounded waits; the URL's own go before."""
    config = database_config(url)
    if "postgres" in config["connections"]:
        bounds = {
            "timeout": _CONNECT_WITHIN_S,
            "command_timeout": _ANSWER_WITHIN_S,
            "server_settings": {"lock_timeout": str(_LOCK_WITHIN_MS)},
        }
        connection = config["connections"]["postgres"]
        connection["credentials"] = _POOL | bounds | connection["credentials"]
    return config


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[None]:
    """Connect, for all tasks of this process, until the block ends. Migrates nothing."""
    # Tasks of aiohttp, APScheduler and python-telegram-bot don't descend from ours, so that a
    # context variable alone would not reach them.
    await Tortoise.init(config=_working_config(url), _enable_global_fallback=True)
    try:
        yield
    finally:
        await Tortoise.close_connections()


async def migrate(url: str) -> None:
    """Bring the schema up to date, beside other processes that may do the same. Opens nothing."""
    if url.startswith("sqlite://"):
        await _migrate_patiently(url)
    else:
        await _migrate_under_lock(url)


async def _migrate_patiently(url: str) -> None:
    """On SQLite a second process that migrates too meets a lock, and then finds it done."""
    for attempt in range(_MIGRATION_TRIES):
        try:
            await _migrate(url)
        except OperationalError:
            if attempt == _MIGRATION_TRIES - 1:
                raise
            await asyncio.sleep(0.1 * (attempt + 1))
        else:
            return


async def _migrate_under_lock(url: str) -> None:
    lock = await asyncpg.connect("postgres://" + url.split("://", 1)[1])
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        await _migrate(url)
    finally:
        await lock.close()


async def _migrate(url: str) -> None:
    try:
        await run_migrations(config=database_config(url), direction="forward")
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Begin one DB transaction; inside another one, a savepoint of it.

    On SQLite it takes the write lock at once: Tortoise begins as deferred, and a transaction that
    reads first and writes later fails with "database is locked" beside another writing process
    instead of waiting for it.
    """
    async with in_transaction() as connection:
        if connection.capabilities.dialect == "sqlite":
            await connection.execute_query("UPDATE facts SET value = value WHERE id = -1")
        yield connection


def connection() -> BaseDBAsyncClient:
    """Return the connection of the DB transaction that is under way.

    Outside of any it is one on which each statement commits by itself.
    """
    return Fact._meta.db  # noqa: SLF001 - Tortoise's own way from a table to it


@asynccontextmanager
async def hurried() -> AsyncIterator[None]:
    """On SQLite, let no commit wait for the disk while the block lasts.

    A power cut may cost what was committed in it, and leaves the file whole all the same.
    """
    if connection().capabilities.dialect != "sqlite":
        yield
        return
    [before] = await connection().execute_query_dict("PRAGMA synchronous")
    await connection().execute_query("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        await connection().execute_query(f"PRAGMA synchronous = {before['synchronous']:d}")


async def is_reachable() -> bool:
    """Tell whether the database answers and has our tables."""
    try:
        await Fact.filter(id=0).exists()
    except DatabaseUnavailable:
        return False
    return True
