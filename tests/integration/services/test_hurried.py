"""Plays do not wait for the disk: only while they last, and only where one could wait."""

from core.database import connection, hurried, transaction
from core.models import Fact

NORMAL = 1


async def waiting():
    """How SQLite waits for the disk; None: another database decides that itself."""
    if connection().capabilities.dialect != "sqlite":
        return None
    [row] = await connection().execute_query_dict("PRAGMA synchronous")
    return row["synchronous"]


async def test_commits_wait_for_no_disk_until_the_block_is_over(database):
    before = await waiting()

    async with hurried():
        assert await waiting() in {NORMAL, None}
        async with transaction():
            await Fact.create(name="played", value="yes")

    assert await waiting() == before
    assert await Fact.filter(name="played").exists()
