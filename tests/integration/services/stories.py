"""What the engine's stories are told with: prompts, callbacks, queries, and the books."""

import json
from datetime import date, timedelta

from core.billing.lifecycle import TransactionStatus
from core.billing.outcomes import Outcome
from core.models import Allocation, Notification, Payment, StkPush, Transaction
from core.ports import Verdict
from tests.factories import make_subscription

OWNER_CHAT = 1001
CLIENT_CHAT = 2001
TODAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PHONE = "254712345678"
RECEIPT = "RKTQDM7W6S"

PAID = Verdict(result_code="0", result_desc="paid", outcome=Outcome.PAID)
CANCELLED = Verdict(result_code="1032", result_desc="cancelled", outcome=Outcome.CANCELLED)


def callback_body(checkout_id, *, code=0, desc="text", drop=(), **changes):
    """An STK callback as Safaricom sends it; `drop` names metadata items to leave out."""
    body = {
        "MerchantRequestID": "m",
        "CheckoutRequestID": checkout_id,
        "ResultCode": code,
        "ResultDesc": desc,
    }
    if code == 0:
        items = {
            "Amount": changes.get("amount", 1500),
            "MpesaReceiptNumber": changes.get("receipt", RECEIPT),
            "PhoneNumber": changes.get("phone", int(PHONE)),
        }
        body["CallbackMetadata"] = {
            "Item": [{"Name": k, "Value": v} for k, v in items.items() if k not in drop]
        }
    return json.dumps({"Body": {"stkCallback": body}}).encode()


async def report(engine, gateway, index=-1, *, checkout_id=None, **changes):
    """Let Safaricom call back on the secret path of the prompt with this index."""
    number = index if index >= 0 else len(gateway.requests) + index
    checkout_id = checkout_id or f"ws_CO_{number + 1}"
    body = callback_body(checkout_id, **changes)
    await engine.inbox.receive_callback(body, token=gateway.token(index))
    await engine.inbox.handle_callbacks()


async def report_plainly(engine, checkout_id="ws_CO_1", **changes):
    """Let anybody call back on the path that proves nothing."""
    await engine.inbox.receive_callback(callback_body(checkout_id, **changes), token=None)
    await engine.inbox.handle_callbacks()


async def bill_and_prompt(engine):
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()


async def tick(engine):
    """All that the timetable does, once."""
    await engine.billing.process_due_payments()
    await engine.billing.retry_failed_payments()
    await engine.prompts.send_due_prompts()
    await engine.inbox.handle_callbacks()
    await engine.reconciliation.reconcile()
    await engine.arrears.suspend_overdue()


async def prompted_subscription(engine, owner, **changes):
    """A subscription due today whose prompt is out."""
    subscription = await make_subscription(engine, owner, first_on=TODAY, **changes)
    await bill_and_prompt(engine)
    return subscription


async def chatting_subscription(engine, owner, *, first_on=TODAY, chat=CLIENT_CHAT, **client):
    """A subscription whose client has accepted his invitation."""
    waiting = await make_subscription(engine, owner, active=False, first_on=first_on, **client)
    return await engine.acceptance.accept(
        waiting.invitation_token, telegram_id=chat, language="en"
    )


async def told(chat_id=OWNER_CHAT):
    """The templates of a chat's notices, oldest first."""
    return [row.template for row in await Notification.filter(chat_id=chat_id).order_by("id")]


async def notice(template, chat_id=OWNER_CHAT):
    """The params of the chat's one notice of this template."""
    return (await Notification.get(chat_id=chat_id, template=template)).params


async def newest_push():
    return await StkPush.all().order_by("-id").first()


async def bills(**where):
    return await Transaction.filter(**where).order_by("period_start", "id")


async def credit_kes():
    return sum(payment.credit_kes for payment in await Payment.all())


async def check_books():
    """Received = allocated + credit, payment by payment and bill by bill."""
    parts = await Allocation.all()
    for payment in await Payment.all():
        allocated = sum(part.amount_kes for part in parts if part.payment_id == payment.id)
        assert payment.amount_kes == allocated + payment.credit_kes
        assert payment.credit_kes >= 0
    for bill in await Transaction.all():
        allocated = sum(part.amount_kes for part in parts if part.transaction_id == bill.id)
        assert bill.paid_kes == allocated
        is_paid = bill.paid_kes == bill.amount_kes
        assert is_paid == (bill.status is TransactionStatus.SUCCESS)
