"""What the instruments show, from the database: every process's callbacks, and what waits."""

import asyncio
from datetime import timedelta

import pytest

from core.engine import Engine
from core.models import InboundEvent
from tests.factories import make_subscription
from tests.integration.webhook.program import cancelled

LATER = timedelta(seconds=31)


@pytest.fixture
def measures(engine):
    """Those of another process than the one that handles callbacks."""
    return engine.measures


@pytest.fixture
def worker(database, context):
    return Engine(context)


async def test_callbacks_are_counted_once_by_outcome_whoever_handled_them(measures, worker, clock):
    for body in (b"1", b"2"):
        await worker.inbox.receive_callback(body, token=None)
    await worker.inbox.receive_callback(cancelled(), token="f" * 48)
    await worker.inbox.handle_callbacks()

    clock.advance(LATER)
    assert await measures.outcomes() == {"junk": 2, "unknown_token": 1}
    await worker.inbox.receive_callback(b"3", token=None)
    await worker.inbox.handle_callbacks()
    clock.advance(LATER)

    assert await measures.outcomes() == {"junk": 3, "unknown_token": 1}
    assert await measures.outcomes() == {"junk": 3, "unknown_token": 1}


async def test_what_may_still_be_committing_is_counted_later(measures, worker, clock):
    await worker.inbox.receive_callback(b"1", token=None)
    await worker.inbox.handle_callbacks()

    assert await measures.outcomes() == {}


async def test_the_past_of_other_processes_is_not_counted(worker, clock, context):
    await worker.inbox.receive_callback(b"1", token=None)
    await worker.inbox.handle_callbacks()
    clock.advance(LATER)

    begun_now = Engine(context)
    clock.advance(LATER)

    assert await begun_now.measures.outcomes() == {}


async def test_the_queues_show_what_waits(engine, owner, measures):
    before = await measures.queues()
    assert (before.callbacks, before.updates, before.prompts) == (0, 0, 0)

    await engine.inbox.receive_callback(b"1", token=None)
    for number in (1, 2):
        await engine.updates.receive(number, 1001, b"{}")
    await make_subscription(engine, owner, first_on=engine.today())
    await engine.billing.process_due_payments()

    waiting = await measures.queues()
    assert (waiting.callbacks, waiting.updates, waiting.prompts) == (1, 2, 1)


async def test_the_page_shows_them(engine, http, clock):
    await engine.inbox.receive_callback(b"1", token=None)
    async with asyncio.timeout(20):
        while await InboundEvent.filter(handled_at=None).exists():  # noqa: ASYNC110 - rows
            await asyncio.sleep(0)
    clock.advance(LATER)

    async with http.get("/metrics") as response:
        text = await response.text()

    assert 'fluxpay_callbacks_total{outcome="junk"} 1' in text
    assert 'fluxpay_queue_depth{queue="callbacks"} 0' in text
