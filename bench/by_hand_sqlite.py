"""Hand-written aiosqlite code: the same batches and commits as the engine's, and nothing else."""

from datetime import UTC, date, datetime, time

import aiosqlite
from aiohttp import web

from bench.by_hand_postgres import next_date
from bench.servers import serve_app
from core.services.bills.making import BATCH

_CLAIM = """
SELECT s.id, s.owner_id, s.client_id, s.amount_kes, s.cycle_number, s.next_billing_date,
       c.phone_number, p.frequency, p.interval_count, p.billing_day
FROM subscriptions s
JOIN clients c ON c.id = s.client_id
JOIN service_plans p ON p.id = s.plan_id
WHERE s.status = ? AND s.next_billing_date <= ? AND s.parked_at IS NULL
ORDER BY s.next_billing_date
LIMIT ?
"""
_INSERT = """
INSERT OR IGNORE INTO transactions (owner_id, subscription_id, client_id, phone_number, amount_kes,
    paid_kes, status, bill_key, period_start, period_end, account_reference, description,
    retry_count, busy_count, next_attempt_at, created_at)
VALUES (?, ?, ?, ?, ?, 0, 'PENDING', ?, ?, ?, ?, ?, 0, 0, ?, ?)
"""
_MOVE_ON = "UPDATE subscriptions SET cycle_number = ?, next_billing_date = ? WHERE id = ?"
_EVENTS = "CREATE TABLE bare_events (id INTEGER PRIMARY KEY, token TEXT, body BLOB, at TEXT)"
_STORE = "INSERT INTO bare_events (token, body, at) VALUES (?, ?, datetime('now'))"


async def bill(url: str, today: date) -> int:
    """Bill all that is due; return how many."""
    made = 0
    now = str(datetime.combine(today, time(8), UTC))
    async with _open(url) as connection:
        connection.row_factory = aiosqlite.Row
        for status in ("ACTIVE", "PAST_DUE"):
            while True:
                await connection.execute("BEGIN IMMEDIATE")
                due = list(await connection.execute_fetchall(_CLAIM, (status, str(today), BATCH)))
                await _store(connection, due, now)
                await connection.execute("COMMIT")
                made += len(due)
                if len(due) < BATCH:
                    break
    return made


async def _store(connection: aiosqlite.Connection, due: list[aiosqlite.Row], now: str) -> None:
    bills = []
    moves = []
    for row in due:
        start = date.fromisoformat(row["next_billing_date"])
        end = next_date(row, start)
        bills.append(
            (
                *(row["owner_id"], row["id"], row["client_id"], row["phone_number"]),
                *(row["amount_kes"], f"{row['id']}:{start}", str(start), str(end)),
                *(f"FP{row['id']}", row["frequency"].title(), now, now),
            )
        )
        moves.append((row["cycle_number"] + 1, str(end), row["id"]))
    await connection.executemany(_INSERT, bills)
    await connection.executemany(_MOVE_ON, moves)


def _open(url: str) -> aiosqlite.Connection:
    return aiosqlite.connect(url.removeprefix("sqlite://"), isolation_level=None)


async def serve(url: str) -> None:
    """Insert one row per request and commit, until told to stop."""
    async with _open(url) as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute(_EVENTS)

        async def receive(request: web.Request) -> web.Response:
            body = await request.read()
            await connection.execute(_STORE, (request.match_info["token"], body))
            return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})

        app = web.Application()
        app.router.add_post("/api/payments/callback/{token}", receive)
        await serve_app(app)
