"""Stored callbacks as plain values: claimed, and marked with how they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from core.models import InboundEvent
from core.services.bulk import Row, as_instant, fetch, for_update, update_rows

_EVENTS = """
SELECT id, token_hash, body, received_at, attempts, outcome, handled_at, leased_until
FROM inbound_events WHERE source = 'STK'
"""
# As the index has them, however many were handled before.
_WAITING = """
AND handled_at IS NULL AND (leased_until IS NULL OR leased_until <= $1)
ORDER BY handled_at, id LIMIT $2
"""


@dataclass(slots=True, kw_only=True)
class Event:
    """A callback as it came, and how far it has been handled."""

    id: int
    token_hash: str | None
    body: bytes
    received_at: datetime
    attempts: int
    outcome: str | None
    handled_at: datetime | None
    leased_until: datetime | None


async def claim_events(connection: BaseDBAsyncClient, *, now: datetime, limit: int) -> list[Event]:
    """Lock and return the oldest that wait; what another worker has is left to it."""
    locked = for_update(connection, "inbound_events", skip_locked=True)
    rows = await fetch(connection, f"{_EVENTS} {_WAITING} {locked}", now, limit)
    return [_event(row) for row in rows]


async def lock_event(connection: BaseDBAsyncClient, event_id: int) -> Event | None:
    """Lock and return one callback, handled or not; None if there is none with this id."""
    locked = for_update(connection, "inbound_events")
    rows = await fetch(connection, f"{_EVENTS} AND id = $1 {locked}", event_id)
    return _event(rows[0]) if rows else None


async def save_events(connection: BaseDBAsyncClient, events: Sequence[Event]) -> None:
    """Store how they ended, or when they are to be handled again."""
    await update_rows(connection, InboundEvent, [_state(event) for event in events])


def _state(event: Event) -> Row:
    return {
        "id": event.id,
        "attempts": event.attempts,
        "outcome": event.outcome,
        "handled_at": event.handled_at,
        "leased_until": event.leased_until,
    }


def _event(row: Row) -> Event:
    handled_at, leased_until = row["handled_at"], row["leased_until"]
    return Event(
        id=row["id"],
        token_hash=row["token_hash"],
        body=bytes(row["body"]),
        received_at=as_instant(row["received_at"]),
        attempts=row["attempts"],
        outcome=row["outcome"],
        handled_at=None if handled_at is None else as_instant(handled_at),
        leased_until=None if leased_until is None else as_instant(leased_until),
    )
