"""Bills, prompts, results: the rules of one subscription's life, seen from outside."""

import json
from datetime import date, timedelta

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.models import Notification, Payment, StkPush, Subscription, Transaction
from tests.factories import make_subscription

DAY = timedelta(hours=24)


def callback_body(checkout_id, *, code=0, amount=1500, receipt="RKTQDM7W6S", phone=254712345678):
    body = {
        "MerchantRequestID": "m",
        "CheckoutRequestID": checkout_id,
        "ResultCode": code,
        "ResultDesc": "text",
    }
    if code == 0:
        items = {"Amount": amount, "MpesaReceiptNumber": receipt, "PhoneNumber": phone}
        body["CallbackMetadata"] = {
            "Item": [{"Name": name, "Value": value} for name, value in items.items()]
        }
    return json.dumps({"Body": {"stkCallback": body}}).encode()


async def report(engine, gateway, **changes):
    push = await StkPush.all().order_by("-id").first()
    body = callback_body(push.checkout_request_id, **changes)
    await engine.inbox.receive_callback(body, token=gateway.token())
    await engine.inbox.handle_callbacks()


async def bill_and_prompt(engine):
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()


async def templates(chat_id):
    rows = await Notification.filter(chat_id=chat_id).order_by("id")
    return [row.template for row in rows]


async def test_due_subscription_gets_one_bill_one_prompt_and_its_next_date(
    engine, owner, gateway, clock
):
    subscription = await make_subscription(engine, owner, first_on=date(2026, 11, 23))

    await bill_and_prompt(engine)
    await bill_and_prompt(engine)

    bills = await Transaction.filter(subscription_id=subscription.id)
    assert [bill.status for bill in bills] == [TransactionStatus.PENDING]
    assert bills[0].daraja_request_id == "ws_CO_1"
    assert len(gateway.requests) == 1
    assert gateway.requests[0].amount_kes == 1500
    assert (await Subscription.get(id=subscription.id)).next_billing_date == date(2026, 12, 23)


async def test_paid_prompt_settles_the_bill_once_and_tells_the_owner_once(engine, owner, gateway):
    await make_subscription(engine, owner, first_on=date(2026, 11, 23))
    await bill_and_prompt(engine)

    for _ in range(3):
        await report(engine, gateway)

    bill = await Transaction.get()
    assert bill.status is TransactionStatus.SUCCESS
    assert bill.mpesa_receipt_no == "RKTQDM7W6S"
    assert await Payment.all().count() == 1
    assert (await templates(1001)).count("payment_received") == 1


async def test_failed_prompt_is_retried_three_times_a_day_apart_and_then_suspends(
    engine, owner, gateway, clock
):
    subscription = await make_subscription(engine, owner, first_on=date(2026, 11, 23))
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)

    for retry in range(1, 4):
        clock.advance(DAY - timedelta(minutes=1))
        assert await engine.billing.retry_failed_payments() == 0
        clock.advance(timedelta(minutes=1))
        assert await engine.billing.retry_failed_payments() == 1
        await engine.prompts.send_due_prompts()
        bill = await Transaction.get()
        assert (bill.retry_count, bill.status) == (retry, TransactionStatus.PENDING)
        await report(engine, gateway, code=1)

    clock.advance(DAY)
    assert await engine.billing.retry_failed_payments() == 0
    assert len(gateway.requests) == 4
    row = await Subscription.get(id=subscription.id)
    assert row.status is SubscriptionStatus.PAST_DUE
    clock.advance(2 * DAY)
    assert await engine.arrears.suspend_overdue() == 1
    row = await Subscription.get(id=subscription.id)
    assert row.status is SubscriptionStatus.SUSPENDED
    told = await templates(1001)
    assert (told.count("payment_failed"), told.count("payment_retrying")) == (4, 3)


async def test_late_success_beats_a_failure_and_cancels_the_retry(engine, owner, gateway, clock):
    await make_subscription(engine, owner, first_on=date(2026, 11, 23))
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)

    await report(engine, gateway)

    clock.advance(DAY)
    assert await engine.billing.retry_failed_payments() == 0
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
    assert (await StkPush.get()).state is PushState.SUCCESS
    assert (await Subscription.get()).status is SubscriptionStatus.ACTIVE
