"""What lies behind each number of the dashboard: the rows that were counted, in pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.billing.lifecycle import BILLABLE
from core.billing.periods import Renewal, cycle_date, next_cycle_on_or_after
from core.billing.spans import begin_of
from core.models import Allocation, Payment, Subscription, Transaction
from core.services.context import Context
from core.services.page import Page, page_of
from core.services.voiding import OPEN

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A bill that will fall due if the ones before it are paid in time."""

    subscription: Subscription
    """With its client and plan."""
    due_on: date


class AgendaService:
    """List what is due, what comes and what has come. Each owner sees his own rows alone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def due_today(
        self, owner_id: int, *, offset: int, limit: int
    ) -> list[Subscription | Transaction]:
        """Return what falls due today: subscriptions not billed yet, then open bills."""
        today = self._context.today()
        waiting = (
            await Subscription.filter(
                owner_id=owner_id,
                status__in=list(BILLABLE),
                next_billing_date=today,
                parked_at=None,
                cancel_at=None,
            )
            .order_by("id")
            .select_related("client", "plan")
        )
        shown: list[Subscription | Transaction] = list(waiting[offset : offset + limit])
        shown += (
            await Transaction.filter(owner_id=owner_id, status__in=list(OPEN), period_start=today)
            .order_by("id")
            .offset(max(offset - len(waiting), 0))
            .limit(limit)
            .select_related("client", "subscription")
        )
        return shown[:limit]

    async def next_week(self, owner_id: int) -> list[Upcoming]:
        """Return the bills of the seven days after today, the first ones first."""
        today = self._context.today()
        first, last = today + timedelta(days=1), today + WEEK
        rows = await Subscription.filter(
            owner_id=owner_id,
            status__in=list(BILLABLE),
            next_billing_date__lte=last,
            parked_at=None,
            cancel_at=None,
        ).select_related("plan", "client")
        found = [
            Upcoming(subscription=row, due_on=day)
            for row in rows
            for day in _due_days(row, first, last)
        ]
        return sorted(found, key=lambda bill: (bill.due_on, bill.subscription.id))

    async def received_this_month(
        self, owner_id: int, *, cursor: int | None = None, limit: int = 50
    ) -> Page[Payment]:
        """Return the payments of this month, with their clients, the newest first."""
        since = begin_of(self._context.today().replace(day=1), self._context.zone)
        query = Payment.filter(owner_id=owner_id, paid_at__gte=since).select_related("client")
        return await page_of(query, cursor=cursor, limit=limit)

    async def paid_by(self, owner_id: int, payment_ids: list[int]) -> dict[int, int]:
        """Return for each of these payments one of the transactions that it paid."""
        parts = await Allocation.filter(
            payment_id__in=payment_ids, payment__owner_id=owner_id
        ).order_by("id")
        return {part.payment_id: part.transaction_id for part in parts}


def _due_days(subscription: Subscription, first: date, last: date) -> Iterator[date]:
    """Yield the days in which its bills fall due if each is paid in time."""
    schedule, anchor = subscription.schedule, subscription.anchor_date
    cycle = subscription.cycle_number
    if schedule.renewal is Renewal.ROLLING and subscription.next_billing_date > cycle_date(
        schedule, anchor=anchor, cycle=cycle
    ):
        return  # Held: the next period begins when the last one is paid.
    from_day = max(first, subscription.next_billing_date)
    cycle, day = next_cycle_on_or_after(schedule, anchor=anchor, day=from_day)
    while day <= last:
        yield day
        cycle += 1
        day = cycle_date(schedule, anchor=anchor, cycle=cycle)
