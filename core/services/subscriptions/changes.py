"""What is agreed for a later day, and the work of that day."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from tortoise.queryset import QuerySet

from core.billing.changes import (
    can_change_plan,
    can_end_later,
    check_resume_date,
    end_of_period,
    start_of_new_plan,
)
from core.billing.lifecycle import BILLABLE, SubscriptionStatus
from core.billing.periods import Renewal
from core.database import transaction
from core.errors import Conflict, IllegalMove, InvalidInput, InvalidValue
from core.models import ServicePlan, Subscription, Transaction
from core.services.audit import audited
from core.services.context import Context
from core.services.notices import Notices
from core.services.subscriptions.moves import tell_pause
from core.services.subscriptions.plans import PlanService
from core.services.subscriptions.subscriptions import SubscriptionService
from core.services.voiding import OPEN, hold_open_bills

_BATCH = 100
_S = SubscriptionStatus


class ChangeService:
    """Pauses that end, ends to come, and other plans. Another owner's row is not found."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        plans: PlanService,
        subscriptions: SubscriptionService,
    ) -> None:
        self._context = context
        self._notices = notices
        self._plans = plans
        self._subscriptions = subscriptions

    @audited("pause_until", "subscription")
    async def pause_until(self, owner_id: int, subscription_id: int, day: date) -> Subscription:
        """Bill and prompt nothing until that day, on which it goes on by itself; tell the client.

        Raises:
            InvalidInput: `resume_on`: `not_after_today`, or `too_far` (years).
            IllegalMove: It is neither running nor paused.
        """
        try:
            check_resume_date(day, today=self._context.today())
        except InvalidValue as error:
            raise InvalidInput({"resume_on": error.fault}) from None
        async with transaction():
            subscription = await self._locked(owner_id, subscription_id)
            if subscription.status is not _S.PAUSED:
                return await self._subscriptions.pause(owner_id, subscription_id, until=day)
            if subscription.resume_on != day:
                subscription.resume_on = day
                await subscription.save(update_fields=["resume_on"])
                await tell_pause(self._context, self._notices, subscription)
        return subscription

    @audited("end_later", "subscription")
    async def end_later(self, owner_id: int, subscription_id: int) -> Subscription:
        """Let it end with the period that is billed already, and tell the client.

        Raises:
            Conflict: `nothing_to_wait_for`: there is no such period.
        """
        async with transaction():
            subscription = await self._locked(owner_id, subscription_id)
            next_on = subscription.next_billing_date
            if not can_end_later(
                subscription.status,
                next_on=next_on,
                today=self._context.today(),
                is_parked=subscription.parked_at is not None,
            ):
                raise Conflict("nothing_to_wait_for")
            subscription.cancel_at = end_of_period(next_on, zone=self._context.zone)
            await subscription.save(update_fields=["cancel_at"])
            params = _names(subscription) | {"ends_on": next_on.isoformat()}
            key = f"ends:{subscription.id}:{self._stamp()}"
            await self._notices.client(subscription.client, "client_ends", params, key=key)
        return subscription

    @audited("do_not_end", "subscription")
    async def do_not_end(self, owner_id: int, subscription_id: int) -> Subscription:
        """Let it go on after all, and tell the client; nothing happens if no end was agreed.

        Raises:
            Conflict: `ended`: it is too late.
        """
        async with transaction():
            subscription = await self._locked(owner_id, subscription_id)
            if subscription.status is _S.CANCELLED:
                raise Conflict("ended")
            if subscription.cancel_at is None:
                return subscription
            subscription.cancel_at = None
            await subscription.save(update_fields=["cancel_at"])
            key = f"goes_on:{subscription.id}:{self._stamp()}"
            params = _names(subscription)
            await self._notices.client(subscription.client, "client_goes_on", params, key=key)
        return subscription

    @audited("change_plan", "subscription")
    async def change_plan(self, owner_id: int, subscription_id: int, plan_id: int) -> Subscription:
        """Let another plan, or the plan's new price, hold from the next period on.

        Bills that were made stay as they are. The client is told.

        Raises:
            NotFound: `plan` or `subscription`.
            Conflict: `plan_archived`, `same_plan`, `ends_soon`, or `not_running`.
        """
        async with transaction():
            subscription = await self._locked(owner_id, subscription_id)
            plan = await self._plans.get(owner_id, plan_id)
            _check_change(subscription, plan)
            subscription.next_plan, subscription.next_amount_kes = plan, plan.amount_kes
            await subscription.save(update_fields=["next_plan_id", "next_amount_kes"])
            params = _names(subscription) | {
                "new_plan_name": plan.name,
                "amount_kes": plan.amount_kes,
                "frequency": plan.frequency.value,
                "interval_count": plan.interval_count,
                "first_on": subscription.next_billing_date.isoformat(),
            }
            key = f"plan_changes:{subscription.id}:{self._stamp()}"
            await self._notices.client(subscription.client, "client_plan_changes", params, key=key)
        return subscription

    @audited("keep_plan", "subscription")
    async def keep_plan(self, owner_id: int, subscription_id: int) -> Subscription:
        """Let the plan stay after all, and tell the client; a repeat changes nothing."""
        async with transaction():
            subscription = await self._locked(owner_id, subscription_id)
            if subscription.next_plan_id is None:
                return subscription
            subscription.next_plan = subscription.next_amount_kes = None
            await subscription.save(update_fields=["next_plan_id", "next_amount_kes"])
            key = f"plan_stays:{subscription.id}:{self._stamp()}"
            params = _names(subscription) | {"amount_kes": subscription.amount_kes}
            await self._notices.client(subscription.client, "client_plan_stays", params, key=key)
        return subscription

    async def _locked(self, owner_id: int, subscription_id: int) -> Subscription:
        """Return the subscription; whoever bills it or moves it waits until we are done."""
        await Subscription.filter(id=subscription_id, owner_id=owner_id).select_for_update()
        return await self._subscriptions.get(owner_id, subscription_id)

    def _stamp(self) -> int:
        """Tell one change of mind from the next."""
        return int(self._context.now().timestamp())

    # --- the day has come -----------------------------------------------------------------------

    async def apply_due(self) -> int:
        """End, resume and change all whose day has come; return how many."""
        done = 0
        for due, act in (
            (self._ending(), self._end),
            (self._resuming(), self._resume),
            (self._changing(), self._change),
        ):
            done += await self._each(due, act)
        return done

    async def _each(
        self, due: QuerySet[Subscription], act: Callable[[int], Awaitable[int]]
    ) -> int:
        done = 0
        while True:
            rows = await due.order_by("id").limit(_BATCH)
            moved = sum([await act(row.id) for row in rows])
            done += moved
            if len(rows) < _BATCH or not moved:  # Others may have been faster.
                return done

    def _ending(self) -> QuerySet[Subscription]:
        return Subscription.filter(cancel_at__lte=self._context.now()).exclude(status=_S.CANCELLED)

    async def _end(self, subscription_id: int) -> int:
        async with transaction():
            await hold_open_bills(subscription_id)
            if not await self._ending().filter(id=subscription_id).update(cancel_at=None):
                return 0
            row = await Subscription.get(id=subscription_id)
            subscription = await self._subscriptions.cancel(row.owner_id, subscription_id)
            await self._tell_owner(subscription, "subscription_ended")
        return 1

    def _resuming(self) -> QuerySet[Subscription]:
        return Subscription.filter(status=_S.PAUSED, resume_on__lte=self._context.today())

    async def _resume(self, subscription_id: int) -> int:
        async with transaction():
            await hold_open_bills(subscription_id)
            if not await self._resuming().filter(id=subscription_id).update(resume_on=None):
                return 0
            row = await Subscription.get(id=subscription_id)
            try:
                subscription = await self._subscriptions.resume(row.owner_id, subscription_id)
            except IllegalMove:  # Its owner was faster.
                return 0
            await self._tell_owner(subscription, "subscription_resumed")
        return 1

    def _changing(self) -> QuerySet[Subscription]:
        return Subscription.filter(
            status__in=list(BILLABLE),
            next_plan_id__not_isnull=True,
            next_billing_date__lte=self._context.today(),
            parked_at=None,
            cancel_at=None,
        )

    async def _change(self, subscription_id: int) -> int:
        async with transaction():
            if not await self._changing().filter(id=subscription_id).select_for_update():
                return 0
            row = await Subscription.get(id=subscription_id).select_related("plan", "next_plan")
            if await self._is_held(row):
                # What it owes starts when it is paid: until then there is no next period.
                row.next_billing_date = self._context.today() + timedelta(days=1)
                await row.save(update_fields=["next_billing_date"])
                return 0
            await _begin_new_plan(row)
        return 1

    async def _is_held(self, row: Subscription) -> bool:
        if row.plan.renewal is not Renewal.ROLLING:
            return False
        return await Transaction.filter(subscription_id=row.id, status__in=list(OPEN)).exists()

    async def _tell_owner(self, subscription: Subscription, template: str) -> None:
        params = {
            "subscription_id": subscription.id,
            "client_name": subscription.client.name,
            "plan_name": subscription.plan.name,
            "next_on": subscription.next_billing_date.isoformat(),
        }
        key = f"{template}:{subscription.id}:{self._stamp()}"
        await self._notices.owner(subscription.owner, template, params, key=key)


def _names(subscription: Subscription) -> dict[str, object]:
    return {
        "business": subscription.owner.display_name,
        "plan_name": subscription.plan.name,
    }


def _check_change(subscription: Subscription, plan: ServicePlan) -> None:
    if not can_change_plan(subscription.status):
        raise Conflict("not_running")
    if subscription.cancel_at is not None:
        raise Conflict("ends_soon")
    if plan.archived_at is not None:
        raise Conflict("plan_archived")
    if plan.id == subscription.plan_id and plan.amount_kes == subscription.amount_kes:
        raise Conflict("same_plan")


async def _begin_new_plan(row: Subscription) -> None:
    plan = row.next_plan
    if plan is None:
        return
    start = start_of_new_plan(
        row.plan.schedule,
        plan.schedule,
        anchor=row.anchor_date,
        cycle=row.cycle_number,
        next_on=row.next_billing_date,
    )
    row.plan, row.next_plan = plan, None
    row.amount_kes, row.next_amount_kes = row.next_amount_kes or plan.amount_kes, None
    row.anchor_date, row.cycle_number = start.anchor_date, start.cycle_number
    row.next_billing_date = start.next_billing_date
    await row.save(
        update_fields=[
            "plan_id",
            "next_plan_id",
            "amount_kes",
            "next_amount_kes",
            "anchor_date",
            "cycle_number",
            "next_billing_date",
        ]
    )
