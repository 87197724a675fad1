"""How an owner leaves: his clients are let go, and his books stay."""

from dataclasses import dataclass
from datetime import datetime

from core.billing.lifecycle import SubscriptionStatus
from core.database import transaction
from core.models import Approval, Client, MerchantAccount, Subscription, User
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import GatheredNotices
from core.services.office.api_keys import ApiKeyService
from core.services.office.staff import StaffService
from core.services.voiding import hold_open_bills_of, void_open_bills_of

_S = SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What leaving ends."""

    subscriptions: int
    clients: int
    staff: int


class LeavingService:
    """End a business here. Whoever signs up again finds his books as he left them."""

    def __init__(self, context: Context, *, staff: StaffService, api_keys: ApiKeyService) -> None:
        self._context = context
        self._staff = staff
        self._api_keys = api_keys

    async def consequences(self, owner_id: int) -> Farewell:
        """Count what would end."""
        running = Subscription.filter(owner_id=owner_id).exclude(status=_S.CANCELLED)
        return Farewell(
            subscriptions=await running.count(),
            clients=await Client.filter(owner_id=owner_id).count(),
            staff=len(await self._staff.of(owner_id)),
        )

    async def leave(self, owner_id: int) -> Farewell:
        """End every subscription, role and key, and run no business any more.

        All of it is one DB transaction: nobody is left half-way. Prompts that are out may still
        be paid, and the money is booked.
        """
        async with transaction():
            farewell = await self.consequences(owner_id)
            owner = await User.get(id=owner_id)
            await self._end_subscriptions(owner, self._context.now())
            await self._staff.end_all(owner_id)
            await self._api_keys.revoke_all(owner_id)
            await MerchantAccount.filter(owner_key=str(owner_id)).update(owner_key=None)
            owner.approval, owner.left_at = Approval.NONE, self._context.now()
            owner.uses_platform_account = False
            await owner.save(update_fields=["approval", "left_at", "uses_platform_account"])
            await audit(
                self._context,
                f"user:{owner_id}",
                "leave",
                f"user:{owner_id}",
                subscriptions=farewell.subscriptions,
            )
        return farewell

    async def _end_subscriptions(self, owner: User, now: datetime) -> None:
        await hold_open_bills_of(owner.id)
        rows = (
            await Subscription.filter(owner_id=owner.id)
            .exclude(status=_S.CANCELLED)
            .select_related("client", "plan")
        )
        await (
            Subscription.filter(owner_id=owner.id)
            .exclude(status=_S.CANCELLED)
            .update(
                status=_S.CANCELLED,
                cancelled_at=now,
                invitation_expires_at=None,
                suspend_at=None,
                parked_at=None,
            )
        )
        await void_open_bills_of(owner.id)
        notices = GatheredNotices(self._context)
        for row in rows:
            params = {"business": owner.display_name, "plan_name": row.plan.name}
            key = f"cancelled:{row.id}"
            await notices.client(row.client, "client_cancelled", params, key=key)
        await notices.write()
