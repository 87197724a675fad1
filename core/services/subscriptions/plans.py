"""Plans: what an owner sells."""

from core.billing.lifecycle import SubscriptionStatus
from core.billing.plans import PlanDraft, check_plan
from core.errors import NotFound
from core.models import ServicePlan, Subscription
from core.services.audit import audited
from core.services.context import Context
from core.services.page import Page, page_of


class PlanService:
    """Create, list, edit and archive plans. Another owner's plan is not found."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @audited("create_plan", "plan")
    async def create(self, owner_id: int, draft: PlanDraft) -> ServicePlan:
        """Store a plan.

        Raises:
            InvalidInput: With each wrong field of the draft.
        """
        plan = check_plan(draft)
        return await ServicePlan.create(
            owner_id=owner_id,
            name=plan.name,
            amount_kes=plan.amount_kes,
            frequency=plan.frequency,
            interval_count=plan.interval_count,
            billing_day=plan.billing_day,
            renewal=plan.renewal,
            created_at=self._context.now(),
        )

    async def get(self, owner_id: int, plan_id: int) -> ServicePlan:
        """Return the plan, archived or not.

        Raises:
            NotFound: There is none, or it is another owner's.
        """
        plan = await ServicePlan.get_or_none(id=plan_id, owner_id=owner_id)
        if plan is None:
            raise NotFound("plan")
        return plan

    async def page(
        self, owner_id: int, *, cursor: int | None = None, limit: int = 50
    ) -> Page[ServicePlan]:
        """Return the plans that are still sold."""
        query = ServicePlan.filter(owner_id=owner_id, archived_at=None)
        return await page_of(query, cursor=cursor, limit=limit)

    @audited("edit_plan", "plan")
    async def edit(
        self,
        owner_id: int,
        plan_id: int,
        *,
        name: str | None = None,
        amount_kes: int | None = None,
    ) -> ServicePlan:
        """Change the name, or the price for new subscriptions; running ones keep theirs.

        Raises:
            InvalidInput: `name` or `amount_kes`.
        """
        plan = await self.get(owner_id, plan_id)
        checked = check_plan(
            PlanDraft(
                name=plan.name if name is None else name,
                amount_kes=plan.amount_kes if amount_kes is None else amount_kes,
                frequency=plan.frequency,
                interval_count=plan.interval_count,
                billing_day=plan.billing_day,
                renewal=plan.renewal,
            )
        )
        plan.name, plan.amount_kes = checked.name, checked.amount_kes
        await plan.save(update_fields=["name", "amount_kes"])
        return plan

    @audited("archive_plan", "plan")
    async def archive(self, owner_id: int, plan_id: int) -> ServicePlan:
        """Sell the plan no more; running subscriptions go on. A repeat changes nothing."""
        plan = await self.get(owner_id, plan_id)
        if plan.archived_at is None:
            plan.archived_at = self._context.now()
            await plan.save(update_fields=["archived_at"])
        return plan

    async def running(self, owner_id: int, plan_id: int) -> int:
        """Count the plan's subscriptions that are not cancelled."""
        return (
            await Subscription.filter(owner_id=owner_id, plan_id=plan_id)
            .exclude(status=SubscriptionStatus.CANCELLED)
            .count()
        )
