"""Subscriptions whose date has come, as plain values: a row of the ORM's costs ten of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Self

from tortoise.backends.base.client import BaseDBAsyncClient

from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency, Renewal, Schedule, running
from core.models import Subscription
from core.services.bulk import Row, among, as_date, fetch, for_update

_CLAIM = """
SELECT s.id, s.owner_id, s.client_id, s.amount_kes, s.anchor_date, s.cycle_number,
       c.phone_number, p.frequency, p.interval_count, p.billing_day, p.renewal
FROM subscriptions s
JOIN clients c ON c.id = s.client_id
JOIN service_plans p ON p.id = s.plan_id
WHERE s.status = $1 AND s.next_billing_date <= $2 AND s.parked_at IS NULL
  AND s.cancel_at IS NULL AND s.next_plan_id IS NULL
"""
# Not by id as well: whichever of a day's come first, all come, since a batch moves its own on and
# waits for nobody's. The index has no id, so that each batch would sort the whole day.
_IN_ORDER = """
ORDER BY s.next_billing_date
LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose subscriptions are meant: those of some owners alone, or of all but some."""

    owner_ids: Collection[int] = ()
    are_left_out: bool = True


EVERYBODYS = Whose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A subscription, as far as its bills depend on it."""

    id: int
    owner_id: int
    client_id: int
    phone_number: str
    amount_kes: int
    schedule: Schedule
    anchor_date: date
    cycle_number: int

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        """Return the row's values. Its plan and client must be loaded."""
        return cls(
            id=subscription.id,
            owner_id=subscription.owner_id,
            client_id=subscription.client_id,
            phone_number=subscription.client.phone_number,
            amount_kes=subscription.amount_kes,
            schedule=subscription.schedule,
            anchor_date=subscription.anchor_date,
            cycle_number=subscription.cycle_number,
        )


async def claim_due(
    connection: BaseDBAsyncClient,
    status: SubscriptionStatus,
    *,
    today: date,
    limit: int,
    whose: Whose = EVERYBODYS,
) -> list[Due]:
    """Lock and return subscriptions of one status that are due, the longest overdue first.

    One status at a time, because the index on status and date then gives them in their order.
    Those that another worker is billing are left to it, and those that end on their date, or go
    over to another plan, to core/services/subscriptions/changes.py.
    """
    values: list[Any] = [status.value, today, limit]
    condition = ""
    if whose.owner_ids:  # Nearly always nobody: then the statement stays as plain as it was.
        negation = "NOT " if whose.are_left_out else ""
        condition = f"AND {negation}{among(connection, 's.owner_id', 4)}"
        values.append(list(whose.owner_ids))
    sql = _CLAIM + condition + _IN_ORDER + for_update(connection, "s", skip_locked=True)
    return [_due(row) for row in await fetch(connection, sql, *values)]


def _due(row: Row) -> Due:
    return Due(
        id=row["id"],
        owner_id=row["owner_id"],
        client_id=row["client_id"],
        phone_number=row["phone_number"],
        amount_kes=row["amount_kes"],
        schedule=_schedule(
            row["frequency"], row["interval_count"], row["billing_day"], row["renewal"]
        ),
        anchor_date=as_date(row["anchor_date"]),
        cycle_number=row["cycle_number"],
    )


@lru_cache(maxsize=4096)
def _schedule(
    frequency: str, interval_count: int, billing_day: int | None, renewal: str
) -> Schedule:
    return running(
        Schedule(
            frequency=Frequency(frequency),
            interval_count=interval_count,
            billing_day=billing_day,
            renewal=Renewal(renewal),
        )
    )
