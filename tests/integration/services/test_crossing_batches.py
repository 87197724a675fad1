"""Batches of callbacks at once, on PostgreSQL: they may meet, and none waits in a circle."""

import asyncio

import pytest

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.cipher import sha256_hex
from core.database import DatabaseUnavailable
from core.engine import Engine
from core.models import InboundEvent, Payment, PushOrigin, StkPush, Subscription, Transaction
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import until
from tests.integration.services.holding import held
from tests.integration.services.stories import TODAY, bill_and_prompt, bills, callback_body

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
MANY = 9
SMALL_BATCH = 3
HOLD_SUBSCRIPTION = "SELECT 1 FROM subscriptions WHERE id = $1 FOR UPDATE"
HOLD_BILLS = "SELECT 1 FROM transactions WHERE id = ANY($1) FOR UPDATE"
CLAIM_RECEIPT = """
INSERT INTO payments (owner_id, source, receipt, is_verified, amount_kes, credit_kes, paid_at,
                      created_at)
VALUES ($1, 'C2B', $2, TRUE, 1, 1, now(), now())
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine it takes a while until everybody stands where a test wants him."""
    monkeypatch.setattr("core.database._LOCK_WITHIN_MS", 60_000)
    monkeypatch.setattr("core.database._ANSWER_WITHIN_S", 60.0)


@pytest.fixture
def workers(engine, context):
    return engine, Engine(context)


@pytest.fixture
async def prompted(engine, owner):
    """Clients whose prompts are out."""
    plan = await make_plan(engine, owner)
    for number in range(MANY):
        phone = f"2547120000{number:02}"
        await make_subscription(engine, owner, plan, first_on=TODAY, phone_number=phone)
    await bill_and_prompt(engine)


async def prompt_for_another_bill(subscription, *, token, phone):
    """Let the subscription owe a second bill, for which a prompt is out as well."""
    now = subscription.created_at
    bill = await Transaction.create(
        owner_id=subscription.owner_id,
        client_id=subscription.client_id,
        subscription_id=subscription.id,
        phone_number=phone,
        amount_kes=1500,
        status=TransactionStatus.PENDING,
        account_reference="FP",
        created_at=now,
    )
    await StkPush.create(
        transaction_id=bill.id,
        shortcode="174379",
        token_hash=sha256_hex(token),
        phone_number=phone,
        amount_kes=1500,
        origin=PushOrigin.AUTOMATIC,
        state=PushState.SENT,
        live_transaction_id=bill.id,
        live_phone=phone,
        created_at=now,
        sent_at=now,
    )


async def pay(engine, token, receipt):
    """Store the news that the prompt with this token was paid."""
    push = await StkPush.get(token_hash=sha256_hex(token))
    body = callback_body(
        push.checkout_request_id or "ws_CO_other", receipt=receipt, phone=int(push.phone_number)
    )
    await engine.inbox.receive_callback(body, token=token)


async def both_wait(workers, waiting, news):
    """Let each worker begin with its news, and stand still in the middle."""
    tasks = []
    for worker, several in zip(workers, news, strict=True):
        for token, receipt in several:
            await pay(worker, token, receipt)
        tasks.append(asyncio.create_task(worker.inbox.handle_callbacks()))
        await until(lambda: _is(waiting, len(tasks)))
    return tasks


async def _is(count, wanted):
    return await count() >= wanted


async def test_batches_that_pay_debts_of_the_same_subscriptions_in_opposite_order_all_settle(
    engine, gateway, workers, database, prompted
):
    first, middle, last = await Subscription.all().order_by("id").limit(3)
    await prompt_for_another_bill(first, token="a" * 48, phone="254712000091")
    await prompt_for_another_bill(last, token="b" * 48, phone="254712000092")
    await Subscription.all().update(status=SubscriptionStatus.PAST_DUE)
    there = [(gateway.token(index), f"RECEIPT{index}") for index in range(3)]
    and_back = [("b" * 48, "RECEIPT8"), ("a" * 48, "RECEIPT9")]

    async with held(database, HOLD_SUBSCRIPTION, middle.id) as waiting:
        tasks = await both_wait(workers, waiting, [there, and_back])
    assert await asyncio.gather(*tasks) == [3, 2]

    assert await Payment.all().count() == 5
    assert set(await InboundEvent.all().values_list("outcome", flat=True)) == {"settled"}
    runs = await Subscription.filter(id__in=[first.id, middle.id, last.id])
    assert {row.status for row in runs} == {SubscriptionStatus.ACTIVE}


async def test_batches_that_claim_the_same_receipts_in_opposite_order_pay_one_bill_with_each(
    engine, owner, gateway, workers, database, prompted
):
    there = [(gateway.token(index), f"RECEIPT{index}") for index in range(3)]
    and_back = [(gateway.token(3), "RECEIPT2"), (gateway.token(4), "RECEIPT0")]

    async with held(database, CLAIM_RECEIPT, owner.id, "RECEIPT1") as waiting:
        tasks = await both_wait(workers, waiting, [there, and_back])
    assert await asyncio.gather(*tasks) == [3, 2]

    words = await InboundEvent.all().order_by("id").values_list("outcome", flat=True)
    assert words == ["settled"] * 3 + ["parked:receipt_used"] * 2
    assert len(await bills(status=TransactionStatus.SUCCESS)) == 3


@pytest.fixture
async def three_batches(engine, gateway, prompted, monkeypatch):
    """Stored news for three batches; return the bills in their order."""
    monkeypatch.setattr("core.services.settlement.inbox.BATCH", SMALL_BATCH)
    for index in range(MANY):
        await pay(engine, gateway.token(index), f"RECEIPT{index}")
    pushes = await StkPush.filter(
        token_hash__in=[sha256_hex(gateway.token(index)) for index in range(MANY)]
    ).order_by("id")
    return [push.transaction_id for push in pushes]


async def test_second_batch_does_not_wait_for_the_first(engine, database, three_batches):
    second, third = three_batches[SMALL_BATCH], three_batches[2 * SMALL_BATCH]

    async with held(database, HOLD_BILLS, [second, third]) as waiting:
        settling = asyncio.create_task(engine.inbox.handle_callbacks())
        await until(lambda: _is(waiting, 2))

    assert await settling == MANY
    assert len(await bills(status=TransactionStatus.SUCCESS)) == MANY


@pytest.fixture
def impatience(patience, monkeypatch):
    monkeypatch.setattr("core.database._LOCK_WITHIN_MS", 300)


async def test_batch_that_can_t_be_handled_stops_no_other_and_is_handled_the_next_time(
    impatience, engine, database, three_batches
):
    async with held(database, HOLD_BILLS, three_batches[SMALL_BATCH : SMALL_BATCH + 1]):
        with pytest.raises(DatabaseUnavailable):
            await engine.inbox.handle_callbacks()
        assert len(await bills(status=TransactionStatus.SUCCESS)) == MANY - SMALL_BATCH

    assert await engine.inbox.handle_callbacks() == SMALL_BATCH
    assert len(await bills(status=TransactionStatus.SUCCESS)) == MANY
