"""A prompt that nobody answered for: the owner says what became of it, and proof outranks him."""

import asyncio

import pytest

from core.billing.charges import ChargeDraft
from core.billing.decisions import Decision
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.errors import Conflict, InvalidInput, NotFound
from core.models import AuditEntry, Notification, Payment, PaymentSource, StkPush, Transaction
from core.ports import NoAnswer
from core.services.prompts.push_status import Stage
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    HOUR,
    RECEIPT,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    notice,
    report,
    tick,
    told,
)

OTHER_CODE = "SAB12CD34E"


@pytest.fixture
async def lost(engine, owner, gateway):
    """A subscription whose prompt went out, and the answer never came."""
    gateway.answers.append(NoAnswer(detail="connection reset"))
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    return subscription


@pytest.fixture
async def bill(lost):
    return await Transaction.get(subscription_id=lost.id)


async def reason(template="needs_you"):
    """Why the owner was last told that something needs him."""
    return (await Notification.filter(template=template).order_by("-id").first()).params["reason"]


async def settled(bill):
    await bill.refresh_from_db()
    return bill.status is TransactionStatus.SUCCESS


# --- it was paid --------------------------------------------------------------------------------


async def test_owners_word_settles_the_bill_on_an_unverified_payment(engine, owner, bill):
    paid = await engine.decisions.it_was_paid(owner.id, bill.id, "rktq dm7w6s")

    assert (paid.status, paid.mpesa_receipt_no) == (TransactionStatus.SUCCESS, RECEIPT)
    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == (RECEIPT, False)
    assert (payment.source, payment.amount_kes) == (PaymentSource.SMS, 1500)
    assert (await StkPush.get()).state is PushState.SUCCESS
    assert "payment_received" in await told()
    assert "client_receipt" in await told(CLIENT_CHAT)
    entry = await AuditEntry.get(action="paid")
    assert (entry.actor, entry.subject) == (f"user:{owner.id}", f"transaction:{bill.id}")


async def test_owners_word_is_taken_once(engine, owner, bill):
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    with pytest.raises(Conflict, match="nothing_in_doubt"):
        await engine.decisions.it_was_paid(owner.id, bill.id, OTHER_CODE)
    with pytest.raises(Conflict, match="nothing_in_doubt"):
        await engine.decisions.it_was_not_paid(owner.id, bill.id)

    assert await Payment.all().count() == 1


async def test_bill_that_was_closed_without_an_answer_can_still_have_been_paid(
    engine, owner, bill, clock
):
    clock.advance(DAY)
    await tick(engine)

    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    assert await settled(bill)
    assert bill.needs_person_at is None


@pytest.mark.parametrize("text", ["", "RKTQDM7W6", "0712345678"])
async def test_what_is_no_code_settles_nothing(engine, owner, bill, text):
    with pytest.raises(InvalidInput) as refusal:
        await engine.decisions.it_was_paid(owner.id, bill.id, text)

    assert refusal.value.fields["receipt"].code == "not_a_receipt"
    assert not await settled(bill)


async def test_code_that_paid_something_else_settles_nothing(engine, owner, bill, gateway):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await report(engine, gateway, checkout_id="ws_CO_1", phone=254712000002)

    with pytest.raises(InvalidInput) as refusal:
        await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    assert refusal.value.fields["receipt"].code == "receipt_used"
    assert not await settled(bill)
    assert "event_parked" not in await told()


async def test_one_code_given_for_two_bills_at_once_pays_one(engine, owner, bill, gateway):
    gateway.answers.append(NoAnswer(detail="connection reset"))
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    first, second = await bills()

    words = await asyncio.gather(
        engine.decisions.it_was_paid(owner.id, first.id, RECEIPT),
        engine.decisions.it_was_paid(owner.id, second.id, RECEIPT),
        return_exceptions=True,
    )

    (refusal,) = [word for word in words if isinstance(word, Exception)]
    assert refusal.fields["receipt"].code == "receipt_used"
    assert await Payment.all().count() == 1


async def test_prompt_that_was_answered_is_nobodys_to_decide(engine, owner, gateway):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    (out,) = await bills()
    with pytest.raises(Conflict, match="nothing_in_doubt"):
        await engine.decisions.it_was_paid(owner.id, out.id, RECEIPT)

    await report(engine, gateway, code=1032)

    with pytest.raises(Conflict, match="nothing_in_doubt"):
        await engine.decisions.it_was_paid(owner.id, out.id, RECEIPT)


async def test_money_for_a_cancelled_subscription_becomes_credit_and_both_are_told(
    engine, owner, lost, bill
):
    await engine.subscriptions.cancel(owner.id, lost.id)

    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    assert (await Payment.get()).credit_kes == 1500
    assert "extra_payment" in await told()
    assert "client_extra_payment" in await told(CLIENT_CHAT)


async def test_another_owner_finds_nothing_to_decide(engine, bill):
    stranger = await engine.people.register_owner(1002)
    decisions = engine.decisions

    for attempt in (
        decisions.open_to(stranger.id, bill.id),
        decisions.it_was_paid(stranger.id, bill.id, RECEIPT),
        decisions.it_was_not_paid(stranger.id, bill.id),
        decisions.prompt_again(stranger.id, bill.id),
    ):
        with pytest.raises(NotFound):
            await attempt


# --- what proves itself outranks the owner's word -----------------------------------------------


async def test_late_callback_with_the_same_code_proves_the_owners_word(
    engine, owner, bill, gateway
):
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    await report(engine, gateway, checkout_id="ws_CO_late")

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == (RECEIPT, True)
    assert payment.source is PaymentSource.STK
    assert "needs_you" not in await told()


async def test_late_callback_with_another_code_replaces_it_and_the_owner_is_alerted(
    engine, owner, bill, gateway
):
    await engine.decisions.it_was_paid(owner.id, bill.id, OTHER_CODE)

    for _ in range(2):
        await report(engine, gateway, checkout_id="ws_CO_late")

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified, payment.amount_kes) == (RECEIPT, True, 1500)
    assert await settled(bill)
    assert bill.mpesa_receipt_no == RECEIPT
    assert await reason() == "code_differs"
    assert (await told()).count("needs_you") == 1


async def test_code_that_a_callback_proves_for_another_bill_is_taken_from_the_owners_word(
    engine, owner, bill, gateway
):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    await report(engine, gateway, checkout_id="ws_CO_1", phone=254712000002)

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == (RECEIPT, True)
    await bill.refresh_from_db()
    assert (bill.status, bill.paid_kes) == (TransactionStatus.FAILED, 0)
    assert (bill.mpesa_receipt_no, bill.settled_at) == (None, None)
    assert bill.needs_person_at == engine.now()
    assert await reason() == "receipt_outranked"
    assert await AuditEntry.filter(actor="system", action="withdraw").count() == 1
    assert Decision.PAID in await engine.decisions.open_to(owner.id, bill.id)


async def test_withdrawn_bill_is_still_settled_by_its_own_late_callback(
    engine, owner, bill, gateway
):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)
    await report(engine, gateway, checkout_id="ws_CO_1", phone=254712000002)

    await report(engine, gateway, 0, checkout_id="ws_CO_late", receipt=OTHER_CODE)

    assert await settled(bill)
    assert sorted([payment.receipt for payment in await Payment.all()]) == [RECEIPT, OTHER_CODE]


async def test_withdrawn_word_about_a_cancelled_subscription_leaves_nothing_owed(
    engine, owner, lost, bill, gateway
):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)
    await engine.subscriptions.cancel(owner.id, lost.id)

    await report(engine, gateway, checkout_id="ws_CO_1", phone=254712000002)

    await bill.refresh_from_db()
    assert (bill.status, bill.paid_kes) == (TransactionStatus.VOID, 0)


async def test_late_denial_changes_nothing_and_the_owner_learns_of_it(
    engine, owner, bill, gateway
):
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    for desc in ("cancelled", "cancelled, once more"):
        await report(engine, gateway, code=1032, desc=desc, checkout_id="ws_CO_late")

    assert await settled(bill)
    assert await reason() == "denied"
    assert (await told()).count("needs_you") == 1


async def test_late_denial_of_a_proved_payment_is_news_to_nobody(engine, owner, gateway):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await report(engine, gateway)

    await report(engine, gateway, code=1032)

    assert "needs_you" not in await told()


# --- it was not paid ----------------------------------------------------------------------------


async def test_bill_that_was_not_paid_follows_as_after_any_failure(
    engine, owner, lost, bill, clock, gateway
):
    failed = await engine.decisions.it_was_not_paid(owner.id, bill.id)

    assert failed.status is TransactionStatus.FAILED
    assert failed.next_attempt_at == engine.now() + DAY
    assert (await StkPush.get()).state is PushState.FAILED
    await lost.refresh_from_db()
    assert lost.status is SubscriptionStatus.PAST_DUE
    assert (await notice("payment_failed"))["outcome"] == "NOT_PAID"
    assert (await notice("client_payment_failed", CLIENT_CHAT))["outcome"] == "NOT_PAID"
    clock.advance(DAY + HOUR)
    await tick(engine)
    assert len(gateway.requests) == 2
    assert (await Transaction.get(id=bill.id)).retry_count == 1


async def test_late_success_beats_the_owners_no(engine, owner, bill, gateway):
    await engine.decisions.it_was_not_paid(owner.id, bill.id)

    await report(engine, gateway, checkout_id="ws_CO_late")

    assert await settled(bill)
    assert bill.next_attempt_at is None


async def test_owners_no_is_taken_once(engine, owner, bill):
    await engine.decisions.it_was_not_paid(owner.id, bill.id)

    with pytest.raises(Conflict, match="nothing_in_doubt"):
        await engine.decisions.it_was_not_paid(owner.id, bill.id)


async def test_one_off_charge_without_an_answer_is_the_owners_to_decide_too(
    engine, owner, gateway
):
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charges = []
    for number in range(2):
        gateway.answers.append(NoAnswer(detail="connection reset"))
        draft = ChargeDraft(phone_number=f"071234567{number}", amount_kes=100)
        charges.append(await engine.prompts.charge(owner.id, draft, status_message=(1001, 55)))
    paid, unpaid = (charge.transaction.id for charge in charges)

    await engine.decisions.it_was_paid(owner.id, paid, RECEIPT)
    await engine.decisions.it_was_not_paid(owner.id, unpaid)

    assert (await engine.prompts.state_of(paid)).receipt == RECEIPT
    assert (await engine.prompts.state_of(unpaid)).stage is Stage.FAILED
    assert set(await told()) == {"push_status"}
