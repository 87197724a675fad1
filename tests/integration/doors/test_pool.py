"""Connections go back to PostgreSQL's pool as they are: nothing of a session may stay on them."""

import asyncio

import pytest
from tortoise import Tortoise

from core.database import transaction
from core.models import ServicePlan
from tests.integration.services.stories import (
    DAY,
    prompted_subscription,
    report,
    tick,
)
from tests.integration.webhook.program import PLAN

CONNECTIONS = 4
LEFT = """
SELECT name FROM pg_settings WHERE source = 'session' AND setting <> reset_val
UNION ALL SELECT 'advisory lock' FROM pg_locks
  WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT pg_listening_channels()
UNION ALL SELECT name FROM pg_cursors WHERE is_holdable
UNION ALL SELECT relname FROM pg_class WHERE relpersistence = 't'
"""


pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def pool(api):
    await asyncio.gather(*(api.get("/api/plans") for _ in range(CONNECTIONS)))
    return Tortoise.get_connection("postgres")._pool  # noqa: SLF001 - Tortoise's


async def _left(pool):
    """Return what sessions would hand on, over all connections of the pool."""
    taken = [await pool.acquire() for _ in range(pool.get_size())]
    try:
        return [row["name"] for connection in taken for row in await connection.fetch(LEFT)]
    finally:
        for connection in taken:
            await pool.release(connection)


async def test_a_life_of_work_leaves_nothing_on_the_connections(
    engine, owner, gateway, clock, pool
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    clock.advance(DAY)
    await asyncio.gather(*(tick(engine) for _ in range(CONNECTIONS)))
    await report(engine, gateway)
    await engine.changes.apply_due()
    await engine.housekeeping.forget_what_is_done()

    assert pool.get_size() > 1
    assert await _left(pool) == []


async def test_whoever_is_cancelled_in_a_transaction_leaves_neither_it_nor_its_locks(api, pool):
    await api.plan()
    begun = asyncio.Event()

    async def hold():
        async with transaction():
            await ServicePlan.all().select_for_update()
            begun.set()
            await asyncio.Event().wait()

    for _ in range(20):  # More often than there are connections.
        begun.clear()
        task = asyncio.create_task(hold())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])

    assert await ServicePlan.all().update(name="Other") == 1
    assert await _left(pool) == []


async def test_whoever_is_cancelled_as_he_begins_or_ends_costs_the_pool_no_connection(api, pool):
    async def begin():
        async with transaction():
            await ServicePlan.all().select_for_update()

    for steps in range(40):
        task = asyncio.create_task(begin())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    assert pool.get_idle_size() == pool.get_size()
    assert (await api.post("/api/plans", PLAN))["name"] == "Gym"
