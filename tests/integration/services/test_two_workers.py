"""Two workers at once: on PostgreSQL they truly interleave, and nothing is done twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import asyncpg
import pytest

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.engine import Engine
from core.errors import InvitationUnusable
from core.models import Notification, Payment, StkPush, Subscription, Transaction
from tests.factories import make_credit, make_plan, make_subscription
from tests.integration.bot.people import until
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    PHONE,
    RECEIPT,
    TODAY,
    bill_and_prompt,
    bills,
    callback_body,
    report,
)

MANY = 60
# Of locks one sees the present inside a transaction, too, and of activity only what one saw first.
WAITING = """
SELECT count(*) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


@pytest.fixture
def workers(engine, context):
    return engine, Engine(context)


@pytest.fixture
async def many(engine, owner):
    """Many clients whose bill is due today."""
    plan = await make_plan(engine, owner)
    for number in range(MANY):
        phone = f"2547120{number:05}"
        await make_subscription(engine, owner, plan, first_on=TODAY, phone_number=phone)


def both(workers, work):
    """Let each worker do it twice, all at once."""
    return asyncio.gather(*(work(worker) for worker in workers * 2))


@pytest.mark.usefixtures("many")
async def test_workers_that_bill_at_once_make_one_bill_each(workers):
    made = await both(workers, lambda worker: worker.billing.process_due_payments())

    assert await Transaction.all().count() == MANY
    assert sum(made) == MANY
    assert {row.cycle_number for row in await Subscription.all()} == {1}


@pytest.mark.usefixtures("many")
async def test_workers_that_prompt_at_once_send_one_prompt_each(engine, workers, gateway):
    await engine.billing.process_due_payments()

    sent = await both(workers, lambda worker: worker.prompts.send_due_prompts())

    assert sum(sent) == len(gateway.requests) == MANY
    assert set(Counter(request.phone_number for request in gateway.requests).values()) == {1}
    assert {push.state for push in await StkPush.all()} == {PushState.SENT}


@pytest.mark.usefixtures("many")
async def test_workers_that_retry_at_once_count_one_retry(engine, workers, gateway, clock):
    await bill_and_prompt(engine)
    for index in range(MANY):
        await report(engine, gateway, index, code=1032)
    clock.advance(DAY)

    retried = await both(workers, lambda worker: worker.billing.retry_failed_payments())

    assert sum(retried) == MANY
    assert {bill.retry_count for bill in await Transaction.all()} == {1}
    assert await Notification.filter(template="payment_retrying").count() == MANY


@pytest.mark.usefixtures("many")
async def test_workers_that_settle_at_once_count_each_payment_once(engine, workers, gateway):
    await bill_and_prompt(engine)
    for index in range(MANY):
        push = await StkPush.get(checkout_request_id=f"ws_CO_{index + 1}")
        for wording in ("one", "another"):
            body = callback_body(
                push.checkout_request_id,
                desc=wording,
                receipt=f"RECEIPT{index:03}",
                phone=int(push.phone_number),
            )
            await engine.inbox.receive_callback(body, token=gateway.token(index))

    await both(workers, lambda worker: worker.inbox.handle_callbacks())

    assert await Payment.all().count() == MANY
    assert {bill.status for bill in await Transaction.all()} == {TransactionStatus.SUCCESS}
    assert await Notification.filter(template="payment_received").count() == MANY


async def test_one_receipt_for_two_bills_at_once_pays_one(engine, owner, workers, gateway, clock):
    for number in range(2):
        phone = f"25471200000{number}"
        await make_subscription(engine, owner, first_on=TODAY, phone_number=phone)
    await bill_and_prompt(engine)
    for index in range(2):
        body = callback_body(f"ws_CO_{index + 1}", drop=("PhoneNumber",))
        await engine.inbox.receive_callback(body, token=gateway.token(index))

    await both(workers, lambda worker: worker.inbox.handle_callbacks())
    clock.advance(DAY)
    await engine.inbox.handle_callbacks()

    assert (await Payment.get()).receipt == RECEIPT
    statuses = {bill.status for bill in await Transaction.all()}
    assert statuses == {TransactionStatus.SUCCESS, TransactionStatus.PENDING}


@pytest.mark.usefixtures("many")
async def test_answers_and_callbacks_that_cross_block_nobody(engine, workers, gateway):
    await engine.billing.process_due_payments()
    answer = gateway.request_payment

    async def called_back_at_once(request):
        accepted = await answer(request)
        body = callback_body(
            accepted.checkout_request_id,
            receipt=accepted.checkout_request_id.replace("ws_CO_", "RECEIPT"),
            phone=int(request.phone_number),
        )
        token = request.callback_url.rsplit("/", 1)[1]
        await engine.inbox.receive_callback(body, token=token)
        return accepted

    gateway.request_payment = called_back_at_once
    prompting = asyncio.gather(*(worker.prompts.send_due_prompts() for worker in workers))
    while not prompting.done():
        await both(workers, lambda worker: worker.inbox.handle_callbacks())
    await prompting
    await engine.inbox.handle_callbacks()

    assert {push.state for push in await StkPush.all()} == {PushState.SUCCESS}
    assert await Payment.all().count() == MANY


async def test_workers_that_bill_one_client_at_once_spend_his_credit_once(
    engine, owner, workers, clock
):
    plan = await make_plan(engine, owner, amount_kes=1000)
    subscriptions = [
        await make_subscription(engine, owner, plan, first_on=TODAY) for _ in range(4)
    ]
    await make_credit(engine, owner, subscriptions[0].client_id, 1500)

    await both(workers, lambda worker: worker.billing.process_due_payments())

    assert sum(bill.paid_kes for bill in await bills()) == 1500
    assert (await Payment.get()).credit_kes == 0


async def test_workers_that_reconcile_at_once_ask_about_each_push_once(
    engine, owner, workers, gateway, clock
):
    for number in range(4):
        phone = f"25471200000{number}"
        await make_subscription(engine, owner, first_on=TODAY, phone_number=phone)
    await bill_and_prompt(engine)
    clock.advance(DAY / 100)

    await both(workers, lambda worker: worker.reconciliation.reconcile())

    assert set(Counter(gateway.queried).values()) == {1}
    assert len(gateway.queried) == 4


async def test_people_who_answer_one_invitation_at_once_get_one_chat_bound(engine, owner, workers):
    waiting = await make_subscription(engine, owner, active=False)

    outcomes = await asyncio.gather(
        *(
            engine.acceptance.accept(
                waiting.invitation_token, telegram_id=CLIENT_CHAT + number, language="en"
            )
            for number in range(4)
        ),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, InvitationUnusable)]
    assert len(refused) == 3
    row = await Subscription.get()
    assert row.status is SubscriptionStatus.ACTIVE
    assert await Notification.filter(template="invitation_accepted").count() == 1


@pytest.fixture
async def other_worker(database):
    """A connection of another worker, which is busy with a bill of some other owner."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_worker_that_slept_on_its_claim_leaves_a_phone_that_was_prompted_meanwhile(
    engine, owner, gateway, clock, other_worker
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()
    neighbour = await Transaction.create(
        owner=owner,
        phone_number=PHONE,
        amount_kes=100,
        status=TransactionStatus.FAILED,
        account_reference="Rent",
        description="",
        created_at=engine.now(),
    )
    account = await engine.accounts.for_owner(owner)
    clock.advance(timedelta(seconds=2))
    async with other_worker.transaction():
        push_id = await other_worker.fetchval(
            "INSERT INTO stk_pushes (transaction_id, merchant_account_id, shortcode, token_hash,"
            " phone_number, amount_kes, origin, state, live_phone, queries, created_at)"
            " VALUES ($1, $2, $3, 'other', $4, 100, 'AUTOMATIC', 'SENT', $4, 0, $5) RETURNING id",
            *(neighbour.id, account.account_id, account.shortcode, PHONE, clock.now()),
        )
        claiming = asyncio.create_task(engine.prompts.send_due_prompts())
        await until(partial(other_worker.fetchval, WAITING))
        clock.advance(timedelta(seconds=8))
        await other_worker.execute(
            "UPDATE stk_pushes SET state = 'FAILED', live_phone = NULL WHERE id = $1", push_id
        )

    assert await claiming == 0

    assert gateway.requests == []
    assert [push.id for push in await StkPush.all()] == [push_id]
    bill = await Transaction.get(subscription_id__not_isnull=True)
    assert bill.status is TransactionStatus.PENDING
    assert bill.next_attempt_at == clock.now() + timedelta(minutes=1)
