"""Paid late, paused, suspended, cancelled: what a subscription then owes, and when."""

from datetime import date

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency, Renewal
from core.models import Payment, Subscription, Transaction
from tests.factories import make_credit, make_plan, make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    notice,
    prompted_subscription,
    report,
    tick,
    told,
)


async def test_monthly_on_the_31st_falls_on_each_months_last_day(engine, owner, gateway, clock):
    plan = await make_plan(engine, owner, billing_day=31)
    await make_subscription(engine, owner, plan)

    for _ in range(160):
        await engine.billing.process_due_payments()
        clock.advance(DAY)

    assert [bill.period_start for bill in await bills()] == [
        date(2026, 11, 30),
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]


async def rolling(engine, owner):
    plan = await make_plan(engine, owner, renewal=Renewal.ROLLING, billing_day=None)
    return await make_subscription(engine, owner, plan)


async def test_rolling_plan_paid_in_time_goes_on_where_the_last_period_ended(
    engine, owner, gateway, clock
):
    await rolling(engine, owner)
    await bill_and_prompt(engine)

    await report(engine, gateway)

    assert (await Subscription.get()).next_billing_date == date(2026, 12, 23)


async def test_rolling_plan_paid_late_begins_anew_on_the_day_of_payment(
    engine, owner, gateway, clock
):
    await rolling(engine, owner)
    await bill_and_prompt(engine)
    clock.advance(45 * DAY)
    for _ in range(3):
        await engine.billing.process_due_payments()
    assert len(await bills()) == 1

    await report(engine, gateway)

    paid_on = date(2027, 1, 7)
    subscription, bill = await Subscription.get(), await Transaction.get()
    assert subscription.next_billing_date == date(2027, 2, 7)
    assert (bill.period_start, bill.period_end) == (paid_on, date(2027, 2, 7))


async def test_fixed_plan_paid_late_keeps_its_dates(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    clock.advance(20 * DAY)

    await report(engine, gateway)

    assert (await Subscription.get()).next_billing_date == date(2026, 12, 23)


@pytest.mark.parametrize("status", ["PENDING_ACTIVATION", "PAUSED", "SUSPENDED"])
async def test_subscription_that_does_not_run_accrues_nothing(engine, owner, clock, status):
    plan = await make_plan(engine, owner, frequency=Frequency.DAILY, billing_day=None)
    subscription = await make_subscription(engine, owner, plan, active=status[1] != "E")
    await Subscription.filter(id=subscription.id).update(status=status)
    clock.advance(10 * DAY)
    await tick(engine)
    assert await bills() == []

    if status == "PENDING_ACTIVATION":
        await engine.subscriptions.activate(owner.id, subscription.id)
    else:
        await engine.subscriptions.resume(owner.id, subscription.id)
    await tick(engine)

    assert [bill.period_start for bill in await bills()] == [date(2026, 12, 3)]


async def test_cancelled_subscription_is_billed_no_more(engine, owner, gateway, clock):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await engine.subscriptions.cancel(owner.id, subscription.id)

    clock.advance(90 * DAY)
    await tick(engine)

    assert await bills() == []


async def test_cancelling_voids_open_bills_tells_the_client_and_stops_the_prompts(
    engine, owner, gateway, clock
):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)

    await engine.subscriptions.cancel(owner.id, subscription.id)
    clock.advance(3 * DAY)
    await tick(engine)

    bill = await Transaction.get()
    assert (bill.status, bill.next_attempt_at) == (TransactionStatus.VOID, None)
    assert len(gateway.requests) == 1
    assert (await told(CLIENT_CHAT))[-1] == "client_cancelled"


async def test_money_that_arrives_after_cancelling_is_credit(engine, owner, gateway):
    subscription = await prompted_subscription(engine, owner)
    await engine.subscriptions.cancel(owner.id, subscription.id)

    await report(engine, gateway)

    payment = await Payment.get()
    assert (payment.credit_kes, payment.receipt) == (1500, "RKTQDM7W6S")
    assert (await Transaction.get()).status is TransactionStatus.VOID
    assert (await notice("extra_payment"))["amount_kes"] == 1500


async def test_money_that_arrives_while_paused_pays_the_bill_it_was_asked_for(
    engine, owner, gateway
):
    subscription = await prompted_subscription(engine, owner)
    await engine.subscriptions.pause(owner.id, subscription.id)

    await report(engine, gateway)

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
    assert (await Subscription.get()).status is SubscriptionStatus.PAUSED


async def test_credit_in_a_bill_that_is_voided_is_the_clients_again(engine, owner, gateway):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await make_credit(engine, owner, subscription.client_id, 600)
    await engine.billing.process_due_payments()
    assert (await Payment.get()).credit_kes == 0

    await engine.subscriptions.cancel(owner.id, subscription.id)

    assert (await Payment.get()).credit_kes == 600


async def test_paused_subscription_is_not_prompted_and_goes_on_when_resumed(
    engine, owner, gateway, clock
):
    subscription = await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    await engine.subscriptions.pause(owner.id, subscription.id)
    clock.advance(3 * DAY)
    await tick(engine)
    assert len(gateway.requests) == 1

    await engine.subscriptions.resume(owner.id, subscription.id)
    await tick(engine)

    assert len(gateway.requests) == 2


async def exhaust(engine, gateway, clock):
    """Let the prompt out there and its three retries fail."""
    await report(engine, gateway, code=1)
    for _ in range(3):
        clock.advance(DAY)
        await tick(engine)
        await report(engine, gateway, code=1)


async def test_debt_of_a_suspended_client_is_asked_for_anew_when_the_owner_resumes_him(
    engine, owner, gateway, clock
):
    subscription = await prompted_subscription(engine, owner)
    await exhaust(engine, gateway, clock)
    clock.advance(4 * DAY)
    await tick(engine)
    assert (await Subscription.get()).status is SubscriptionStatus.SUSPENDED

    await engine.subscriptions.resume(owner.id, subscription.id)
    await tick(engine)
    assert len(gateway.requests) == 5
    await exhaust(engine, gateway, clock)

    # Each round of retries is announced, though it counts from one again.
    assert (await told()).count("payment_retrying") == 6
    assert (await told()).count("payment_failed") == 8
    clock.advance(4 * DAY)
    await tick(engine)
    assert (await told()).count("suspended") == 2


async def test_payment_lifts_a_suspension_and_past_periods_are_not_billed(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await exhaust(engine, gateway, clock)
    clock.advance(40 * DAY)
    await engine.arrears.suspend_overdue()
    assert (await Subscription.get()).status is SubscriptionStatus.SUSPENDED

    await report(engine, gateway)
    await tick(engine)

    subscription = await Subscription.get()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert subscription.next_billing_date == date(2027, 1, 23)
    assert len(await bills()) == 1


@pytest.fixture
async def in_grace(engine, owner, gateway, clock):
    """A daily subscription whose first bill failed for the last time; the second is prompted."""
    plan = await make_plan(engine, owner, frequency=Frequency.DAILY, billing_day=None)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await engine.billing.process_due_payments()
    await Transaction.all().update(retry_count=3)
    await engine.prompts.send_due_prompts()
    await report(engine, gateway, code=1)
    assert (await Subscription.get()).suspend_at == engine.now() + 3 * DAY
    clock.advance(DAY)
    await bill_and_prompt(engine)
    assert len(gateway.requests) == 2


@pytest.mark.usefixtures("in_grace")
async def test_paying_the_bill_in_grace_while_a_later_one_has_retries_stops_the_suspension(
    engine, gateway, clock
):
    await report(engine, gateway, 1, code=1)

    await report(engine, gateway, 0)

    subscription = await Subscription.get()
    assert (subscription.status, subscription.suspend_at) == (SubscriptionStatus.PAST_DUE, None)
    clock.advance(3 * DAY)
    assert await engine.arrears.suspend_overdue() == 0


@pytest.mark.usefixtures("in_grace")
async def test_later_failure_does_not_lengthen_the_grace_of_an_earlier_bill(engine, gateway):
    before = (await Subscription.get()).suspend_at
    await Transaction.filter(status="PENDING").update(retry_count=3)

    await report(engine, gateway, 1, code=1)

    assert (await Subscription.get()).suspend_at == before


@pytest.mark.usefixtures("in_grace")
async def test_grace_left_after_one_bill_is_paid_is_that_of_the_oldest_unpaid(engine, gateway):
    await Transaction.filter(status="PENDING").update(retry_count=3)
    await report(engine, gateway, 1, code=1)

    await report(engine, gateway, 0)

    assert (await Subscription.get()).suspend_at == engine.now() + 3 * DAY


async def test_date_that_no_cycle_has_is_mended_and_stops_nobodys_bill(engine, owner):
    broken = await make_subscription(engine, owner)
    await Subscription.filter(id=broken.id).update(next_billing_date=TODAY - DAY)
    await make_subscription(engine, owner, first_on=TODAY)

    assert await engine.billing.process_due_payments() == 1

    row = await Subscription.get(id=broken.id)
    assert row.next_billing_date == date(2026, 12, 23)
