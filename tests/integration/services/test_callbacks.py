"""Callbacks: doubled, reordered, too late, and paid twice."""

from datetime import date, timedelta

from core.billing.lifecycle import PushState, TransactionStatus
from core.models import InboundEvent, Payment, StkPush, Subscription, Transaction
from tests.factories import make_credit, make_plan, make_subscription
from tests.integration.services.stories import (
    CANCELLED,
    CLIENT_CHAT,
    DAY,
    MINUTE,
    PAID,
    TODAY,
    bill_and_prompt,
    bills,
    callback_body,
    chatting_subscription,
    credit_kes,
    notice,
    prompted_subscription,
    report,
    tick,
    told,
)


async def test_the_same_callback_is_stored_and_settled_once(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    body = callback_body("ws_CO_1")

    stored = [await engine.inbox.receive_callback(body, token=gateway.token()) for _ in range(3)]
    await engine.inbox.handle_callbacks()

    assert stored == [True, False, False]
    assert await InboundEvent.all().count() == 1
    assert await Payment.all().count() == 1


async def test_two_callbacks_of_one_success_settle_it_once(engine, owner, gateway):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)

    await report(engine, gateway, desc="one wording")
    await report(engine, gateway, desc="another wording")

    events = await InboundEvent.all().order_by("id")
    assert [event.outcome for event in events] == ["settled", "duplicate"]
    assert await Payment.all().count() == 1
    assert (await told()).count("payment_received") == 1
    assert (await told(CLIENT_CHAT)).count("client_receipt") == 1


async def test_failure_then_success_is_a_success(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    assert (await Transaction.get()).next_attempt_at is not None

    await report(engine, gateway)

    bill = await Transaction.get()
    assert (bill.status, bill.next_attempt_at) == (TransactionStatus.SUCCESS, None)
    clock.advance(3 * DAY)
    await tick(engine)
    assert len(gateway.requests) == 1


async def test_success_then_failure_is_a_success(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)

    await report(engine, gateway, code=1037)

    assert (await StkPush.get()).state is PushState.SUCCESS
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
    assert "payment_failed" not in await told()


async def test_two_failures_count_once(engine, owner, gateway):
    await prompted_subscription(engine, owner)

    await report(engine, gateway, code=1032)
    await report(engine, gateway, code=1037)

    assert (await Transaction.get()).failure_code == "CANCELLED"
    assert (await told()).count("payment_failed") == 1


async def test_query_never_turns_a_payment_into_a_failure(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = CANCELLED
    await report(engine, gateway)

    clock.advance(DAY)
    await tick(engine)

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_silence_is_asked_about_after_75_seconds_and_the_answer_settles(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID

    clock.advance(timedelta(seconds=74))
    await tick(engine)
    assert gateway.queried == []
    clock.advance(timedelta(seconds=1))
    await tick(engine)

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == (None, False)
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_callback_after_the_query_brings_the_receipt_and_no_second_payment(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID
    clock.advance(2 * MINUTE)
    await tick(engine)

    await report(engine, gateway)

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == ("RKTQDM7W6S", True)
    assert (await Transaction.get()).mpesa_receipt_no == "RKTQDM7W6S"
    assert (await told()).count("payment_received") == 1


async def retried(engine, gateway, clock):
    """The first prompt fails, the retry goes out the next day."""
    await report(engine, gateway, code=1037)
    clock.advance(DAY)
    await tick(engine)
    assert len(gateway.requests) == 2


async def test_second_real_payment_of_a_retried_bill_is_credit_and_both_are_told(
    engine, owner, gateway, clock
):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await retried(engine, gateway, clock)

    await report(engine, gateway, 1, receipt="SECOND0001")
    await report(engine, gateway, 0, receipt="FIRST00001")

    assert await Payment.all().count() == 2
    assert await credit_kes() == 1500
    assert (await told()).count("payment_received") == 1
    assert (await notice("extra_payment"))["receipt"] == "FIRST00001"
    assert (await notice("client_extra_payment", CLIENT_CHAT))["amount_kes"] == 1500
    assert (await Transaction.get()).mpesa_receipt_no == "SECOND0001"


async def test_next_bill_is_paid_from_credit_without_a_prompt(engine, owner, gateway, clock):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await retried(engine, gateway, clock)
    await report(engine, gateway, 0, receipt="FIRST00001")
    await report(engine, gateway, 1, receipt="SECOND0001")

    clock.advance(30 * DAY)
    await tick(engine)

    first, second = await bills()
    assert (first.status, second.status) == (TransactionStatus.SUCCESS,) * 2
    assert second.period_start == date(2026, 12, 23)
    assert len(gateway.requests) == 2
    assert await credit_kes() == 0
    assert (await told()).count("payment_received") == 2
    assert (await told(CLIENT_CHAT)).count("client_receipt") == 2


async def test_credit_that_covers_a_part_leaves_a_prompt_for_the_rest(
    engine, owner, gateway, clock
):
    plan = await make_plan(engine, owner, amount_kes=1000)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await bill_and_prompt(engine)
    await retried(engine, gateway, clock)
    await report(engine, gateway, 0, receipt="FIRST00001", amount=1000)
    await report(engine, gateway, 1, receipt="SECOND0001", amount=1000)
    await Subscription.all().update(amount_kes=1500)

    clock.advance(30 * DAY)
    await tick(engine)

    assert gateway.requests[-1].amount_kes == 500
    await report(engine, gateway, receipt="THIRD00001", amount=500)
    assert {bill.status for bill in await bills()} == {TransactionStatus.SUCCESS}
    assert await credit_kes() == 0


async def test_credit_pays_other_open_bills_of_the_client_at_once_oldest_first(
    engine, owner, gateway, clock
):
    first = await prompted_subscription(engine, owner)
    await make_subscription(engine, owner, first_on=date(2026, 11, 24))
    await report(engine, gateway, code=1037)
    await engine.subscriptions.cancel(owner.id, first.id)
    clock.advance(DAY)
    await engine.billing.process_due_payments()

    await report(engine, gateway)

    assert await credit_kes() == 0
    void, other = await bills()
    assert (void.status, other.status) == (TransactionStatus.VOID, TransactionStatus.SUCCESS)
    assert (await told()).count("extra_payment") == 1
    await engine.prompts.send_due_prompts()
    assert len(gateway.requests) == 1


async def test_credit_never_pays_a_bill_whose_prompt_is_out(engine, owner, gateway, clock):
    first = await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1037)
    await engine.subscriptions.cancel(owner.id, first.id)
    await make_subscription(engine, owner, first_on=TODAY)
    clock.advance(5 * MINUTE)
    await bill_and_prompt(engine)
    assert len(gateway.requests) == 2

    await report(engine, gateway, 0, receipt="FIRST00001")
    assert await credit_kes() == 1500
    await report(engine, gateway, 1, receipt="SECOND0001")

    assert await credit_kes() == 1500


async def test_credit_of_one_client_pays_no_other_clients_bill(engine, owner, gateway, clock):
    first = await prompted_subscription(engine, owner)
    await engine.subscriptions.cancel(owner.id, first.id)
    await report(engine, gateway)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")

    await bill_and_prompt(engine)

    assert await credit_kes() == 1500
    assert len(gateway.requests) == 2


async def test_late_success_for_more_than_is_still_owed_leaves_the_rest_as_told_credit(
    engine, owner, gateway
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1037)
    other = await make_subscription(engine, owner, first_on=TODAY, name="Ali")
    await Subscription.filter(id=other.id).update(amount_kes=400, next_billing_date=TODAY + DAY)
    await make_credit(engine, owner, other.client_id, 600)
    await Subscription.filter(id=other.id).update(next_billing_date=TODAY)
    await engine.billing.process_due_payments()
    assert [bill.paid_kes for bill in await bills()] == [600, 0]

    await report(engine, gateway)

    assert [bill.paid_kes for bill in await bills()] == [1500, 400]
    assert await credit_kes() == 200
    assert (await notice("extra_payment"))["amount_kes"] == 600


async def test_junk_and_unknown_callbacks_are_kept_and_change_nothing(engine, owner, gateway):
    await prompted_subscription(engine, owner)

    await engine.inbox.receive_callback(b"not json", token=gateway.token())
    await engine.inbox.receive_callback(callback_body("ws_CO_1"), token="0" * 48)
    await engine.inbox.handle_callbacks()

    outcomes = [event.outcome for event in await InboundEvent.all().order_by("id")]
    assert outcomes == ["junk", "unknown_token"]
    assert (await StkPush.get()).state is PushState.SENT


async def test_bad_event_does_not_sink_its_neighbours(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    read = gateway.read_callback

    def breaks(body):
        if body == b"breaks":
            raise RuntimeError
        return read(body)

    gateway.read_callback = breaks
    await engine.inbox.receive_callback(b"breaks", token=gateway.token())
    await engine.inbox.receive_callback(callback_body("ws_CO_1"), token=gateway.token())

    await engine.inbox.handle_callbacks()

    bad, good = await InboundEvent.all().order_by("id")
    assert (bad.handled_at, good.outcome) == (None, "settled")
    for _ in range(10):
        clock.advance(MINUTE)
        await engine.inbox.handle_callbacks()
    bad = await InboundEvent.get(id=bad.id)
    assert (bad.outcome, bad.attempts) == ("error", 5)
