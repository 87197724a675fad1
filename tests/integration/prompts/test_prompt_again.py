"""A person's prompt for a bill that the timetable would leave alone, or ask for later."""

from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.errors import Conflict, NoMerchantAccount, PhoneHasOpenPrompt
from core.models import PushOrigin, StkPush, Subscription, Transaction, User
from core.ports import Busy, BusyKind, NoAnswer, RefusalKind, Refused
from core.services.prompts.by_person import MOST_TO_STRANGERS_A_DAY
from core.services.prompts.push_status import Stage
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    MINUTE,
    TODAY,
    bill_and_prompt,
    newest_push,
    notice,
    report,
    tick,
    told,
)

REFUSED = Refused(kind=RefusalKind.PHONE, code="400.002.02", detail="Invalid PhoneNumber")


@pytest.fixture
async def subscription(engine, owner):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    return subscription


@pytest.fixture
async def bill(subscription, engine, gateway, clock):
    """A bill that failed once and waits for its retry."""
    await report(engine, gateway, code=1032)
    clock.advance(5 * MINUTE)
    return await Transaction.get(subscription_id=subscription.id)


async def test_person_prompts_for_a_bill_that_waits_for_its_retry(engine, owner, bill, gateway):
    status = await engine.decisions.prompt_again(owner.id, bill.id)

    assert status.stage is Stage.ACCEPTED
    push = await newest_push()
    assert (push.origin, push.amount_kes) == (PushOrigin.PERSON, 1500)
    await bill.refresh_from_db()
    assert (bill.status, bill.retry_count) == (TransactionStatus.PENDING, 0)
    await report(engine, gateway, checkout_id="ws_CO_2")
    await bill.refresh_from_db()
    assert bill.status is TransactionStatus.SUCCESS


async def test_failure_of_a_persons_prompt_uses_up_no_retry(engine, owner, bill, gateway, clock):
    await engine.decisions.prompt_again(owner.id, bill.id)

    await report(engine, gateway, code=1032)

    await bill.refresh_from_db()
    assert (bill.retry_count, bill.next_attempt_at) == (0, engine.now() + DAY)
    clock.advance(DAY)
    await tick(engine)
    await bill.refresh_from_db()
    assert bill.retry_count == 1


async def test_bill_whose_number_was_refused_needs_a_person_and_says_why(
    engine, owner, gateway, clock
):
    gateway.answers.append(REFUSED)
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    assert (await notice("needs_you"))["reason"] == "phone_refused"
    bill = await Transaction.get()

    await engine.decisions.prompt_again(owner.id, bill.id)

    await bill.refresh_from_db()
    assert (bill.status, bill.needs_person_at) == (TransactionStatus.PENDING, None)
    assert (await newest_push()).state is PushState.SENT


async def test_bill_closed_without_an_answer_is_prompted_by_a_person_alone(
    engine, owner, gateway, clock
):
    gateway.answers.append(NoAnswer(detail="connection reset"))
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    bill = await Transaction.get()
    with pytest.raises(Conflict, match="prompt_undecided"):
        await engine.decisions.prompt_again(owner.id, bill.id)
    for _ in range(5):
        clock.advance(DAY)
        await tick(engine)
    assert len(gateway.requests) == 1

    await engine.decisions.prompt_again(owner.id, bill.id)

    assert len(gateway.requests) == 2


async def test_live_prompt_is_not_joined_by_another(engine, owner, subscription, gateway):
    bill = await Transaction.get()

    with pytest.raises(PhoneHasOpenPrompt):
        await engine.decisions.prompt_again(owner.id, bill.id)

    assert len(gateway.requests) == 1


async def test_paid_bill_is_not_asked_for_again(engine, owner, subscription, gateway):
    await report(engine, gateway)
    bill = await Transaction.get()

    with pytest.raises(Conflict, match="cannot_ask_again"):
        await engine.decisions.prompt_again(owner.id, bill.id)


@pytest.mark.parametrize("stop", ["pause", "cancel"])
async def test_stopped_subscription_is_prompted_by_nobody(
    engine, owner, bill, subscription, gateway, stop
):
    await getattr(engine.subscriptions, stop)(owner.id, subscription.id)

    with pytest.raises(Conflict, match="cannot_ask_again"):
        await engine.decisions.prompt_again(owner.id, bill.id)

    assert len(gateway.requests) == 1


async def test_suspended_client_who_pays_a_persons_prompt_is_active_again(
    engine, owner, bill, subscription, gateway
):
    await Subscription.filter(id=subscription.id).update(status=SubscriptionStatus.SUSPENDED)

    await engine.decisions.prompt_again(owner.id, bill.id)
    await report(engine, gateway, checkout_id="ws_CO_2")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.ACTIVE


async def test_busy_answer_leaves_a_suspended_clients_bill_to_the_person(
    engine, owner, bill, subscription, gateway, clock
):
    await Subscription.filter(id=subscription.id).update(status=SubscriptionStatus.SUSPENDED)
    gateway.answers.append(Busy(kind=BusyKind.SYSTEM_BUSY, code="500", detail="busy"))
    await engine.decisions.prompt_again(owner.id, bill.id)
    clock.advance(HOUR)
    await tick(engine)
    assert len(gateway.requests) == 2

    await engine.decisions.prompt_again(owner.id, bill.id)

    assert len(gateway.requests) == 3


async def test_one_off_charge_is_asked_for_again_by_a_person_alone(engine, owner, gateway, clock):
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charge = await engine.prompts.charge(owner.id, draft)
    await report(engine, gateway, code=1032)
    clock.advance(DAY)
    await tick(engine)
    assert len(gateway.requests) == 1

    await engine.decisions.prompt_again(owner.id, charge.transaction.id)

    await report(engine, gateway, checkout_id="ws_CO_2", amount=100)
    bill = await Transaction.get()
    assert (bill.status, bill.retry_count) == (TransactionStatus.SUCCESS, 0)


async def test_asking_a_stranger_again_counts_towards_the_prompts_of_the_day(
    engine, owner, gateway, clock
):
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charge = await engine.prompts.charge(owner.id, draft)
    for number in range(2, MOST_TO_STRANGERS_A_DAY + 1):
        await report(engine, gateway, checkout_id=f"ws_CO_{number - 1}", code=1032)
        clock.advance(3 * MINUTE)
        await engine.decisions.prompt_again(owner.id, charge.transaction.id)
    await report(engine, gateway, code=1032)
    clock.advance(3 * MINUTE)

    with pytest.raises(Conflict, match="daily_limit"):
        await engine.decisions.prompt_again(owner.id, charge.transaction.id)


async def test_bill_asked_for_by_a_person_is_told_in_the_message_that_he_watches(
    engine, owner, bill, gateway
):
    outgoing = await engine.decisions.prepare_again(owner.id, bill.id)
    await engine.prompts.send_now(outgoing, status_message=(1001, 77))
    before = len(await told())

    await report(engine, gateway, checkout_id=f"ws_CO_{len(gateway.requests)}")

    assert (await told())[before:] == ["push_status"]


async def test_what_the_timetable_sends_after_that_is_told_as_news(
    engine, owner, bill, gateway, clock
):
    outgoing = await engine.decisions.prepare_again(owner.id, bill.id)
    await engine.prompts.send_now(outgoing, status_message=(1001, 77))
    await report(engine, gateway, code=1032, checkout_id=f"ws_CO_{len(gateway.requests)}")
    gateway.answers.append(NoAnswer(detail="timeout"))
    clock.advance(DAY)

    await tick(engine)

    assert "prompt_unknown" in await told()


async def test_owner_without_an_account_prompts_nobody(engine, owner, bill):
    await User.filter(id=owner.id).update(uses_platform_account=False)

    with pytest.raises(NoMerchantAccount):
        await engine.decisions.prompt_again(owner.id, bill.id)


async def test_prompt_that_a_crash_kept_from_being_sent_is_sent_by_the_timetable(
    engine, owner, bill, gateway, clock
):
    await engine.decisions.prepare_again(owner.id, bill.id)

    for _ in range(4):
        clock.advance(MINUTE)
        await tick(engine)

    assert len(gateway.requests) == 2
    assert (await newest_push()).state is PushState.SENT


# --- the phone's rests --------------------------------------------------------------------------


@pytest.mark.parametrize(("amount_kes", "rest_s"), [(100, 120), (200, 60)])
async def test_person_must_let_the_phone_rest_and_is_told_for_how_long(
    engine, owner, gateway, clock, amount_kes, rest_s
):
    await engine.prompts.charge(owner.id, ChargeDraft(phone_number="0712345678", amount_kes=100))
    await report(engine, gateway, code=1032)
    again = ChargeDraft(phone_number="0712345678", amount_kes=amount_kes)
    clock.advance(timedelta(seconds=rest_s - 20))

    with pytest.raises(Conflict) as refusal:
        await engine.prompts.charge(owner.id, again)

    assert refusal.value.params == {"reason": "too_soon", "seconds": 20}
    assert await Transaction.all().count() == 1
    clock.advance(timedelta(seconds=20))
    await engine.prompts.charge(owner.id, again)
    assert len(gateway.requests) == 2


async def test_phone_rests_from_the_prompts_of_every_owner(engine, owner, gateway):
    stranger = await engine.people.register_owner(1002)
    await User.filter(id=stranger.id).update(uses_platform_account=True)
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    await engine.prompts.charge(owner.id, draft)
    with pytest.raises(PhoneHasOpenPrompt):
        await engine.prompts.charge(stranger.id, draft)

    await report(engine, gateway, code=1032)

    with pytest.raises(Conflict, match="too_soon"):
        await engine.prompts.charge(stranger.id, draft)


async def test_prompt_again_keeps_the_rests_too(engine, owner, subscription, gateway):
    await report(engine, gateway, code=1032)
    bill = await Transaction.get()

    with pytest.raises(Conflict, match="too_soon"):
        await engine.decisions.prompt_again(owner.id, bill.id)

    await bill.refresh_from_db()
    assert bill.status is TransactionStatus.FAILED
    assert bill.next_attempt_at is not None


async def test_prompt_that_never_reached_a_phone_needs_no_rest(engine, owner, gateway):
    gateway.answers.append(Busy(kind=BusyKind.SYSTEM_BUSY, code="500", detail="busy"))
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    await engine.prompts.charge(owner.id, draft)

    again = await engine.prompts.charge(owner.id, draft)

    assert again.status.stage is Stage.ACCEPTED
    assert await StkPush.all().count() == 2
