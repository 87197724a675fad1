"""What goes out to Daraja, as plain values: a row of the ORM's costs ten of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from tortoise.backends.base.client import BaseDBAsyncClient

from core.billing.lifecycle import BILLABLE, PushState
from core.billing.spacing import Rung
from core.models import PushOrigin, StkPush, Transaction
from core.ports import PromptRequest
from core.services.bulk import Row, among, as_instant, fetch, for_update, insert_with_ids

_BILLABLE = ", ".join(f"'{status}'" for status in sorted(BILLABLE))
# As the index has them: however many are due, only the group is read.
_ORDER = "ORDER BY t.next_attempt_at, t.period_start, t.id LIMIT $3"
_DUE = f"""
SELECT t.id, t.owner_id, t.phone_number, t.amount_kes, t.paid_kes, t.account_reference,
       t.description
FROM transactions t
JOIN subscriptions s ON s.id = t.subscription_id
WHERE t.status = 'PENDING' AND t.next_attempt_at <= $1 AND s.status IN ({_BILLABLE})
AND NOT EXISTS (SELECT 1 FROM prompt_stops)
"""  # noqa: S608 - words of our own
_RECENT = """
SELECT phone_number, amount_kes, origin, state, outcome, live_phone, sent_at, created_at
FROM stk_pushes
"""
_TAKE = "UPDATE transactions SET next_attempt_at = NULL"
_SENDING = f"""
UPDATE stk_pushes SET state = 'SENDING'
WHERE state = 'CREATED' AND created_at >= $2
AND NOT EXISTS (SELECT 1 FROM prompt_stops)
AND NOT EXISTS (
    SELECT 1 FROM blocked_numbers b WHERE b.phone_number = stk_pushes.phone_number
)
AND (origin = 'PERSON' OR EXISTS (
    SELECT 1 FROM transactions t JOIN subscriptions s ON s.id = t.subscription_id
    WHERE t.id = stk_pushes.transaction_id
    AND t.status = 'PENDING' AND s.status IN ({_BILLABLE})
))
"""  # noqa: S608 - words of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A transaction, as far as its prompt depends on it."""

    id: int
    owner_id: int
    phone_number: str
    owed_kes: int
    account_reference: str
    description: str

    @classmethod
    def of(cls, bill: Transaction) -> Self:
        """Return the row's values."""
        return cls(
            id=bill.id,
            owner_id=bill.owner_id,
            phone_number=bill.phone_number,
            owed_kes=bill.amount_kes - bill.paid_kes,
            account_reference=bill.account_reference,
            description=bill.description,
        )


@dataclass(slots=True, kw_only=True)
class Push:
    """A new row of stk_pushes."""

    id: int = 0
    """0 until it is stored."""
    transaction_id: int
    merchant_account_id: int | None
    shortcode: str
    token_hash: str
    phone_number: str
    amount_kes: int
    origin: PushOrigin
    live_transaction_id: int | None
    live_phone: str | None
    watcher_chat_id: int | None = None
    watcher_message_id: int | None = None
    """The message in which a client watches how it goes."""
    created_at: datetime


AnyPush = StkPush | Push


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A stored push, ready to be handed to HTTP."""

    push: Push
    bill: Bill
    request: PromptRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """A push of today, or a live one of any age."""

    phone_number: str
    amount_kes: int
    origin: PushOrigin
    state: PushState
    outcome: str | None
    is_live: bool
    created_at: datetime
    rung: Rung


async def claim_bills(
    connection: BaseDBAsyncClient, *, now: datetime, limit: int, without: Collection[int]
) -> list[Bill]:
    """Lock and return PENDING bills whose time has come, but those of the owners `without`.

    None while prompts are stopped. Those that another worker is prompting for are left to it.
    """
    excluded = f"AND NOT ({among(connection, 't.owner_id', 2)})"
    locked = for_update(connection, "t", skip_locked=True)
    sql = f"{_DUE} {excluded} {_ORDER} {locked}"
    return [_bill(row) for row in await fetch(connection, sql, now, list(without), limit)]


def _bill(row: Row) -> Bill:
    return Bill(
        id=row["id"],
        owner_id=row["owner_id"],
        phone_number=row["phone_number"],
        owed_kes=row["amount_kes"] - row["paid_kes"],
        account_reference=row["account_reference"],
        description=row["description"],
    )


async def recent_pushes(
    connection: BaseDBAsyncClient, phones: Collection[str], *, since: datetime
) -> list[Recent]:
    """Return these phones' pushes since then, and live ones of any age."""
    of_phone, live = among(connection, "phone_number", 1), among(connection, "live_phone", 1)
    sql = f"{_RECENT} WHERE ({of_phone} AND created_at >= $2) OR {live}"
    return [_recent(row) for row in await fetch(connection, sql, list(phones), since)]


def _recent(row: Row) -> Recent:
    created_at = as_instant(row["created_at"])
    sent_at = row["sent_at"]
    return Recent(
        phone_number=row["phone_number"],
        amount_kes=row["amount_kes"],
        origin=PushOrigin(row["origin"]),
        state=PushState(row["state"]),
        outcome=row["outcome"],
        is_live=row["live_phone"] is not None,
        created_at=created_at,
        rung=Rung(
            at=created_at if sent_at is None else as_instant(sent_at),
            amount_kes=row["amount_kes"],
        ),
    )


async def insert_pushes(connection: BaseDBAsyncClient, pushes: Sequence[Push]) -> None:
    """Insert them as CREATED; those that a guard refuses keep the id 0."""
    rows = [
        {
            "transaction_id": push.transaction_id,
            "merchant_account_id": push.merchant_account_id,
            "shortcode": push.shortcode,
            "token_hash": push.token_hash,
            "phone_number": push.phone_number,
            "amount_kes": push.amount_kes,
            "origin": push.origin,
            "state": PushState.CREATED,
            "live_transaction_id": push.live_transaction_id,
            "live_phone": push.live_phone,
            "watcher_chat_id": push.watcher_chat_id,
            "watcher_message_id": push.watcher_message_id,
            "queries": 0,
            "created_at": push.created_at,
        }
        for push in pushes
    ]
    ids = await insert_with_ids(connection, StkPush, rows, key="token_hash")
    for push in pushes:
        push.id = ids.get(push.token_hash, 0)


async def take(connection: BaseDBAsyncClient, bill_ids: Sequence[int]) -> None:
    """Let these bills be due no more: each has its push."""
    await fetch(connection, f"{_TAKE} WHERE {among(connection, 'id', 1)}", list(bill_ids))


async def begin_sending(
    connection: BaseDBAsyncClient, push_ids: Sequence[int], *, not_before: datetime
) -> set[int]:
    """Write down that these pushes are about to be sent; return those that still may be.

    Not those made before that instant, those that somebody has closed, and those whose bill was
    settled or stopped, or whose number was blocked, since they were made.
    """
    sql = f"{_SENDING} AND {among(connection, 'id', 1)} RETURNING id"
    return {row["id"] for row in await fetch(connection, sql, list(push_ids), not_before)}
