"""The daily work on bills: making them, and asking for failed ones again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F

from core.billing.due import account_reference, due_bills, missed_periods
from core.billing.lifecycle import BILLABLE, SubscriptionStatus, TransactionStatus
from core.billing.periods import Period, Renewal, cycle_date, period
from core.billing.preferences import MOST_RETRIES
from core.database import transaction
from core.errors import Conflict
from core.models import Approval, Subscription, Transaction, User
from core.services.audit import audited
from core.services.bills.due import Due, Whose, claim_due
from core.services.bills.ledger import Ledger
from core.services.bulk import Row, among, fetch, insert_rows, update_rows
from core.services.context import Context
from core.services.notices import Notices
from core.services.preferences import PreferenceService, dunned_by
from core.services.prompts.stop import find_stop
from core.services.subscriptions.subscriptions import SubscriptionService

BATCH = 500
_UNPAID = """
SELECT DISTINCT subscription_id FROM transactions WHERE status IN ('PENDING', 'FAILED')
"""


class MissedPeriods(StrEnum):
    """What an owner wants billed of the periods that an outage left behind."""

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


@dataclass(slots=True)
class _Batch:
    """The rows of one DB transaction: bills, and the subscriptions that they moved on."""

    bills: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    clients: set[int] = field(default_factory=set)
    parked: dict[int, int] = field(default_factory=dict)
    """Subscriptions that wait for their owner's word, and the periods that each has missed."""


class BillingService:
    """Work on all that is due. Each method may run at any time and several times at once."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        ledger: Ledger,
        subscriptions: SubscriptionService,
    ) -> None:
        self._context = context
        self._notices = notices
        self._ledger = ledger
        self._subscriptions = subscriptions
        self._preferences = PreferenceService(context)

    async def process_due_payments(self) -> int:
        """Make a PENDING transaction for each period that is due; return how many.

        The subscription's next_billing_date moves on in the same DB transaction. A period missed
        in an outage gets its own bill, up to three; with more the subscription is parked and its
        owner asked. Owners whose own billing time is still to come are left out, and businesses
        that an admin has suspended: opened again, they are billed as after an outage.
        """
        not_now = {*await self._preferences.billed_later(), *await _closed()}
        return await self._bill_all(Whose(not_now))

    async def process_early_payments(self) -> int:
        """Do the same for those alone whose own time has come, before the operator's comes."""
        early = {*await self._preferences.billed_by_now()} - {*await _closed()}
        return await self._bill_all(Whose(early, are_left_out=False)) if early else 0

    async def _bill_all(self, whose: Whose) -> int:
        made = 0
        for status in sorted(BILLABLE):
            made += await self._bill_status(status, whose)
        return made

    async def _bill_status(self, status: SubscriptionStatus, whose: Whose) -> int:
        made = 0
        while True:
            seen, bills = await self._bill_batch(status, whose)
            made += bills
            if seen < BATCH:
                return made

    async def _bill_batch(self, status: SubscriptionStatus, whose: Whose) -> tuple[int, int]:
        """Bill up to 500 subscriptions; return how many were looked at, and the bills made."""
        today = self._context.today()
        async with transaction() as connection:
            due = await claim_due(connection, status, today=today, limit=BATCH, whose=whose)
            if not due:
                return 0, 0
            held = await self._unpaid_rolling(connection, due)
            batch = self._batch(due, held)
            await self._store(connection, batch)
        return len(due), len(batch.bills)

    async def _unpaid_rolling(self, connection: BaseDBAsyncClient, due: Sequence[Due]) -> set[int]:
        rolling = [row.id for row in due if row.schedule.renewal is Renewal.ROLLING]
        if not rolling:
            return set()
        unpaid = f"{_UNPAID} AND {among(connection, 'subscription_id', 1)}"
        return {row["subscription_id"] for row in await fetch(connection, unpaid, rolling)}

    def _batch(self, due: Sequence[Due], held: Collection[int]) -> _Batch:
        now, today = self._context.now(), self._context.today()
        batch = _Batch()
        for subscription in due:
            if subscription.id in held:
                # What it owes starts when it is paid: until then there is no next period.
                tomorrow = today + timedelta(days=1)
                self._move(batch, subscription, subscription.cycle_number, tomorrow)
            else:
                self._bill(batch, subscription, today, now)
        return batch

    def _bill(self, batch: _Batch, subscription: Due, today: date, now: datetime) -> None:
        bills = due_bills(
            subscription.schedule,
            anchor=subscription.anchor_date,
            cycle=subscription.cycle_number,
            today=today,
        )
        batch.bills += [_bill_row(subscription, period, now) for period in bills.periods]
        parked_at = now if bills.missed else None
        if bills.missed:
            batch.parked[subscription.id] = bills.missed
        self._move(batch, subscription, bills.cycle_number, bills.next_on, parked_at)

    def _move(
        self,
        batch: _Batch,
        subscription: Due,
        cycle_number: int,
        next_on: date,
        parked_at: datetime | None = None,
    ) -> None:
        batch.clients.add(subscription.client_id)
        batch.moved.append(
            {
                "id": subscription.id,
                "cycle_number": cycle_number,
                "next_billing_date": next_on,
                "parked_at": parked_at,
            }
        )

    async def _store(self, connection: BaseDBAsyncClient, batch: _Batch) -> None:
        # A period that was billed before keeps its bill: the second one is left out.
        await insert_rows(connection, Transaction, batch.bills)
        await update_rows(connection, Subscription, batch.moved)
        await self._ledger.use_credit(batch.clients)
        for subscription_id, missed in batch.parked.items():
            await self._tell_parked(subscription_id, missed)

    async def _tell_parked(self, subscription_id: int, missed: int) -> None:
        subscription = await Subscription.get(id=subscription_id).select_related(
            "owner", "client", "plan"
        )
        params = {
            "subscription_id": subscription.id,
            "client_name": subscription.client.name,
            "plan_name": subscription.plan.name,
            "missed": missed,
        }
        key = f"parked:{subscription.id}:{subscription.cycle_number}"
        await self._notices.owner(subscription.owner, "parked", params, key=key)

    @audited("unpark", "subscription")
    async def unpark(
        self, owner_id: int, subscription_id: int, choice: MissedPeriods
    ) -> Subscription:
        """Bill all, the latest, or none of the periods that were missed, and go on.

        Raises:
            NotFound: `subscription`.
            Conflict: `not_parked`, or not running.
        """
        async with transaction() as connection:
            await self._subscriptions.get(owner_id, subscription_id)
            # One UPDATE, so that of two who choose one is heard.
            chosen = await Subscription.filter(
                id=subscription_id, parked_at__not_isnull=True, status__in=list(BILLABLE)
            ).update(parked_at=None)
            if not chosen:
                raise Conflict("not_parked")
            subscription = await self._subscriptions.get(owner_id, subscription_id)
            await self._store(connection, self._unparked(Due.of(subscription), choice))
        return await self._subscriptions.get(owner_id, subscription_id)

    def _unparked(self, subscription: Due, choice: MissedPeriods) -> _Batch:
        """Return the bills that were chosen, and the step behind all that were missed."""
        now, today = self._context.now(), self._context.today()
        schedule, anchor = subscription.schedule, subscription.anchor_date
        first = subscription.cycle_number
        missed = missed_periods(schedule, anchor=anchor, cycle=first, today=today)
        chosen = {
            MissedPeriods.ALL: range(first, first + missed),
            MissedPeriods.LATEST: range(first, first + missed)[-1:],
            MissedPeriods.NONE: range(0),
        }[choice]
        periods = [period(schedule, anchor=anchor, cycle=cycle) for cycle in chosen]
        batch = _Batch(bills=[_bill_row(subscription, each, now) for each in periods])
        next_on = cycle_date(schedule, anchor=anchor, cycle=first + missed)
        self._move(batch, subscription, first + missed, next_on)
        return batch

    async def retry_failed_payments(self) -> int:
        """Put failed bills back to PENDING once they have cooled down; return how many.

        Each is prompted by the next `send_due_prompts`, and its owner alerted.
        """
        retried = 0
        while True:
            batch = await self._retry_batch()
            retried += batch
            if batch < BATCH:
                return retried

    async def _retry_batch(self) -> int:
        now = self._context.now()
        async with transaction():
            if await find_stop() is not None:
                return 0  # Nobody is asked again, so nobody is told that he is.
            due = (
                await Transaction.filter(
                    status=TransactionStatus.FAILED,
                    next_attempt_at__lte=now,
                    # A bill without a retry left has no next attempt, whatever its policy.
                    retry_count__lt=MOST_RETRIES,
                    subscription__status__in=list(BILLABLE),
                    owner__approval=Approval.APPROVED,
                )
                .order_by("next_attempt_at", "id")
                .limit(BATCH)
                .select_related("client", "owner", "subscription__plan")
                .select_for_update(skip_locked=True, of=("transactions",))
            )
            if not due:
                return 0
            await Transaction.filter(id__in=[row.id for row in due]).update(
                status=TransactionStatus.PENDING,
                retry_count=F("retry_count") + 1,
                next_attempt_at=now,
            )
            for row in due:
                await self._tell_retrying(row)
        return len(due)

    async def _tell_retrying(self, row: Transaction) -> None:
        retry = row.retry_count + 1
        params = {
            "client_name": row.client.name if row.client else None,
            "plan_name": row.subscription.plan.name if row.subscription else None,
            "amount_kes": row.amount_kes - row.paid_kes,
            "retry_count": retry,
            "max_retries": dunned_by(row, self._context.policy).max_retries,
        }
        # The count begins anew when an owner resumes a suspended client.
        key = f"retrying:{row.id}:{retry}:{int(self._context.now().timestamp())}"
        await self._notices.owner(row.owner, "payment_retrying", params, key=key)


def _bill_row(subscription: Due, period: Period, now: datetime) -> Row:
    return {
        "owner_id": subscription.owner_id,
        "subscription_id": subscription.id,
        "client_id": subscription.client_id,
        "phone_number": subscription.phone_number,
        "amount_kes": subscription.amount_kes,
        "paid_kes": 0,
        "status": TransactionStatus.PENDING,
        "bill_key": f"{subscription.id}:{period.start.isoformat()}",
        "period_start": period.start,
        "period_end": period.end,
        "account_reference": account_reference(subscription.id),
        "description": subscription.schedule.frequency.value.title()[:13],
        "retry_count": 0,
        "busy_count": 0,
        "next_attempt_at": now,
        "created_at": now,
    }


async def _closed() -> list[int]:
    """Return the owners whose business an admin has suspended."""
    closed = await User.filter(approval=Approval.SUSPENDED).only("id")
    return [user.id for user in closed]
