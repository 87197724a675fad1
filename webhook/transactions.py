"""`/api/transactions`: what was owed, asked for and paid."""

from typing import Any

from aiohttp import web

from core.errors import Fault, InvalidInput, NotFound
from core.models import Transaction, User
from webhook import sentences
from webhook.answers import day, instant, ok
from webhook.keys import ENGINE
from webhook.paging import listed, query_value, read_window
from webhook.reading import parse_id


async def list_transactions(request: web.Request, owner: User) -> web.Response:
    """List the transactions, of one subscription or of all; another owner's has none."""
    subscription_id = _read_subscription_id(request)
    window = read_window(request)
    page = await request.app[ENGINE].transactions.page(
        owner.id, subscription_id=subscription_id, cursor=window.cursor, limit=window.limit
    )
    return ok(listed(page, view))


async def get_transaction(request: web.Request, owner: User) -> web.Response:
    """Show one transaction."""
    transaction_id = parse_id(request.match_info["id"])
    if transaction_id is None:
        raise NotFound("transaction")
    return ok(view(await request.app[ENGINE].transactions.get(owner.id, transaction_id)))


def view(transaction: Transaction) -> dict[str, Any]:
    """Return the transaction as callers see it; the period's end is exclusive."""
    code = transaction.failure_code
    return {
        "id": transaction.id,
        "subscriptionId": transaction.subscription_id,
        "amountKes": transaction.amount_kes,
        "paidKes": transaction.paid_kes,
        "phoneNumber": transaction.phone_number,
        "status": transaction.status.value,
        "mpesaReceiptNo": transaction.mpesa_receipt_no,
        "darajaRequestId": transaction.daraja_request_id,
        "retryCount": transaction.retry_count,
        "periodStart": day(transaction.period_start),
        "periodEnd": day(transaction.period_end),
        "nextAttemptAt": instant(transaction.next_attempt_at),
        "failureCode": code,
        "failureReason": None if code is None else sentences.failure(code),
        "createdAt": instant(transaction.created_at),
        "settledAt": instant(transaction.settled_at),
    }


def _read_subscription_id(request: web.Request) -> int | None:
    wrong: dict[str, Fault] = {}
    sent = query_value(request, "subscriptionId", wrong)
    subscription_id = None if sent is None else parse_id(sent)
    if sent is not None and subscription_id is None:
        wrong["subscriptionId"] = Fault("not_an_id")
    if wrong:
        raise InvalidInput(wrong)
    return subscription_id
