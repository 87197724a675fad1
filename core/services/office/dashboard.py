"""The owner's numbers at a glance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time

from tortoise.functions import Sum

from core.billing.lifecycle import BILLABLE, SubscriptionStatus, TransactionStatus
from core.billing.preferences import minute_of
from core.billing.spans import begin_of
from core.database import connection
from core.models import Payment, ServicePlan, Transaction
from core.services.bulk import as_date, fetch
from core.services.context import Context
from core.services.office.agenda import AgendaService

LATEST = 3
_OPEN = (TransactionStatus.PENDING, TransactionStatus.FAILED)
_RUNNING = ", ".join(f"'{status}'" for status in sorted(BILLABLE))
_SUBSCRIPTIONS = f"""
SELECT status, COUNT(*) AS number,
       COUNT(CASE WHEN status IN ({_RUNNING}) AND next_billing_date = $2
                   AND parked_at IS NULL AND cancel_at IS NULL THEN 1 END) AS today
FROM subscriptions WHERE owner_id = $1 GROUP BY status
"""  # noqa: S608 - words of our own
_BILLS = """
SELECT status, COUNT(*) AS number, COUNT(needs_person_at) AS needing,
       COUNT(subscription_id) AS billed,
       COUNT(CASE WHEN period_start = $2 THEN 1 END) AS today,
       COUNT(CASE WHEN period_start < $2 THEN 1 END) AS overdue,
       SUM(CASE WHEN period_start < $2 THEN amount_kes - paid_kes ELSE 0 END) AS overdue_kes
FROM transactions WHERE owner_id = $1 GROUP BY status
"""
# An owner may have a billing time of his own.
_NEXT_BILLING = f"""
SELECT s.next_billing_date, COALESCE(p.billing_minute, CAST($1 AS INTEGER)) AS minute
FROM subscriptions s
JOIN users u ON u.id = s.owner_id
LEFT JOIN preferences p ON p.owner_id = s.owner_id
WHERE s.status IN ({_RUNNING}) AND s.parked_at IS NULL AND u.approval <> 'SUSPENDED'
ORDER BY 1, 2 LIMIT 1
"""  # noqa: S608 - words of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One business, now."""

    due_today: int
    """Subscriptions whose bill falls on today or is being asked for since today."""
    overdue_count: int
    """Bills of earlier days that are not paid."""
    overdue_kes: int
    received_month_kes: int
    next_week_count: int
    """Bills that fall due in the seven days after today."""
    next_week_kes: int
    failed: int
    needs_you: int
    by_status: dict[SubscriptionStatus, int]
    by_transaction_status: dict[TransactionStatus, int]
    begun: "Beginnings"
    latest: list[Transaction]
    """The newest, with their clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """What a new owner has made so far."""

    has_plan: bool
    has_client: bool
    has_prompt: bool
    has_bill: bool
    """The timetable has billed somebody: the business runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What is counted of the rows with one status."""

    status: str = ""
    number: int = 0
    today: int = 0
    """Subscriptions that fall due today, or bills of today."""
    overdue: int = 0
    overdue_kes: int = 0
    needing: int = 0
    billed: int = 0
    """Bills of subscriptions, not single charges."""


class DashboardService:
    """Read only."""

    def __init__(self, context: Context, agenda: AgendaService) -> None:
        self._context = context
        self._agenda = agenda

    async def overview(self, owner_id: int) -> Overview:
        """Return the numbers of this owner's business."""
        subscriptions = await self._subscriptions(owner_id)
        bills = await self._bills(owner_id)
        asked = [bills[status] for status in _OPEN]
        week = await self._agenda.next_week(owner_id)
        return Overview(
            due_today=sum(row.today for row in [*asked, *subscriptions.values()]),
            overdue_count=sum(row.overdue for row in asked),
            overdue_kes=sum(row.overdue_kes for row in asked),
            received_month_kes=await self._received_this_month(owner_id),
            next_week_count=len(week),
            next_week_kes=sum(bill.subscription.amount_kes for bill in week),
            failed=bills[TransactionStatus.FAILED].number,
            needs_you=sum(row.needing for row in bills.values()),
            by_status={status: row.number for status, row in subscriptions.items()},
            by_transaction_status={status: row.number for status, row in bills.items()},
            begun=await self._begun(owner_id, subscriptions.values(), bills.values()),
            latest=await Transaction.filter(owner_id=owner_id)
            .order_by("-id")
            .limit(LATEST)
            .select_related("client", "subscription"),
        )

    async def beginnings(self, owner_id: int) -> Beginnings:
        """Return how far this owner has come with his business."""
        subscriptions = await self._subscriptions(owner_id)
        bills = await self._bills(owner_id)
        return await self._begun(owner_id, subscriptions.values(), bills.values())

    async def _begun(
        self, owner_id: int, subscriptions: Collection[_Group], bills: Collection[_Group]
    ) -> Beginnings:
        has_client = any(row.number for row in subscriptions)
        has_bill = any(row.billed for row in bills)
        return Beginnings(
            has_plan=has_client or await ServicePlan.filter(owner_id=owner_id).exists(),
            has_client=has_client,
            has_prompt=any(row.number for row in bills),
            has_bill=has_bill,
        )

    async def next_billing_at(self) -> datetime | None:
        """Return when the next bill of anybody falls due, None if nobody is being billed."""
        usual = minute_of(self._context.settings.billing_time)
        rows = await fetch(connection(), _NEXT_BILLING, usual)
        if not rows:
            return None
        (row,) = rows
        day, at = as_date(row["next_billing_date"]), time(*divmod(row["minute"], 60))
        return datetime.combine(day, at, self._context.zone).astimezone(UTC)

    async def _subscriptions(self, owner_id: int) -> dict[SubscriptionStatus, _Group]:
        """Count the owner's subscriptions by status, in one look."""
        found = await self._groups(_SUBSCRIPTIONS, owner_id)
        return {status: found.get(status, _Group()) for status in SubscriptionStatus}

    async def _bills(self, owner_id: int) -> dict[TransactionStatus, _Group]:
        """Count the owner's transactions by status, in one look."""
        found = await self._groups(_BILLS, owner_id)
        return {status: found.get(status, _Group()) for status in TransactionStatus}

    async def _groups(self, sql: str, owner_id: int) -> dict[str, _Group]:
        rows = await fetch(connection(), sql, owner_id, self._context.today())
        return {row["status"]: _Group(**{**row, "status": ""}) for row in rows}

    async def _received_this_month(self, owner_id: int) -> int:
        since = begin_of(self._context.today().replace(day=1), self._context.zone)
        found = (
            await Payment.filter(owner_id=owner_id, paid_at__gte=since)
            .annotate(total=Sum("amount_kes"))
            .values("total")
        )
        return int(found[0]["total"] or 0) if found else 0
