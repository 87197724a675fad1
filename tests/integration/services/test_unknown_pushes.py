"""A push whose answer is lost: nobody sends it again, and somebody finds out."""

from collections import deque
from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.models import Payment, StkPush, Subscription, Transaction
from core.ports import Accepted, NoAnswer
from core.services.prompts.push_status import Stage
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    MINUTE,
    TODAY,
    bill_and_prompt,
    credit_kes,
    newest_push,
    notice,
    report,
    tick,
    told,
)


@pytest.fixture
def lost(gateway):
    """The first push goes out, and its answer never comes back."""
    gateway.answers = deque([NoAnswer(detail="connection reset")])
    return gateway


async def test_lost_answer_blocks_the_bill_and_no_tick_ever_sends_it_again(
    engine, owner, lost, clock
):
    await make_subscription(engine, owner, first_on=TODAY)

    for _ in range(40):
        await tick(engine)
        clock.advance(timedelta(minutes=30))

    assert len(lost.requests) == 1
    assert (await StkPush.get()).state is PushState.UNKNOWN
    assert (await Transaction.get()).status is TransactionStatus.PENDING
    assert (await told()).count("prompt_unknown") == 1


async def test_lost_answer_is_settled_by_its_callback_which_brings_the_checkout_id(
    engine, owner, lost
):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    await report(engine, lost, checkout_id="ws_CO_late")

    push, bill = await StkPush.get(), await Transaction.get()
    assert (push.state, push.checkout_request_id) == (PushState.SUCCESS, "ws_CO_late")
    assert (bill.status, bill.daraja_request_id) == (TransactionStatus.SUCCESS, "ws_CO_late")
    assert bill.mpesa_receipt_no == "RKTQDM7W6S"


async def test_lost_answer_is_settled_by_a_failing_callback_too(engine, owner, lost):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    await report(engine, lost, code=1032, checkout_id="ws_CO_late")

    bill = await Transaction.get()
    assert bill.status is TransactionStatus.FAILED
    assert bill.next_attempt_at == engine.now() + DAY


async def test_unknown_push_frees_its_phone_for_another_bill_after_five_minutes(
    engine, owner, lost, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await make_subscription(engine, owner, first_on=TODAY)

    for _ in range(4):
        clock.advance(MINUTE)
        await tick(engine)
    assert len(lost.requests) == 1
    for _ in range(3):
        clock.advance(MINUTE)
        await tick(engine)

    assert len(lost.requests) == 2
    first, second = await StkPush.all().order_by("id")
    assert first.transaction_id != second.transaction_id
    assert first.live_transaction_id == first.transaction_id


async def test_unknown_push_counts_as_one_of_the_phones_two_prompts_a_day(
    engine, owner, lost, gateway, clock
):
    for _ in range(3):
        await make_subscription(engine, owner, first_on=TODAY)

    for _ in range(120):
        await tick(engine)
        clock.advance(5 * MINUTE)
        if len(gateway.requests) == 2 and (await newest_push()).state is PushState.SENT:
            await report(engine, gateway, code=1032, checkout_id="ws_CO_1")

    assert len(gateway.requests) == 2


async def test_unknown_push_becomes_the_owners_business_after_a_day(engine, owner, lost, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    clock.advance(DAY - MINUTE)
    await tick(engine)
    assert (await StkPush.get()).state is PushState.UNKNOWN
    clock.advance(MINUTE)
    await tick(engine)
    await tick(engine)

    bill = await Transaction.get()
    assert bill.status is TransactionStatus.FAILED
    assert bill.next_attempt_at is None
    assert bill.needs_person_at == engine.now()
    assert (await told()).count("needs_you") == 1
    assert (await notice("needs_you"))["reason"] == "NO_ANSWER"
    for _ in range(3):
        clock.advance(DAY)
        await tick(engine)
    assert len(lost.requests) == 1


async def test_success_that_comes_after_a_week_still_settles(engine, owner, lost, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    clock.advance(7 * DAY)
    await tick(engine)

    await report(engine, lost, checkout_id="ws_CO_late")

    bill = await Transaction.get()
    assert bill.status is TransactionStatus.SUCCESS
    assert bill.needs_person_at is None
    assert (await Payment.get()).amount_kes == 1500
    assert await credit_kes() == 0


async def test_accepted_that_comes_after_the_push_was_given_up_as_unknown_makes_it_sent(
    engine, owner, gateway, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    accepted = Accepted(merchant_request_id="m", checkout_request_id="ws_CO_slow")

    async def slow(request):
        gateway.requests.append(request)
        clock.advance(timedelta(seconds=151))
        await engine.reconciliation.reconcile()
        assert (await StkPush.get()).state is PushState.UNKNOWN
        return accepted

    gateway.request_payment = slow
    await bill_and_prompt(engine)

    push = await StkPush.get()
    assert (push.state, push.checkout_request_id) == (PushState.SENT, "ws_CO_slow")
    assert push.next_query_at == engine.now() + timedelta(seconds=75)


async def test_one_off_charge_without_an_answer_says_that_nobody_knows(engine, owner, lost):

    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charge = await engine.prompts.charge(owner.id, draft, status_message=(1001, 55))

    assert charge.status.stage is Stage.UNKNOWN
    assert await told() == ["push_status"]
    await report(engine, lost, checkout_id="ws_CO_late", amount=100)
    assert (await engine.prompts.state_of(charge.transaction.id)).stage is Stage.PAID


async def test_subscription_stays_active_while_nobody_knows(engine, owner, lost, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    clock.advance(2 * DAY)
    await tick(engine)

    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE
