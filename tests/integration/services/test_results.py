"""What each result and each answer of Daraja leads to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome
from core.engine import Engine
from core.models import StkPush, Subscription, Transaction
from core.ports import Busy, BusyKind, QueryFailed, RefusalKind, Refused, Verdict
from core.services.prompts.push_status import Stage
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    MINUTE,
    PAID,
    TODAY,
    bill_and_prompt,
    chatting_subscription,
    notice,
    prompted_subscription,
    report,
    tick,
    told,
)

ADMIN = 9001
PENDING = Verdict(result_code="4999", result_desc="processing", outcome=Outcome.PENDING)
MERCHANT_REFUSED = Refused(kind=RefusalKind.MERCHANT, code="500.001.1001", detail="Wrong creds")
SPIKE = Busy(kind=BusyKind.SPIKE_ARREST, code="500.003.02", detail="Spike arrest")


def restarted(context, **settings):
    """The engine after the operator changed its settings."""
    return Engine(replace(context, settings=context.settings.model_copy(update=settings)))


@pytest.mark.parametrize("code", [17, 26, 1025, 9999, 4999, 123456])
async def test_unclear_or_pending_result_changes_nothing_but_that_we_ask(
    engine, owner, gateway, code
):
    await prompted_subscription(engine, owner)

    await report(engine, gateway, code=code)

    push, bill = await StkPush.get(), await Transaction.get()
    assert (push.state, push.next_query_at) == (PushState.SENT, engine.now())
    assert (bill.status, bill.retry_count) == (TransactionStatus.PENDING, 0)
    assert await told() == ["invitation"]


async def test_query_that_says_pending_is_repeated_at_growing_intervals(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PENDING

    clock.advance(timedelta(seconds=75))
    for _ in range(600):
        await engine.reconciliation.reconcile()
        clock.advance(timedelta(seconds=1))

    assert 4 <= len(gateway.queried) <= 6


async def test_push_that_daraja_never_decides_is_given_up_after_a_day_of_asking(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PENDING

    for _ in range(30):
        clock.advance(HOUR)
        await engine.reconciliation.reconcile()

    assert (await StkPush.get()).outcome == Outcome.NO_ANSWER
    assert (await notice("needs_you"))["reason"] == "NO_ANSWER"
    assert (await Transaction.get()).needs_person_at is not None


async def test_push_that_was_asked_about_too_seldom_is_not_given_up(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)

    clock.advance(2 * DAY)
    await engine.reconciliation.reconcile()

    assert (await StkPush.get()).state is PushState.SENT


async def test_shortcode_is_asked_about_at_most_five_times_a_minute(engine, owner, gateway, clock):
    for number in range(8):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    await bill_and_prompt(engine)

    clock.advance(2 * MINUTE)
    await engine.reconciliation.reconcile()
    await engine.reconciliation.reconcile()
    assert len(gateway.queried) == 5
    clock.advance(timedelta(seconds=61))
    await engine.reconciliation.reconcile()

    assert len(gateway.queried) == 10
    assert len(set(gateway.queried)) == 8


async def test_backlog_of_one_shortcode_does_not_hold_up_anothers_questions(
    engine, owner, gateway, clock
):
    for number in range(7):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    await bill_and_prompt(engine)
    last = await StkPush.all().order_by("-id").first()
    await StkPush.filter(id=last.id).update(shortcode="600000")

    clock.advance(2 * MINUTE)
    await engine.reconciliation.reconcile()

    assert last.checkout_request_id in gateway.queried


async def test_push_whose_merchant_account_is_gone_ends_as_the_owners_business(
    engine, owner, gateway, clock, context
):
    await prompted_subscription(engine, owner)
    engine = restarted(context, daraja_shortcode=None)

    for _ in range(30):
        clock.advance(HOUR)
        await engine.reconciliation.reconcile()

    assert gateway.queried == []
    assert "needs_you" in await told()


async def test_busy_phone_leaves_the_bill_pending_with_a_growing_back_off(
    engine, owner, gateway, clock
):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)

    waits = []
    for _ in range(4):
        await report(engine, gateway, code=1001)
        bill = await Transaction.get()
        assert (bill.status, bill.retry_count) == (TransactionStatus.PENDING, 0)
        waits.append(bill.next_attempt_at - engine.now())
        while (await Transaction.get()).next_attempt_at is not None:
            clock.advance(MINUTE)
            await engine.prompts.send_due_prompts()

    assert waits == [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE]
    assert "payment_failed" not in await told()
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("code", [2040, 8006, 2, 3])
async def test_result_that_can_not_get_better_stops_the_bill(engine, owner, gateway, clock, code):
    await prompted_subscription(engine, owner)

    await report(engine, gateway, code=code)

    bill = await Transaction.get()
    fault = "PHONE_FAULT" if code in {2040, 8006} else "AMOUNT_FAULT"
    assert (bill.status, bill.failure_code) == (TransactionStatus.FAILED, fault)
    assert (bill.next_attempt_at, bill.needs_person_at) == (None, engine.now())
    clock.advance(3 * DAY)
    await tick(engine)
    assert len(gateway.requests) == 1
    assert (await notice("payment_failed"))["next_attempt_at"] is None


@pytest.mark.parametrize("kind", [BusyKind.PHONE_LOCKED, BusyKind.SYSTEM_BUSY, BusyKind.NOT_SENT])
async def test_busy_answer_is_tried_again_after_a_back_off_and_counts_nothing(
    engine, owner, gateway, clock, kind
):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.append(Busy(kind=kind, code="500", detail="later"))
    await bill_and_prompt(engine)

    bill = await Transaction.get()
    assert (bill.status, bill.retry_count) == (TransactionStatus.PENDING, 0)
    assert bill.next_attempt_at == engine.now() + MINUTE
    clock.advance(MINUTE)
    await tick(engine)
    assert (await StkPush.all().order_by("-id").first()).state is PushState.SENT


@pytest.mark.parametrize("kind", [RefusalKind.PHONE, RefusalKind.REQUEST])
async def test_refused_push_stops_its_bill_and_shows_it_to_the_owner(
    engine, owner, gateway, clock, kind
):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.append(Refused(kind=kind, code="400", detail="Bad Request"))
    await bill_and_prompt(engine)

    bill = await Transaction.get()
    assert bill.status is TransactionStatus.FAILED
    assert bill.failure_code == f"{kind.value.lower()}_refused"
    assert (await told()).count("needs_you") == 1
    clock.advance(2 * DAY)
    await tick(engine)
    assert len(gateway.requests) == 1


REFUSALS = {
    "merchant_refused": MERCHANT_REFUSED,
    "phone_refused": Refused(kind=RefusalKind.PHONE, code="400", detail="d"),
    "request_refused": Refused(kind=RefusalKind.REQUEST, code="400", detail="d"),
    "busy": Busy(kind=BusyKind.SYSTEM_BUSY, code="500", detail="d"),
    "phone_locked": Busy(kind=BusyKind.PHONE_LOCKED, code="500", detail="d"),
    "not_sent": Busy(kind=BusyKind.NOT_SENT, code="", detail="d"),
}


@pytest.mark.parametrize("code", REFUSALS)
async def test_refused_one_off_charge_says_why_and_frees_the_phone(engine, owner, gateway, code):
    gateway.answers.append(REFUSALS[code])
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)

    charge = await engine.prompts.charge(owner.id, draft)

    assert (charge.status.stage, charge.status.refusal.code) == (Stage.REFUSED, code)
    again = await engine.prompts.charge(owner.id, draft)
    assert again.status.stage is Stage.ACCEPTED


async def test_query_that_failed_is_asked_again_and_then_believed(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = QueryFailed(detail="busy")
    clock.advance(2 * MINUTE)
    await tick(engine)

    gateway.verdicts["ws_CO_1"] = PAID
    clock.advance(MINUTE)
    await tick(engine)

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
