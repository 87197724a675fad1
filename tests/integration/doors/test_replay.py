"""A stored event may be replayed: whatever it was, once or ten times, nothing changes."""

import pytest

from core.errors import NotFound
from core.models import (
    Allocation,
    AuditEntry,
    InboundEvent,
    Notification,
    Payment,
    StkPush,
    Subscription,
    Transaction,
)
from tests.factories import make_subscription
from tests.integration.webhook.program import cancelled, paid

TABLES = (Allocation, AuditEntry, InboundEvent, Notification, Payment, Subscription, Transaction)
_QUESTIONS = {"next_query_at", "queries"}
"""That Daraja is asked once more about a prompt in doubt changes no fact."""


async def facts():
    found = [await table.all().order_by("id").values() for table in TABLES]
    pushes = await StkPush.all().order_by("id").values()
    return found, [{k: v for k, v in push.items() if k not in _QUESTIONS} for push in pushes]


@pytest.fixture
async def push(engine, owner, gateway):
    """A prompt for a subscription's bill, and its secret token."""
    today = engine.today()
    await make_subscription(engine, owner, first_on=today)
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()
    return gateway.token()


async def store(engine, body, token):
    await engine.inbox.receive_callback(body, token=token)
    await engine.inbox.handle_callbacks()
    return await InboundEvent.all().order_by("-id").first()


async def replay_twice(engine, event):
    before = await facts()
    words = [await engine.inbox.replay(event.id) for _ in range(2)]
    assert await facts() == before
    assert words[0] == words[1]
    return words[0]


async def test_a_settled_payment_replayed_is_a_duplicate(engine, push):
    event = await store(engine, paid(amount=1500), push)
    assert event.outcome == "settled"

    assert await replay_twice(engine, event) == "duplicate"


async def test_a_failure_replayed_is_a_duplicate(engine, push):
    event = await store(engine, cancelled(), push)
    assert event.outcome == "failed"

    assert await replay_twice(engine, event) == "duplicate"


async def test_a_failure_replayed_after_the_payment_changes_nothing(engine, push):
    failure = await store(engine, cancelled(), push)
    success = await store(engine, paid(amount=1500), push)
    assert success.outcome == "settled"

    assert await replay_twice(engine, failure) == "late_failure"
    assert await replay_twice(engine, success) == "duplicate"


async def test_a_payment_that_came_twice_stays_one_credit(engine, gateway, push):
    await store(engine, cancelled(), push)
    await engine.billing.retry_failed_payments()
    await store(engine, paid(amount=1500), push)
    event = await store(engine, paid(amount=1500, receipt="TKN4XY12AC"), push)

    assert await replay_twice(engine, event) == event.outcome


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (paid(amount=1), "parked:amount_differs"),
        (paid("ws_CO_of_another", amount=1500), "parked:ids_differ"),
        (b"not json", "junk"),
        (b"", "junk"),
    ],
    ids=["amount", "ids", "text", "nothing"],
)
async def test_what_settled_nothing_settles_nothing_when_replayed(engine, push, body, word):
    event = await store(engine, body, push)
    assert event.outcome == word

    assert await replay_twice(engine, event) == word


async def test_a_parked_event_replayed_alerts_nobody_again(engine, push):
    event = await store(engine, paid(amount=1), push)
    alerts = await Notification.filter(template="event_parked").count()
    assert alerts == 1

    await replay_twice(engine, event)

    assert await Notification.filter(template="event_parked").count() == 1


async def test_a_forged_token_replayed_finds_nothing_again(engine, push):
    event = await store(engine, paid(amount=1500), "f" * 48)

    assert await replay_twice(engine, event) == "unknown_token"


async def test_without_a_token_a_replay_believes_no_more_than_the_first_time(engine, push):
    event = await store(engine, paid(amount=1500), None)
    assert event.outcome == "awaiting_query"

    assert await replay_twice(engine, event) == "awaiting_query"


async def test_an_event_that_is_still_open_is_settled_by_its_replay_and_not_again(engine, push):
    await engine.inbox.receive_callback(paid(amount=1500), token=push)
    event = await InboundEvent.get()

    assert await engine.inbox.replay(event.id) == "settled"

    assert (await InboundEvent.get()).outcome == "settled"
    assert await replay_twice(engine, event) == "duplicate"


async def test_an_event_that_was_given_up_gets_its_outcome_when_the_fault_is_mended(engine, push):
    event = await store(engine, b"x", push)
    await InboundEvent.filter(id=event.id).update(body=paid(amount=1500), outcome="error")

    assert await engine.inbox.replay(event.id) == "settled"

    assert (await InboundEvent.get()).outcome == "settled"


async def test_an_update_of_telegram_and_an_unknown_id_are_not_replayed(engine):
    await engine.updates.receive(7, 1001, b"{}")
    update = await InboundEvent.get()

    for event_id in (update.id, update.id + 1):
        with pytest.raises(NotFound):
            await engine.inbox.replay(event_id)
