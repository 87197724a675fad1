"""What the operator's settings and the day allow."""

from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, TransactionStatus
from core.engine import Engine
from core.errors import Conflict
from core.models import StkPush, Transaction, User
from core.ports import NoAnswer
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    MINUTE,
    TODAY,
    bill_and_prompt,
    newest_push,
    report,
    tick,
    told,
)


@pytest.fixture
def engine_with(database, context):
    """The engine after the operator changed its settings."""

    def make(**changes):
        settings = context.settings.model_copy(update=changes)
        return Engine(
            type(context)(
                settings=settings,
                clock=context.clock,
                gateway=context.gateway,
                cipher=context.cipher,
                mint=context.mint,
            )
        )

    return make


# --- numbers that are nobody's client -----------------------------------------------------------


async def prompt_strangers(engine, owner, count, *, first=0):
    for number in range(first, first + count):
        draft = ChargeDraft(phone_number=f"0712{number:06}", amount_kes=100)
        await engine.prompts.charge(owner.id, draft)


async def test_twenty_strangers_a_day_are_prompted_and_no_more(engine, owner, gateway):
    await prompt_strangers(engine, owner, 20)

    with pytest.raises(Conflict) as refusal:
        await prompt_strangers(engine, owner, 1, first=20)

    assert refusal.value.params == {"reason": "daily_limit", "limit": 20}
    assert len(gateway.requests) == 20
    assert await Transaction.all().count() == 20


async def test_the_limit_is_one_owners_own_and_ends_with_his_business_day(
    engine, owner, gateway, clock
):
    stranger = await engine.people.register_owner(1002)
    await User.filter(id=stranger.id).update(uses_platform_account=True)
    await prompt_strangers(engine, owner, 20)
    await prompt_strangers(engine, stranger, 1, first=30)

    # It is 09:00 in Nairobi: the day ends in 15 hours, three hours before UTC's.
    clock.advance(15 * HOUR - MINUTE)
    with pytest.raises(Conflict, match="daily_limit"):
        await prompt_strangers(engine, owner, 1, first=40)
    clock.advance(MINUTE)
    await prompt_strangers(engine, owner, 1, first=40)

    assert len(gateway.requests) == 22


async def test_ones_own_client_is_prompted_beyond_the_limit(engine, owner, gateway):
    await make_subscription(engine, owner, phone_number="254799000001")
    await prompt_strangers(engine, owner, 20)

    draft = ChargeDraft(phone_number="0799000001", amount_kes=100)
    await engine.prompts.charge(owner.id, draft)

    assert len(gateway.requests) == 21


# --- settings -----------------------------------------------------------------------------------


async def test_operator_says_how_often_a_shortcode_is_asked_about(
    engine_with, owner, gateway, clock
):
    engine = engine_with(queries_a_minute=2)
    for number in range(4):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    await bill_and_prompt(engine)

    clock.advance(2 * MINUTE)
    await engine.reconciliation.reconcile()
    await engine.reconciliation.reconcile()
    assert len(gateway.queried) == 2
    clock.advance(timedelta(seconds=61))
    await engine.reconciliation.reconcile()

    assert len(gateway.queried) == 4


async def test_operator_says_when_an_unknown_prompt_becomes_the_owners_business(
    engine_with, owner, gateway, clock
):
    engine = engine_with(unknown_closes_after_hours=2)
    gateway.answers.append(NoAnswer(detail="connection reset"))
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    clock.advance(2 * HOUR - MINUTE)
    await tick(engine)
    assert (await StkPush.get()).state is PushState.UNKNOWN
    clock.advance(MINUTE)
    await tick(engine)

    bill = await Transaction.get()
    assert (bill.status, bill.next_attempt_at) == (TransactionStatus.FAILED, None)
    assert bill.needs_person_at == engine.now()


# --- who is told --------------------------------------------------------------------------------


async def test_owner_who_watches_a_charge_is_told_of_its_payment_once(engine, owner, gateway):
    watched = ChargeDraft(phone_number="0712345678", amount_kes=100)
    await engine.prompts.charge(owner.id, watched, status_message=(1001, 55))

    await report(engine, gateway, amount=100)

    assert set(await told()) == {"push_status"}


async def test_owner_of_a_charge_that_nobody_watches_is_told_of_its_payment(
    engine, owner, gateway
):
    await engine.prompts.charge(owner.id, ChargeDraft(phone_number="0712345678", amount_kes=100))

    await report(engine, gateway, amount=100)

    assert await told() == ["payment_received"]


# --- stopping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", ["pause", "cancel"])
async def test_bill_of_a_stopped_subscription_is_never_prompted_though_it_was_due(
    engine, owner, gateway, clock, stop
):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()

    await getattr(engine.subscriptions, stop)(owner.id, subscription.id)

    for _ in range(3):
        await tick(engine)
        clock.advance(DAY)
    assert gateway.requests == []


@pytest.mark.parametrize("stop", ["pause", "cancel"])
async def test_failed_bill_of_a_stopped_subscription_is_not_retried(
    engine, owner, gateway, clock, stop
):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)

    await getattr(engine.subscriptions, stop)(owner.id, subscription.id)

    for _ in range(3):
        clock.advance(DAY)
        await tick(engine)
    assert len(gateway.requests) == 1
    assert (await newest_push()).state is PushState.FAILED
