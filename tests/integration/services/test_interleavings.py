"""Money that comes while somebody is at work on the same client: nothing of either is lost."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Renewal
from core.models import StkPush, Subscription, Transaction
from core.services.bills.by_hand import ByHand
from core.services.settlement.settlement import Door, Result
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import until
from tests.integration.services.holding import held
from tests.integration.services.stories import (
    DAY,
    PAID,
    TODAY,
    bill_and_prompt,
    bills,
    credit_kes,
    prompted_subscription,
    report,
)

postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine it takes a while until everybody stands where a test wants him."""
    monkeypatch.setattr("core.database._LOCK_WITHIN_MS", 60_000)
    monkeypatch.setattr("core.database._ANSWER_WITHIN_S", 60.0)


async def past_due(engine, owner, gateway, clock):
    """A subscription whose first prompt failed and whose second one is out."""
    subscription = await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    clock.advance(DAY)
    await engine.billing.retry_failed_payments()
    await engine.prompts.send_due_prompts()
    assert (await Subscription.get()).status is SubscriptionStatus.PAST_DUE
    return subscription


async def paid_meanwhile(engine, database_url, change):
    """Let the payment come in, and the change happen in the middle of its settlement."""
    push = await StkPush.all().order_by("-id").first()
    # A query's answer: unlike a batch of callbacks it takes no subscription beforehand.
    answer = Result(push_id=push.id, door=Door.QUERY, verdict=PAID)
    locked = "SELECT 1 FROM stk_pushes WHERE id = $1 FOR UPDATE"
    async with held(database_url, locked, push.id) as waiting:
        settling = asyncio.create_task(engine.settlement.record([answer]))
        await until(waiting)
        await change()
    await settling


@postgres
async def test_pause_in_the_middle_of_a_settlement_stays(engine, owner, gateway, clock, database):
    subscription = await past_due(engine, owner, gateway, clock)

    await paid_meanwhile(
        engine, database, lambda: engine.subscriptions.pause(owner.id, subscription.id)
    )

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
    assert (await Subscription.get()).status is SubscriptionStatus.PAUSED


@postgres
async def test_end_agreed_in_the_middle_of_a_settlement_stays(
    engine, owner, gateway, clock, database
):
    plan = await make_plan(engine, owner, renewal=Renewal.ROLLING)
    subscription = await make_subscription(engine, owner, plan, first_on=TODAY)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    clock.advance(DAY)
    await engine.billing.retry_failed_payments()
    await engine.prompts.send_due_prompts()

    await paid_meanwhile(
        engine, database, lambda: engine.changes.end_later(owner.id, subscription.id)
    )

    assert (await Subscription.get()).cancel_at is not None


@postgres
async def test_last_two_debts_paid_at_once_leave_no_arrears(
    engine, owner, gateway, clock, database
):
    await past_due(engine, owner, gateway, clock)
    first = await Transaction.get()
    clock.advance(30 * DAY)
    await engine.billing.process_due_payments()
    second = await Transaction.exclude(id=first.id).get()
    await Transaction.filter(id=second.id).update(
        status=TransactionStatus.FAILED, failure_code="CANCELLED", next_attempt_at=None
    )
    pay = partial(
        engine.bills.record_payment, owner.id, source=ByHand.CASH, amount_kes=first.amount_kes
    )

    # Both have paid their bills, and neither can see the other's.
    locked = "LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE"
    async with held(database, locked) as waiting:
        paying = asyncio.gather(*(pay(transaction_id=bill.id) for bill in (first, second)))
        await until(lambda: _is(waiting, 2))
    await paying

    assert {bill.status for bill in await bills()} == {TransactionStatus.SUCCESS}
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE


async def _is(count, wanted):
    return await count() >= wanted


@postgres
async def test_two_payments_of_one_client_that_both_leave_credit_wait_for_nobody(
    engine, owner, database
):
    plan = await make_plan(engine, owner, amount_kes=1000)
    for _ in range(3):
        await make_subscription(engine, owner, plan, first_on=TODAY)
    await engine.billing.process_due_payments()
    first, second, third = await bills()

    # Both have paid their bills, and stand still before they look for others.
    locked = "LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE"
    async with held(database, locked) as waiting:
        paying = asyncio.gather(
            *(
                engine.bills.record_payment(owner.id, bill.id, source=ByHand.CASH, amount_kes=1500)
                for bill in (first, second)
            )
        )
        await until(lambda: _is(waiting, 2))
    await paying
    await engine.arrears.spend_credit()

    assert {bill.status for bill in await bills()} == {TransactionStatus.SUCCESS}
    assert (await Transaction.get(id=third.id)).paid_kes == 1000
    assert await credit_kes() == 0


async def test_credit_that_came_during_a_prompt_pays_the_bill_before_the_next_prompt(
    engine, owner, gateway, clock
):
    plan = await make_plan(engine, owner, amount_kes=1000)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await engine.billing.process_due_payments()
    _, second = await bills()
    await engine.prompts.send_due_prompts()
    # While the first one's prompt is out, the second is paid in cash, and too well.
    await engine.bills.record_payment(owner.id, second.id, source=ByHand.CASH, amount_kes=1600)
    await report(engine, gateway, code=1032)
    assert await credit_kes() == 600

    clock.advance(DAY)
    await engine.arrears.spend_credit()
    await engine.billing.retry_failed_payments()
    await engine.prompts.send_due_prompts()

    assert [request.amount_kes for request in gateway.requests] == [1000, 400]
    assert await credit_kes() == 0


async def test_credit_pays_the_arrears_of_a_suspended_client_who_then_runs_again(
    engine, owner, gateway, clock
):
    subscription = await prompted_subscription(engine, owner)
    for _ in range(4):
        await report(engine, gateway, code=1032)
        clock.advance(DAY)
        await engine.billing.retry_failed_payments()
        await engine.prompts.send_due_prompts()
    clock.advance(timedelta(days=3))
    await engine.arrears.suspend_overdue()
    assert (await Subscription.get()).status is SubscriptionStatus.SUSPENDED
    other = await make_subscription(engine, owner, first_on=engine.today())
    await engine.billing.process_due_payments()
    bill = await Transaction.get(subscription_id=other.id)

    await engine.bills.record_payment(owner.id, bill.id, source=ByHand.CASH, amount_kes=3000)

    assert {bill.status for bill in await bills()} == {TransactionStatus.SUCCESS}
    assert (await Subscription.get(id=subscription.id)).status is SubscriptionStatus.ACTIVE
