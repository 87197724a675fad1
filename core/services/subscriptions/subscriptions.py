"""An owner's subscriptions: putting a client on a plan, and starting, pausing and ending that."""

from datetime import date

from core.billing.changes import check_first_date
from core.billing.clients import ClientDraft, check_client
from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import first_billing_date
from core.database import transaction
from core.errors import Conflict, IllegalMove, InvalidInput, InvalidValue, NotFound
from core.models import Client, ServicePlan, Subscription, Transaction
from core.services.audit import audited
from core.services.context import Context
from core.services.notices import Notices
from core.services.page import Page, page_of
from core.services.subscriptions.clients import ClientService
from core.services.subscriptions.links import LIFETIME, Links
from core.services.subscriptions.moves import (
    end,
    go_on,
    move,
    start,
    tell_pause,
    tell_resumed,
)
from core.services.subscriptions.plans import PlanService
from core.services.voiding import hold_open_bills

_RELATED = ("client", "plan", "next_plan", "owner")
_S = SubscriptionStatus


class SubscriptionService:
    """Start, move and end subscriptions. Another owner's subscription is not found."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        plans: PlanService,
        clients: ClientService,
        links: Links,
    ) -> None:
        self._context = context
        self._notices = notices
        self._plans = plans
        self._clients = clients
        self._links = links

    @audited("create_subscription", "subscription")
    async def create(
        self,
        owner_id: int,
        *,
        plan_id: int,
        client: ClientDraft | int,
        first_billing_date: date | None = None,
        send_invitation: bool = True,
    ) -> Subscription:
        """Put a client on a plan, to be activated by his acceptance or by hand.

        `client` is a draft, or the id of one whom the owner has already.

        Raises:
            InvalidInput: A wrong field of the client, or `first_billing_date`: `in_the_past`, or
                `too_far` (years).
            NotFound: `plan` or `client`.
            Conflict: `plan_archived`.
        """
        who = client if isinstance(client, int) else check_client(client)
        self._check_first_date(first_billing_date)
        async with transaction():
            plan = await self._plans.get(owner_id, plan_id)
            if plan.archived_at is not None:
                raise Conflict("plan_archived")
            person = await self._client(owner_id, who)
            row = await self._insert(plan, person, first_billing_date)
            subscription = await self.get(owner_id, row.id)
            if send_invitation:
                await self._links.send(subscription)
        return subscription

    async def _client(self, owner_id: int, who: ClientDraft | int) -> Client:
        if isinstance(who, int):
            return await self._clients.get(owner_id, who)
        return await self._clients.know(owner_id, who)

    def _check_first_date(self, day: date | None) -> None:
        if day is None:
            return
        try:
            check_first_date(day, today=self._context.today())
        except InvalidValue as error:
            raise InvalidInput({"first_billing_date": error.fault}) from None

    async def _insert(
        self, plan: ServicePlan, client: Client, chosen: date | None
    ) -> Subscription:
        now = self._context.now()
        first = chosen or first_billing_date(plan.schedule, today=self._context.today())
        return await Subscription.create(
            owner_id=plan.owner_id,
            client=client,
            plan=plan,
            amount_kes=plan.amount_kes,
            status=_S.PENDING_ACTIVATION,
            anchor_date=first,
            next_billing_date=first,
            first_date_chosen=chosen is not None,
            invitation_token=self._context.mint(),
            invitation_expires_at=now + LIFETIME,
            created_at=now,
        )

    async def get(self, owner_id: int, subscription_id: int) -> Subscription:
        """Return the subscription with its client, plan and owner.

        Raises:
            NotFound: There is none, or it is another owner's.
        """
        found = await Subscription.filter(id=subscription_id, owner_id=owner_id).select_related(
            *_RELATED
        )
        if not found:
            raise NotFound("subscription")
        return found[0]

    async def page(
        self,
        owner_id: int,
        *,
        status: SubscriptionStatus | None = None,
        cursor: int | None = None,
        limit: int = 50,
    ) -> Page[Subscription]:
        """Return the owner's subscriptions, of one status or of all."""
        query = Subscription.filter(owner_id=owner_id).select_related(*_RELATED)
        if status is not None:
            query = query.filter(status=status)
        return await page_of(query, cursor=cursor, limit=limit)

    @audited("activate", "subscription")
    async def activate(self, owner_id: int, subscription_id: int) -> Subscription:
        """Start billing without the client's own acceptance: he is prompted on his phone.

        Raises:
            IllegalMove: It was activated or cancelled before.
        """
        async with transaction():
            subscription = await self.get(owner_id, subscription_id)
            if subscription.status is not _S.PENDING_ACTIVATION:
                raise IllegalMove(current=subscription.status, wanted=_S.ACTIVE)
            await start(self._context, subscription)
        return subscription

    @audited("cancel", "subscription")
    async def cancel(self, owner_id: int, subscription_id: int) -> Subscription:
        """End it now: open bills are void, nothing more is prompted, the client is told.

        Raises:
            IllegalMove: It is cancelled already.
        """
        async with transaction():
            await hold_open_bills(subscription_id)
            subscription = await self.get(owner_id, subscription_id)
            await end(self._context, subscription)
            params = {
                "business": subscription.owner.display_name,
                "plan_name": subscription.plan.name,
            }
            key = f"cancelled:{subscription.id}"
            await self._notices.client(subscription.client, "client_cancelled", params, key=key)
        return subscription

    @audited("pause", "subscription")
    async def pause(
        self, owner_id: int, subscription_id: int, *, until: date | None = None
    ) -> Subscription:
        """Bill and prompt nothing until it is resumed, by itself on a day; the client is told.

        Raises:
            IllegalMove: It is not running.
        """
        async with transaction():
            subscription = await self.get(owner_id, subscription_id)
            await move(subscription, _S.PAUSED)
            subscription.suspend_at = subscription.paused_by_client_at = None
            subscription.resume_on = until
            await subscription.save(
                update_fields=["suspend_at", "paused_by_client_at", "resume_on"]
            )
            await tell_pause(self._context, self._notices, subscription)
        return subscription

    @audited("resume", "subscription")
    async def resume(self, owner_id: int, subscription_id: int) -> Subscription:
        """Run again, from the first scheduled date from today on; the client is told.

        Old debts are asked for again.

        Raises:
            IllegalMove: It is neither paused nor suspended.
        """
        async with transaction():
            await hold_open_bills(subscription_id)
            subscription = await self.get(owner_id, subscription_id)
            if subscription.status not in {_S.PAUSED, _S.SUSPENDED}:
                raise IllegalMove(current=subscription.status, wanted=_S.ACTIVE)
            await go_on(self._context, subscription)
            await self._ask_again(subscription)
            await tell_resumed(self._context, self._notices, subscription)
        return subscription

    async def _ask_again(self, subscription: Subscription) -> None:
        """Begin anew with the bills that had failed for the last time."""
        await Transaction.filter(
            subscription_id=subscription.id,
            status=TransactionStatus.FAILED,
            next_attempt_at=None,
            needs_person_at=None,
        ).update(
            status=TransactionStatus.PENDING,
            retry_count=0,
            next_attempt_at=self._context.now(),
            max_retries=None,
            grace_days=None,
        )
