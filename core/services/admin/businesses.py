"""The businesses of an installation, as an admin sees, closes and opens them."""

from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Sum

from core.billing.lifecycle import BILLABLE, SubscriptionStatus
from core.billing.text import check_text
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import Approval, Client, Payment, StkPush, Subscription, User
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import Notices
from core.services.page import Page, page_of
from core.services.preferences import PreferenceService

LONGEST_REASON = 300
_MOST_FOUND = 8
_OWNERS = (Approval.PENDING, Approval.APPROVED, Approval.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCard:
    """One business in figures."""

    user: User
    clients: int
    running: int
    received_month_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The installation in figures."""

    owners: dict[Approval, int]
    clients: int
    running: int
    prompts_today: int
    received_today_kes: int
    received_month_kes: int


class BusinessService:
    """For those whom ADMIN_IDS names.

    Each method raises NotAllowed (`admin_only`) for anybody else.
    """

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def page(
        self,
        *,
        admin_telegram_id: int,
        approval: Approval | None = None,
        cursor: int | None = None,
        limit: int = 50,
    ) -> Page[User]:
        """Return those who run a business or asked to, of one state or of all."""
        self._context.require_admin(admin_telegram_id)
        states = [approval] if approval else list(_OWNERS)
        return await page_of(User.filter(approval__in=states), cursor=cursor, limit=limit)

    async def count(self, *, admin_telegram_id: int, approval: Approval | None = None) -> int:
        """Return how many those are."""
        self._context.require_admin(admin_telegram_id)
        return await User.filter(approval__in=[approval] if approval else list(_OWNERS)).count()

    async def search(self, *, admin_telegram_id: int, text: str) -> list[User]:
        """Return the owners whose business, name, or Telegram id the text is or begins."""
        self._context.require_admin(admin_telegram_id)
        wanted = text.strip()
        is_like = Q(business_name__icontains=wanted) | Q(name__icontains=wanted)
        if wanted.isascii() and wanted.isdigit():
            is_like |= Q(telegram_id=int(wanted[:18]))
        return (
            await User.filter(is_like, approval__in=list(_OWNERS))
            .order_by("business_name", "id")
            .limit(_MOST_FOUND)
        )

    async def card(self, *, admin_telegram_id: int, user_id: int) -> BusinessCard:
        """Return a business in figures.

        Raises:
            NotFound: `user`.
        """
        self._context.require_admin(admin_telegram_id)
        user = await User.get_or_none(id=user_id)
        if user is None or user.approval is Approval.NONE:
            raise NotFound("user")
        return BusinessCard(
            user=user,
            clients=await Client.filter(owner_id=user.id).count(),
            running=await Subscription.filter(owner_id=user.id, status__in=list(BILLABLE)).count(),
            received_month_kes=await self._received(owner_id=user.id, is_month=True),
        )

    async def suspend(self, *, admin_telegram_id: int, user_id: int, reason: str) -> User:
        """Close a business: nobody works in it, it bills and prompts nobody. Its books stay.

        Raises:
            NotFound: `user`.
            InvalidInput: `reason`.
            Conflict: `not_approved`, or `is_admin`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        words = _checked_reason(reason)
        async with transaction():
            user = await self._locked(user_id)
            if self._context.is_admin(user.telegram_id):
                raise Conflict("is_admin")
            if user.approval is not Approval.APPROVED:
                raise Conflict("not_approved")
            user.approval, user.suspension_reason = Approval.SUSPENDED, words
            await user.save(update_fields=["approval", "suspension_reason"])
            await audit(self._context, actor, "suspend", f"user:{user.id}", reason=words)
            key = f"closed:{user.id}:{self._context.now().timestamp()}"
            params = {"business": user.display_name, "reason": words}
            await self._notices.owner(user, "business_suspended", params, key=key)
        return user

    async def reinstate(self, *, admin_telegram_id: int, user_id: int) -> User:
        """Open a suspended business again.

        What fell due meanwhile is billed as after an outage, and whoever's grace has run out has
        all of it before him again: he could not pay here.

        Raises:
            NotFound: `user`.
            Conflict: `not_suspended`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        async with transaction():
            user = await self._locked(user_id)
            if user.approval is not Approval.SUSPENDED:
                raise Conflict("not_suspended")
            user.approval, user.suspension_reason = Approval.APPROVED, None
            await user.save(update_fields=["approval", "suspension_reason"])
            await self._grant_grace(user.id)
            await audit(self._context, actor, "reinstate", f"user:{user.id}")
            key = f"opened:{user.id}:{self._context.now().timestamp()}"
            params = {"business": user.display_name}
            await self._notices.owner(user, "business_reinstated", params, key=key)
        return user

    async def _grant_grace(self, owner_id: int) -> None:
        now = self._context.now()
        wishes = await PreferenceService(self._context).of(owner_id)
        await Subscription.filter(
            owner_id=owner_id, status=SubscriptionStatus.PAST_DUE, suspend_at__lte=now
        ).update(suspend_at=now + wishes.policy.grace)

    async def _locked(self, user_id: int) -> User:
        await User.filter(id=user_id).select_for_update()
        user = await User.get_or_none(id=user_id)
        if user is None or user.approval is Approval.NONE:
            raise NotFound("user")
        return user

    async def totals(self, *, admin_telegram_id: int) -> Totals:
        """Return the installation in figures."""
        self._context.require_admin(admin_telegram_id)
        return Totals(
            owners={state: await User.filter(approval=state).count() for state in _OWNERS},
            clients=await Client.filter(erased_at=None).count(),
            running=await Subscription.filter(status__in=list(BILLABLE)).count(),
            prompts_today=await StkPush.filter(created_at__gte=self._context.midnight()).count(),
            received_today_kes=await self._received(is_month=False),
            received_month_kes=await self._received(is_month=True),
        )

    async def _received(self, *, is_month: bool, **where: Any) -> int:
        since = self._context.midnight()
        if is_month:
            since = self._context.midnight(self._context.today().replace(day=1))
        found = (
            await Payment.filter(paid_at__gte=since, **where)
            .annotate(total=Sum("amount_kes"))
            .values("total")
        )
        return int(found[0]["total"] or 0) if found else 0


def _checked_reason(text: str) -> str:
    try:
        return check_text(text, max_length=LONGEST_REASON)
    except InvalidValue as error:
        raise InvalidInput({"reason": error.fault}) from None
