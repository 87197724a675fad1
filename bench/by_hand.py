"""What the engine is measured against: the same work as somebody would write it by hand."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import aiohttp
from tortoise.transactions import in_transaction

from bench import by_hand_postgres, by_hand_sqlite
from bench.engine_work import MERCHANT
from bench.town import AMOUNT_KES, phone, push_token
from core.billing.lifecycle import BILLABLE, TransactionStatus
from core.billing.periods import cycle_date
from core.clock import SystemClock
from core.daraja.bodies import push_body
from core.database import open_database
from core.models import Subscription, Transaction
from core.ports import Merchant, MerchantKind, PromptRequest

_PUSH_PATH = "/mpesa/stkpush/v1/processrequest"


async def bill(*, url: str, today: str) -> dict[str, float]:
    """Time the hand-written billing of all that is due."""
    way = by_hand_sqlite if url.startswith("sqlite://") else by_hand_postgres
    began_s = time.perf_counter()
    made = await way.bill(url, date.fromisoformat(today))
    return {"count": made, "seconds": time.perf_counter() - began_s}


async def bill_one_by_one(*, url: str, today: str, limit: int) -> dict[str, float]:
    """Time the loop that an ORM's tutorial would have: a row, its bill, a commit."""
    async with open_database(url):
        began_s = time.perf_counter()
        due = (
            await Subscription.filter(
                status__in=list(BILLABLE), next_billing_date__lte=date.fromisoformat(today)
            )
            .select_related("plan", "client")
            .limit(limit)
        )
        for subscription in due:
            await _bill_one(subscription)
        seconds = time.perf_counter() - began_s
    return {"count": len(due), "seconds": seconds}


async def _bill_one(subscription: Subscription) -> None:
    start = subscription.next_billing_date
    end = cycle_date(
        subscription.schedule,
        anchor=subscription.anchor_date,
        cycle=subscription.cycle_number + 1,
    )
    now = SystemClock().now()
    async with in_transaction():
        await Transaction.create(
            owner_id=subscription.owner_id,
            subscription_id=subscription.id,
            client_id=subscription.client_id,
            phone_number=subscription.client.phone_number,
            amount_kes=subscription.amount_kes,
            status=TransactionStatus.PENDING,
            bill_key=f"{subscription.id}:{start.isoformat()}",
            period_start=start,
            period_end=end,
            account_reference=f"FP{subscription.id}",
            next_attempt_at=now,
            created_at=now,
        )
        subscription.cycle_number += 1
        subscription.next_billing_date = end
        await subscription.save()


async def post(*, daraja_port: int, calls: int, in_flight: int) -> dict[str, float]:
    """Time a bare aiohttp loop that posts the same bodies, with as many calls in flight."""
    bodies = iter([_push_body(number) for number in range(1, calls + 1)])
    address = f"http://127.0.0.1:{daraja_port}{_PUSH_PATH}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        began_s, processor_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_post_all(session, address, bodies) for _ in range(in_flight)))
        seconds, processor_s = time.perf_counter() - began_s, time.process_time() - processor_s
    return {"count": calls, "seconds": seconds, "processor_s": processor_s}


async def _post_all(
    session: aiohttp.ClientSession, address: str, bodies: Iterator[dict[str, Any]]
) -> None:
    headers = {"Accept": "application/json", "Authorization": "Bearer bench"}
    for body in bodies:
        async with session.post(address, json=body, headers=headers) as response:
            await response.json()


def _push_body(number: int) -> dict[str, Any]:
    merchant = Merchant(
        account_id=None,
        kind=MerchantKind.PAYBILL,
        shortcode=MERCHANT["daraja_shortcode"],
        consumer_key=MERCHANT["daraja_consumer_key"],
        consumer_secret=MERCHANT["daraja_consumer_secret"],
        passkey=MERCHANT["daraja_passkey"],
    )
    request = PromptRequest(
        merchant=merchant,
        phone_number=phone(number),
        amount_kes=AMOUNT_KES,
        account_reference=f"FP{number}",
        description="Monthly",
        callback_url=f"https://pay.example.co.ke/api/payments/callback/{push_token(number)}",
    )
    return push_body(request, at=SystemClock().now())


async def serve(*, url: str) -> dict[str, float]:
    """Serve a bare handler that inserts one row per request and commits, until told to stop."""
    way = by_hand_sqlite if url.startswith("sqlite://") else by_hand_postgres
    await way.serve(url)
    return {}
