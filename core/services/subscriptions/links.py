"""Invitation links: one at a time for a subscription, and only until they expire."""

from datetime import timedelta

from core.models import RetiredInvitation, Retirement, Subscription
from core.services.context import Context
from core.services.facts import BOT_USERNAME, FactService
from core.services.notices import Notices

LIFETIME = timedelta(days=14)


class Links:
    """Make, send and retire links. What writes belongs inside a DB transaction of its caller."""

    def __init__(self, context: Context, notices: Notices, facts: FactService) -> None:
        self._context = context
        self._notices = notices
        self._facts = facts

    async def url(self, subscription: Subscription) -> str | None:
        """Return the deep link that the client opens, None when there is none any more.

        Before the bot has told its name for the first time the link leads to Telegram itself.
        """
        if subscription.invitation_token is None:
            return None
        username = await self._facts.get(BOT_USERNAME) or "FluxPay"
        return f"https://t.me/{username}?start={subscription.invitation_token}"

    def is_expired(self, subscription: Subscription) -> bool:
        """Tell whether the link's time is over."""
        expires_at = subscription.invitation_expires_at
        return expires_at is None or expires_at <= self._context.now()

    async def send(self, subscription: Subscription) -> None:
        """Queue the link for the owner, to be forwarded."""
        params = await self.params(subscription)
        key = f"invitation:{subscription.id}:{subscription.invitation_token}"
        await self._notices.owner(subscription.owner, "invitation", params, key=key)

    async def params(self, subscription: Subscription) -> dict[str, object]:
        """Return what an invitation speaks of, as a notice's params."""
        plan, client = subscription.plan, subscription.client
        expires_at = subscription.invitation_expires_at or self._context.now()
        return {
            "subscription_id": subscription.id,
            "client_name": client.name,
            "phone_number": client.phone_number,
            "client_language": client.chosen_language,
            "plan_name": plan.name,
            "amount_kes": subscription.amount_kes,
            "frequency": plan.frequency.value,
            "interval_count": plan.interval_count,
            "first_on": subscription.next_billing_date.isoformat(),
            "url": await self.url(subscription),
            "expires_on": expires_at.astimezone(self._context.zone).date().isoformat(),
            "business": subscription.owner.display_name,
        }

    async def renew(self, subscription: Subscription) -> None:
        """Make a new link, which nobody has looked at yet."""
        subscription.invitation_token = self._context.mint()
        subscription.invitation_expires_at = self._context.now() + LIFETIME
        subscription.invitation_opened_at = None
        await subscription.save(
            update_fields=["invitation_token", "invitation_expires_at", "invitation_opened_at"]
        )

    async def retire(self, subscription: Subscription, reason: Retirement) -> None:
        """Let the link open nothing any more, and know it again."""
        if subscription.invitation_token is None:
            return
        await RetiredInvitation.create(
            subscription_id=subscription.id,
            token=subscription.invitation_token,
            reason=reason,
            retired_at=self._context.now(),
        )
        subscription.invitation_token = subscription.invitation_expires_at = None
        await subscription.save(update_fields=["invitation_token", "invitation_expires_at"])
