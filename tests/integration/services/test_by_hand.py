"""Cash, bank and void: the books stay right whatever M-Pesa says before, meanwhile or after."""

import asyncio

import pytest

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.errors import Conflict, InvalidInput, PhoneHasOpenPrompt
from core.models import AuditEntry, Notification, Payment, PaymentSource, Subscription, Transaction
from core.ports import NoAnswer
from core.services.bills.by_hand import ByHand
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    HOUR,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    check_books,
    credit_kes,
    newest_push,
    notice,
    report,
    tick,
    told,
)

PAID, FAILED, VOID = TransactionStatus.SUCCESS, TransactionStatus.FAILED, TransactionStatus.VOID
PENDING = TransactionStatus.PENDING


@pytest.fixture
async def bill(engine, owner):
    """A bill of a client with a chat; its prompt is out."""
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    return await Transaction.get()


@pytest.fixture
async def failed(bill, engine, gateway):
    """The same bill, cancelled on the phone."""
    await report(engine, gateway, code=1032)
    await bill.refresh_from_db()
    return bill


@pytest.fixture
def pay(engine, owner):
    async def record(bill, amount_kes, source=ByHand.CASH):
        payment = await engine.bills.record_payment(
            owner.id, bill.id, source=source, amount_kes=amount_kes
        )
        await bill.refresh_from_db()
        return payment

    return record


@pytest.mark.parametrize("source", ByHand)
async def test_cash_and_bank_pay_a_bill_as_other_money_does(failed, pay, source):
    payment = await pay(failed, 1500, source)

    assert (failed.status, failed.paid_kes, failed.next_attempt_at) == (PAID, 1500, None)
    assert (payment.source.value, payment.receipt, payment.is_verified) == (source, None, False)
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE
    assert (await told())[-1] == "payment_received"
    receipt = await notice("client_receipt", CLIENT_CHAT)
    assert (receipt["source"], receipt["amount_kes"], receipt["owed_kes"]) == (source, 1500, 0)
    entry = await AuditEntry.get(action="record_payment")
    assert entry.after == {"source": source.value, "amount_kes": 1500}
    await check_books()


async def test_a_part_leaves_the_rest_to_be_asked_for(failed, pay, engine, clock, gateway):
    await pay(failed, 500)
    assert (failed.status, failed.paid_kes) == (FAILED, 500)
    assert (await notice("client_receipt", CLIENT_CHAT))["owed_kes"] == 1000

    clock.advance(DAY)
    await tick(engine)

    assert gateway.requests[-1].amount_kes == 1000
    assert (await engine.prompts.state_of(failed.id)).amount_kes == 1000
    await report(engine, gateway, checkout_id="ws_CO_2", amount=1000)
    await failed.refresh_from_db()
    assert (failed.status, failed.paid_kes) == (PAID, 1500)
    await check_books()


async def test_more_than_is_owed_is_credit_and_pays_the_next_bill(failed, pay, engine, clock):
    await pay(failed, 2000)
    assert await credit_kes() == 500
    assert "client_extra_payment" in await told(CLIENT_CHAT)

    clock.advance(DAY * 30)
    await tick(engine)

    assert (await bills(status=PENDING))[0].paid_kes == 500
    await check_books()


async def test_a_prompt_that_is_paid_after_the_cash_is_credit_and_told(bill, pay, engine, gateway):
    await pay(bill, 1500)
    assert (await newest_push()).state is PushState.SENT

    await report(engine, gateway)

    await bill.refresh_from_db()
    assert (bill.status, bill.paid_kes, await credit_kes()) == (PAID, 1500, 1500)
    assert "extra_payment" in await told()
    assert "client_extra_payment" in await told(CLIENT_CHAT)
    await check_books()


async def test_cash_and_the_callback_at_the_same_moment_lose_nothing(bill, pay, engine, gateway):
    await asyncio.gather(pay(bill, 1500), report(engine, gateway))

    await bill.refresh_from_db()
    assert (bill.status, bill.paid_kes, await credit_kes()) == (PAID, 1500, 1500)
    await check_books()


async def test_cash_and_void_at_the_same_moment_are_one_or_the_other(failed, pay, engine, owner):
    await asyncio.gather(
        pay(failed, 1500),
        engine.bills.void(owner.id, failed.id, reason="closed"),
        return_exceptions=True,
    )

    await failed.refresh_from_db()
    assert (failed.status, await Payment.all().count()) in {(PAID, 1), (VOID, 0)}
    await check_books()


async def test_a_prompt_that_fails_after_the_cash_changes_nothing(bill, pay, engine, gateway):
    await pay(bill, 1500)

    await report(engine, gateway, code=1032)

    await bill.refresh_from_db()
    assert bill.status is PAID
    assert "payment_failed" not in await told()
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE


async def test_a_prompt_for_the_whole_pays_what_a_part_in_cash_has_left(
    bill, pay, engine, gateway
):
    await pay(bill, 500)

    await report(engine, gateway)

    await bill.refresh_from_db()
    assert (bill.status, await credit_kes()) == (PAID, 500)
    await check_books()


async def test_a_bill_paid_in_cash_is_not_prompted_for(engine, owner, gateway, pay):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()

    await pay(await Transaction.get(), 1500)

    await engine.prompts.send_due_prompts()
    assert gateway.requests == []


async def test_cash_lifts_a_suspension(failed, pay, engine, clock, gateway):
    for number in (2, 3, 4):
        clock.advance(DAY)
        await tick(engine)
        await report(engine, gateway, checkout_id=f"ws_CO_{number}", code=1032)
    clock.advance(DAY * 4)
    await tick(engine)
    assert (await Subscription.get()).status is SubscriptionStatus.SUSPENDED

    await pay(failed, 1500)

    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE


async def test_a_paid_or_void_bill_takes_no_cash(failed, pay, engine, owner):
    await pay(failed, 1500)
    with pytest.raises(Conflict, match="nothing_to_pay"):
        await pay(failed, 1500)
    with pytest.raises(Conflict, match="nothing_to_pay"):
        await engine.bills.void(owner.id, failed.id, reason="again")

    assert await Payment.all().count() == 1


@pytest.mark.parametrize(("amount_kes", "code"), [(0, "too_small"), (99_999_999, "too_big")])
async def test_an_amount_out_of_bounds_writes_nothing(failed, pay, amount_kes, code):
    with pytest.raises(InvalidInput, match=code):
        await pay(failed, amount_kes)

    assert await Payment.all().count() == 0
    assert await AuditEntry.filter(action="record_payment").count() == 0


async def test_voiding_stores_the_reason_and_tells_a_client_who_was_asked(
    failed, engine, owner, clock, gateway
):
    await engine.bills.void(owner.id, failed.id, reason=" The gym was closed ")

    await failed.refresh_from_db()
    assert (failed.status, failed.void_reason) == (VOID, "The gym was closed")
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE
    said = await notice("client_bill_voided", CLIENT_CHAT)
    assert (said["reason"], said["amount_kes"]) == ("The gym was closed", 1500)
    entry = await AuditEntry.get(action="void")
    assert (entry.actor, entry.after["reason"]) == (f"user:{owner.id}", "The gym was closed")
    clock.advance(DAY)
    await tick(engine)
    assert len(gateway.requests) == 1, "nothing is asked for any more"
    assert len(await bills()) == 1, "its period is not billed again"


async def test_voiding_tells_nobody_of_a_bill_that_he_never_heard_of(engine, owner):
    await chatting_subscription(engine, owner)
    await engine.billing.process_due_payments()

    await engine.bills.void(owner.id, (await Transaction.get()).id, reason="a slip")

    assert "client_bill_voided" not in await told(CLIENT_CHAT)


async def test_what_a_void_bill_had_got_pays_another_one(failed, pay, engine, owner, clock):
    await pay(failed, 500)
    clock.advance(DAY * 30)
    await engine.billing.process_due_payments()
    second = (await bills(status=PENDING))[0]

    await engine.bills.void(owner.id, failed.id, reason="closed")

    await second.refresh_from_db()
    await failed.refresh_from_db()
    assert (failed.paid_kes, second.paid_kes, await credit_kes()) == (0, 500, 0)


async def test_no_bill_is_voided_while_its_prompt_is_out(bill, engine, owner):
    with pytest.raises(PhoneHasOpenPrompt):
        await engine.bills.void(owner.id, bill.id, reason="too early")

    await bill.refresh_from_db()
    assert (bill.status, bill.void_reason) == (PENDING, None)


async def test_no_bill_is_voided_while_nobody_knows_of_its_prompt(engine, owner, gateway):
    gateway.answers.append(NoAnswer(detail="timeout"))
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    with pytest.raises(Conflict, match="prompt_undecided"):
        await engine.bills.void(owner.id, (await Transaction.get()).id, reason="lost")


async def test_a_prompt_that_is_paid_after_the_void_is_credit(failed, engine, owner, gateway):
    await engine.bills.void(owner.id, failed.id, reason="closed")

    await report(engine, gateway)

    await failed.refresh_from_db()
    assert (failed.status, await credit_kes()) == (VOID, 1500)
    assert "extra_payment" in await told()


async def test_a_reason_must_be_given(failed, engine, owner):
    with pytest.raises(InvalidInput, match="required"):
        await engine.bills.void(owner.id, failed.id, reason="  ")

    await failed.refresh_from_db()
    assert failed.status is FAILED


async def test_a_receipt_is_sent_again_once_for_each_press(failed, pay, engine, owner):
    with pytest.raises(Conflict, match="nothing_paid"):
        await engine.histories.receipt(owner.id, failed.id)
    await pay(failed, 1500)

    for press in (7, 7, 8):
        await engine.histories.send_receipt(owner.id, failed.id, press=press)

    again = await Notification.filter(
        chat_id=CLIENT_CHAT, template="client_receipt", dedupe_key__startswith="receipt_again"
    )
    first = await Notification.get(chat_id=CLIENT_CHAT, dedupe_key__startswith="paid:")
    assert [row.params for row in again] == [first.params] * 2


async def test_a_client_without_a_chat_gets_no_receipt_by_it(engine, owner, pay):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()
    bill = await Transaction.get()
    await pay(bill, 1500)

    with pytest.raises(Conflict, match="client_without_chat"):
        await engine.histories.send_receipt(owner.id, bill.id, press=1)


async def test_the_story_of_a_bill_is_told_in_its_order(failed, pay, engine, owner, clock):
    clock.advance(HOUR)
    await pay(failed, 500)
    clock.advance(HOUR)
    await pay(failed, 1000, ByHand.BANK)

    asked, cash, bank = (await engine.histories.of(owner.id, failed.id)).events

    assert (asked.state, asked.outcome) == (PushState.FAILED, "CANCELLED")
    assert (cash.source, cash.amount_kes) == (PaymentSource.CASH, 500)
    assert (bank.source, bank.amount_kes) == (PaymentSource.BANK, 1000)
