"""What callbacks are about, as plain values: a row of the ORM's costs ten of them.

Each has the fields of its model that a plain result depends on, under the same names.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core import models
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.periods import Renewal
from core.models import PaymentSource
from core.models.people import shown_name
from core.services.bulk import Row, among, as_date, as_instant, fetch, for_update

_PUSHES = """
SELECT id, token_hash, transaction_id, state, amount_kes, phone_number, checkout_request_id,
       watcher_message_id, created_at, sent_at
FROM stk_pushes
"""
_BILLS = """
SELECT t.id, t.owner_id, t.client_id, t.subscription_id, t.phone_number, t.amount_kes, t.paid_kes,
       t.status, t.period_start, t.daraja_request_id, t.status_message_id, t.retry_count,
       t.max_retries, t.grace_days,
       u.telegram_id AS owner_chat, u.language AS owner_language, u.name AS owner_name,
       u.business_name, u.uses_platform_account,
       c.name AS client_name, c.telegram_id AS client_chat, c.language AS client_language,
       c.blocked_at,
       s.status AS subscription_status, s.next_billing_date,
       p.name AS plan_name, p.renewal
FROM transactions t
JOIN users u ON u.id = t.owner_id
LEFT JOIN clients c ON c.id = t.client_id
LEFT JOIN subscriptions s ON s.id = t.subscription_id
LEFT JOIN service_plans p ON p.id = s.plan_id
"""
_OF_PUSHES = "t.id IN (SELECT transaction_id FROM stk_pushes WHERE {})"
_SUBSCRIPTIONS = "SELECT id FROM subscriptions"


@dataclass(slots=True, kw_only=True)
class Owner:
    """Of a bill."""

    id: int
    telegram_id: int
    language: str
    display_name: str
    uses_platform_account: bool


@dataclass(slots=True, kw_only=True)
class Client:
    """Who owes a bill."""

    name: str
    telegram_id: int | None
    language: str
    blocked_at: datetime | None

    @property
    def chosen_language(self) -> str | None:
        """The language of his own chat, None for somebody who was never in one."""
        return self.language if self.telegram_id is not None else None


@dataclass(slots=True, kw_only=True)
class Plan:
    """Of a subscription."""

    name: str
    renewal: Renewal


@dataclass(slots=True, kw_only=True)
class Subscription:
    """That a bill belongs to."""

    id: int
    status: SubscriptionStatus
    next_billing_date: date
    plan: Plan


@dataclass(slots=True, kw_only=True)
class Bill:
    """A transaction with all that its receipt names."""

    id: int
    owner_id: int
    client_id: int | None
    subscription_id: int | None
    phone_number: str
    amount_kes: int
    paid_kes: int
    status: TransactionStatus
    period_start: date | None
    daraja_request_id: str | None
    status_message_id: int | None
    retry_count: int
    max_retries: int | None
    grace_days: int | None
    owner: Owner
    client: Client | None
    subscription: Subscription | None


@dataclass(slots=True, kw_only=True)
class Push:
    """A prompt that was answered."""

    id: int
    transaction_id: int
    state: PushState
    amount_kes: int
    phone_number: str
    checkout_request_id: str | None
    watcher_message_id: int | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Payment:
    """A payment that has just been stored."""

    id: int
    source: PaymentSource
    receipt: str | None
    amount_kes: int
    paid_at: datetime


AnyOwner = models.User | Owner
AnyClient = models.Client | Client
AnyBill = models.Transaction | Bill
AnsweredPush = models.StkPush | Push
AnyPayment = models.Payment | Payment


async def lock_bills(
    connection: BaseDBAsyncClient, token_hashes: Collection[str]
) -> dict[int, Bill]:
    """Take the bills of these pushes, all at once and in order; return them by id.

    Taken one by one, as the news came, each of two workers could hold what the other waits for.
    """
    these = _OF_PUSHES.format(among(connection, "token_hash", 1))
    sql = f"{_BILLS} WHERE {these} ORDER BY t.id {for_update(connection, 't')}"
    return {row["id"]: _bill(row) for row in await fetch(connection, sql, list(token_hashes))}


async def pushes_of(
    connection: BaseDBAsyncClient, bill_ids: Collection[int], token_hashes: Collection[str]
) -> dict[str, Push]:
    """Return the pushes of these tokens by their hashes, as far as their bills are among these."""
    sql = f"{_PUSHES} WHERE {among(connection, 'transaction_id', 1)}"
    sql = f"{sql} AND {among(connection, 'token_hash', 2)}"
    rows = await fetch(connection, sql, list(bill_ids), list(token_hashes))
    return {row["token_hash"]: _push(row) for row in rows}


async def lock_subscriptions(connection: BaseDBAsyncClient, ids: Collection[int]) -> None:
    """Take these subscriptions, all at once and in order, for the same reason as the bills.

    Whoever holds bills and wants subscriptions takes them in this order, never the other way
    round.
    """
    if ids:
        these = f"{among(connection, 'id', 1)} ORDER BY id"
        locked = for_update(connection, "subscriptions")
        await fetch(connection, f"{_SUBSCRIPTIONS} WHERE {these} {locked}", list(ids))


def _bill(row: Row) -> Bill:
    period_start = row["period_start"]
    return Bill(
        id=row["id"],
        owner_id=row["owner_id"],
        client_id=row["client_id"],
        subscription_id=row["subscription_id"],
        phone_number=row["phone_number"],
        amount_kes=row["amount_kes"],
        paid_kes=row["paid_kes"],
        status=TransactionStatus(row["status"]),
        period_start=None if period_start is None else as_date(period_start),
        daraja_request_id=row["daraja_request_id"],
        status_message_id=row["status_message_id"],
        retry_count=row["retry_count"],
        max_retries=row["max_retries"],
        grace_days=row["grace_days"],
        owner=_owner(row),
        client=None if row["client_id"] is None else _client(row),
        subscription=None if row["subscription_id"] is None else _subscription(row),
    )


def _owner(row: Row) -> Owner:
    return Owner(
        id=row["owner_id"],
        telegram_id=row["owner_chat"],
        language=row["owner_language"],
        display_name=shown_name(row["business_name"], row["owner_name"]),
        uses_platform_account=bool(row["uses_platform_account"]),
    )


def _client(row: Row) -> Client:
    return Client(
        name=row["client_name"],
        telegram_id=row["client_chat"],
        language=row["client_language"],
        blocked_at=_instant(row["blocked_at"]),
    )


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["subscription_id"],
        status=SubscriptionStatus(row["subscription_status"]),
        next_billing_date=as_date(row["next_billing_date"]),
        plan=Plan(name=row["plan_name"], renewal=Renewal(row["renewal"])),
    )


def _push(row: Row) -> Push:
    return Push(
        id=row["id"],
        transaction_id=row["transaction_id"],
        state=PushState(row["state"]),
        amount_kes=row["amount_kes"],
        phone_number=row["phone_number"],
        checkout_request_id=row["checkout_request_id"],
        watcher_message_id=row["watcher_message_id"],
        created_at=as_instant(row["created_at"]),
        sent_at=_instant(row["sent_at"]),
    )


def _instant(value: Any) -> datetime | None:
    return None if value is None else as_instant(value)
