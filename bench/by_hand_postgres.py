"""Hand-written asyncpg code: the same batches and commits as the engine's, and nothing else."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg
from aiohttp import web

from bench.servers import serve_app
from core.services.bills.making import BATCH

_CLAIM = """
SELECT s.id, s.owner_id, s.client_id, s.amount_kes, s.cycle_number, s.next_billing_date,
       c.phone_number, p.frequency, p.interval_count, p.billing_day
FROM subscriptions s
JOIN clients c ON c.id = s.client_id
JOIN service_plans p ON p.id = s.plan_id
WHERE s.status = $1 AND s.next_billing_date <= $2 AND s.parked_at IS NULL
ORDER BY s.next_billing_date
LIMIT $3
FOR UPDATE OF s SKIP LOCKED
"""
_INSERT = """
INSERT INTO transactions (owner_id, subscription_id, client_id, phone_number, amount_kes, paid_kes,
    status, bill_key, period_start, period_end, account_reference, description, retry_count,
    busy_count, next_attempt_at, created_at)
SELECT owner_id, subscription_id, client_id, phone_number, amount_kes, 0,
    'PENDING', bill_key, period_start, period_end, account_reference, description, 0,
    0, $10, $10
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::text[],
    $7::date[], $8::date[], $9::text[], $11::text[])
    AS bills (owner_id, subscription_id, client_id, phone_number, amount_kes, bill_key,
              period_start, period_end, account_reference, description)
ON CONFLICT DO NOTHING
"""
_MOVE_ON = """
UPDATE subscriptions s SET cycle_number = moved.cycle, next_billing_date = moved.next_on
FROM unnest($1::bigint[], $2::int[], $3::date[]) AS moved (id, cycle, next_on)
WHERE s.id = moved.id
"""
_EVENTS = (
    "CREATE TABLE bare_events (id bigserial PRIMARY KEY, token text, body bytea, at timestamptz)"
)
_STORE = "INSERT INTO bare_events (token, body, at) VALUES ($1, $2, now())"
_POOL = 10


async def bill(url: str, today: date) -> int:
    """Bill all that is due; return how many."""
    connection = await asyncpg.connect(url)
    now = datetime.combine(today, time(8), UTC)
    made = 0
    try:
        for status in ("ACTIVE", "PAST_DUE"):
            while True:
                async with connection.transaction():
                    due = await connection.fetch(_CLAIM, status, today, BATCH)
                    if due:
                        await _store(connection, due, now)
                made += len(due)
                if len(due) < BATCH:
                    break
    finally:
        await connection.close()
    return made


async def _store(connection: asyncpg.Connection, due: list[asyncpg.Record], now: datetime) -> None:
    starts = [row["next_billing_date"] for row in due]
    ends = [next_date(row, row["next_billing_date"]) for row in due]
    ids = [row["id"] for row in due]
    await connection.execute(
        _INSERT,
        [row["owner_id"] for row in due],
        ids,
        [row["client_id"] for row in due],
        [row["phone_number"] for row in due],
        [row["amount_kes"] for row in due],
        [f"{number}:{start.isoformat()}" for number, start in zip(ids, starts, strict=True)],
        starts,
        ends,
        [f"FP{number}" for number in ids],
        now,
        [row["frequency"].title() for row in due],
    )
    await connection.execute(_MOVE_ON, ids, [row["cycle_number"] + 1 for row in due], ends)


def next_date(row: Any, start: date) -> date:
    """Return when the period ends that begins on `start`."""
    count: int = row["interval_count"]
    if row["frequency"] == "DAILY":
        return start + timedelta(days=count)
    if row["frequency"] == "WEEKLY":
        return start + timedelta(weeks=count)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(row["billing_day"], monthrange(year, month + 1)[1]))


async def serve(url: str) -> None:
    """Insert one row per request and commit, until told to stop."""
    async with asyncpg.create_pool(url, min_size=_POOL, max_size=_POOL) as pool:
        await pool.execute(_EVENTS)

        async def receive(request: web.Request) -> web.Response:
            body = await request.read()
            await pool.execute(_STORE, request.match_info["token"], body)
            return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})

        app = web.Application()
        app.router.add_post("/api/payments/callback/{token}", receive)
        await serve_app(app)
