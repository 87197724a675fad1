"""Another session of PostgreSQL that holds something, so that whoever wants it stands still."""

from contextlib import asynccontextmanager
from functools import partial

import asyncpg

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@asynccontextmanager
async def held(database_url, sql, *values):
    """Hold what the statement locks, and undo it in the end; yield what counts those who wait."""
    holder = await asyncpg.connect(database_url)
    # Inside its transaction the holder would see for ever what it saw at first.
    watcher = await asyncpg.connect(database_url)
    try:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute(sql, *values)
        yield partial(watcher.fetchval, WAITING)
        await transaction.rollback()
    finally:
        await holder.close()
        await watcher.close()
