"""The owner's side of an invitation: its link, a new one, taking it back, mailing it."""

from collections.abc import Mapping

from core.billing.lifecycle import SubscriptionStatus
from core.database import transaction
from core.errors import Conflict, IllegalMove
from core.models import Email, Retirement, Subscription
from core.ports import Mail
from core.services.audit import audited
from core.services.context import Context
from core.services.messages.mail import MailService
from core.services.subscriptions.links import Links
from core.services.subscriptions.subscriptions import SubscriptionService

_S = SubscriptionStatus


class InvitationService:
    """Another owner's subscription is not found."""

    def __init__(
        self,
        context: Context,
        *,
        subscriptions: SubscriptionService,
        mail: MailService,
        links: Links,
    ) -> None:
        self._context = context
        self._subscriptions = subscriptions
        self._mail = mail
        self._links = links

    async def url(self, subscription: Subscription) -> str | None:
        """Return the deep link that the client opens, None when there is none any more."""
        return await self._links.url(subscription)

    @audited("renew_invitation", "subscription")
    async def renew(self, owner_id: int, subscription_id: int) -> Subscription:
        """Send a new link to the owner; the old one stops working.

        Raises:
            IllegalMove: The subscription is no longer waiting for its client.
        """
        async with transaction():
            subscription = await self._subscriptions.get(owner_id, subscription_id)
            if subscription.status is not _S.PENDING_ACTIVATION:
                raise IllegalMove(current=subscription.status, wanted=_S.PENDING_ACTIVATION)
            await self._links.retire(subscription, Retirement.REPLACED)
            await self._links.renew(subscription)
            await self._links.send(subscription)
        return subscription

    @audited("revoke_invitation", "subscription")
    async def revoke(self, owner_id: int, subscription_id: int) -> Subscription:
        """Let the link open nothing any more; a repeat changes nothing.

        Raises:
            IllegalMove: The subscription is no longer waiting for its client.
        """
        async with transaction():
            subscription = await self._waiting(owner_id, subscription_id)
            await self._links.retire(subscription, Retirement.REVOKED)
        return subscription

    @audited("email_invitation", "subscription")
    async def email(self, owner_id: int, subscription_id: int) -> Email:
        """Mail the link to the client; its outcome is told to the owner.

        Raises:
            IllegalMove: The subscription is no longer waiting for its client.
            Conflict: `mail_off`, `no_email`, or `no_link`: it was taken back, or has expired.
        """
        async with transaction():
            subscription = await self._waiting(owner_id, subscription_id)
            if not self._mail.is_on:
                raise Conflict("mail_off")
            address, token = subscription.client.email, subscription.invitation_token
            if address is None:
                raise Conflict("no_email")
            if token is None or self._links.is_expired(subscription):
                raise Conflict("no_link")
            mail = Mail(
                address=address,
                language=subscription.client.chosen_language or subscription.owner.language,
                template="invitation",
                params=await self._links.params(subscription),
            )
            return await self._mail.queue(
                subscription.owner,
                mail,
                subject=f"subscription:{subscription.id}",
                key=f"invitation:{subscription.id}:{token}",
            )

    async def facts(self, subscription: Subscription) -> Mapping[str, object]:
        """Return what the invitation speaks of, as a notice's params."""
        return await self._links.params(subscription)

    async def _waiting(self, owner_id: int, subscription_id: int) -> Subscription:
        await Subscription.filter(id=subscription_id, owner_id=owner_id).select_for_update()
        subscription = await self._subscriptions.get(owner_id, subscription_id)
        if subscription.status is not _S.PENDING_ACTIVATION:
            raise IllegalMove(current=subscription.status, wanted=_S.PENDING_ACTIVATION)
        return subscription
