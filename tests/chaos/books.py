"""FluxPay's books, read from PostgreSQL with plain SQL: no code of the product judges itself."""

import hashlib

import asyncpg

from tests.chaos.evidence import (
    Bill,
    Books,
    Event,
    NoticeRow,
    Paid,
    Push,
    Share,
    Subscribed,
)

_BILLS = """SELECT id, subscription_id, account_reference, amount_kes, paid_kes, status
    FROM transactions"""
_PUSHES = """SELECT id, transaction_id, token_hash, state, created_at, closed_at,
    checkout_request_id AS request_id FROM stk_pushes"""
_PAYMENTS = "SELECT id, push_id, amount_kes, credit_kes, receipt FROM payments"
_SHARES = "SELECT payment_id, transaction_id, amount_kes FROM allocations"
_SUBSCRIPTIONS = "SELECT id, status, next_billing_date AS next_on FROM subscriptions"
_EVENTS = """SELECT token_hash, body, handled_at IS NOT NULL AS is_handled, outcome
    FROM inbound_events WHERE source = 'STK'"""
_NOTICES = """SELECT id, chat_id, dedupe_key AS key, template, state, message_id
    FROM notifications"""

# Each question is a number of things that will still move by themselves, soon.
_MOVING = {
    "events not handled": "SELECT count(*) FROM inbound_events WHERE handled_at IS NULL",
    "notices not delivered": "SELECT count(*) FROM notifications WHERE state = 'QUEUED'",
    "pushes not sent": "SELECT count(*) FROM stk_pushes WHERE state IN ('CREATED', 'SENDING')",
    "pushes not answered": "SELECT count(*) FROM stk_pushes WHERE state = 'SENT'",
    "questions to ask": """SELECT count(*) FROM stk_pushes
        WHERE next_query_at IS NOT NULL AND state <> 'SENT'""",
    "bills to prompt": """SELECT count(*) FROM transactions
        WHERE status = 'PENDING' AND next_attempt_at < now() + interval '15 minutes'""",
    "bills to make": """SELECT count(*) FROM subscriptions
        WHERE status IN ('ACTIVE', 'PAST_DUE') AND parked_at IS NULL
        AND next_billing_date <= (now() AT TIME ZONE 'Africa/Nairobi')::date""",
}


async def answers(url):
    """Tell whether the server can be talked to."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def moving(url):
    """Return what still moves, as `{what: how many}`; empty when all is at rest."""
    connection = await asyncpg.connect(url)
    try:
        counts = {what: await connection.fetchval(query) for what, query in _MOVING.items()}
    finally:
        await connection.close()
    return {what: count for what, count in counts.items() if count}


async def read_books(url):
    connection = await asyncpg.connect(url)
    try:
        return Books(
            bills=await _rows(connection, _BILLS, Bill),
            pushes=await _rows(connection, _PUSHES, Push),
            payments=await _rows(connection, _PAYMENTS, Paid),
            shares=await _rows(connection, _SHARES, Share),
            subscriptions=await _rows(connection, _SUBSCRIPTIONS, Subscribed),
            events=[_event(row) for row in await connection.fetch(_EVENTS)],
            notices=await _rows(connection, _NOTICES, NoticeRow),
        )
    finally:
        await connection.close()


async def _rows(connection, query, kind):
    return [kind(**row) for row in await connection.fetch(query)]


def _event(row):
    return Event(
        token_hash=row["token_hash"],
        body_hash=hashlib.sha256(row["body"]).hexdigest(),
        is_handled=row["is_handled"],
        outcome=row["outcome"],
    )
