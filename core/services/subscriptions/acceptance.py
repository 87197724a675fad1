"""The client's side of an invitation: looking at what it offers, and his answer."""

from core.billing.lifecycle import SubscriptionStatus
from core.database import transaction
from core.errors import InvitationUnusable
from core.models import Client, RetiredInvitation, Subscription
from core.services.context import Context
from core.services.notices import Notices
from core.services.subscriptions.links import Links
from core.services.subscriptions.moves import end, start

_RELATED = ("client", "plan", "next_plan", "owner")
_S = SubscriptionStatus
# Nobody is to blame for a link that opens nothing, and no owner has to be told of these.
_NOT_WORTH_TELLING = frozenset({"unknown", "cancelled"})


class AcceptanceService:
    """For whoever holds the link; his owner hears what becomes of it."""

    def __init__(self, context: Context, notices: Notices, links: Links) -> None:
        self._context = context
        self._notices = notices
        self._links = links

    # --- looking --------------------------------------------------------------------------------

    async def open_invitation(self, token: str, *, telegram_id: int) -> Subscription:
        """Return what the link invites to. The client who accepted it may look again.

        Raises:
            InvitationUnusable: `unknown`, `used`, `expired`, `cancelled`, or taken back by its
                owner: `replaced`, `revoked`.
        """
        found = await Subscription.filter(invitation_token=token[:64]).select_related(*_RELATED)
        if not found:
            retired = await RetiredInvitation.get_or_none(token=token[:64])
            raise InvitationUnusable(retired.reason.lower() if retired else "unknown")
        subscription = found[0]
        if subscription.status is _S.CANCELLED:
            raise InvitationUnusable("cancelled")
        if subscription.status is not _S.PENDING_ACTIVATION:
            if subscription.client.telegram_id != telegram_id:
                return await self._opened_late(subscription)
            return subscription
        if self._links.is_expired(subscription):
            raise InvitationUnusable("expired")
        return subscription

    async def _opened_late(self, subscription: Subscription) -> Subscription:
        """An owner who activated by hand still wants his client to get receipts in the chat."""
        if subscription.client.telegram_id is not None or self._links.is_expired(subscription):
            raise InvitationUnusable("used")
        return subscription

    async def look(self, token: str, *, telegram_id: int) -> Subscription:
        """Return what the link invites to, and tell the owner of the first look at it.

        He also hears of a link that is opened in vain, once a day.

        Raises:
            InvitationUnusable: As for `open_invitation`.
        """
        try:
            subscription = await self.open_invitation(token, telegram_id=telegram_id)
        except InvitationUnusable as error:
            await self._tell_of_vain_look(token, str(error.params["reason"]), telegram_id)
            raise
        if telegram_id != subscription.owner.telegram_id:
            await self._tell_of_first_look(subscription)
        return subscription

    async def _tell_of_first_look(self, subscription: Subscription) -> None:
        if subscription.status is not _S.PENDING_ACTIVATION or subscription.invitation_opened_at:
            return
        async with transaction():
            first = await Subscription.filter(
                id=subscription.id, invitation_opened_at=None
            ).update(invitation_opened_at=self._context.now())
            if first:
                key = f"opened:{subscription.id}:{subscription.invitation_token}"
                params = _params(subscription)
                await self._notices.owner(subscription.owner, "invitation_opened", params, key=key)

    async def _tell_of_vain_look(self, token: str, reason: str, telegram_id: int) -> None:
        subscription = await _behind(token)
        if subscription is None or reason in _NOT_WORTH_TELLING:
            return
        if telegram_id == subscription.owner.telegram_id:
            return
        async with transaction():
            params = _params(subscription) | {
                "reason": reason,
                "is_waiting": subscription.status is _S.PENDING_ACTIVATION,
            }
            key = f"in_vain:{subscription.id}:{reason}:{self._context.today().isoformat()}"
            await self._notices.owner(subscription.owner, "invitation_in_vain", params, key=key)

    # --- answering ------------------------------------------------------------------------------

    async def accept(self, token: str, *, telegram_id: int, language: str) -> Subscription:
        """Bind the client's chat and make his subscription run; a repeat by him is harmless.

        Raises:
            InvitationUnusable: As for `open_invitation`.
        """
        async with transaction():
            await self._lock_invitation(token)
            subscription = await self.open_invitation(token, telegram_id=telegram_id)
            await self._bind(subscription.client, telegram_id, language)
            if subscription.status is _S.PENDING_ACTIVATION:
                await start(self._context, subscription)
                await self._tell_accepted(subscription)
        return subscription

    async def _lock_invitation(self, token: str) -> None:
        """Let a second answer to the same invitation wait for the first."""
        await Subscription.filter(invitation_token=token[:64]).select_for_update()

    async def _bind(self, client: Client, telegram_id: int, language: str) -> None:
        client.telegram_id, client.language, client.blocked_at = telegram_id, language, None
        await client.save(update_fields=["telegram_id", "language", "blocked_at"])

    async def _tell_accepted(self, subscription: Subscription) -> None:
        params = {
            "subscription_id": subscription.id,
            "client_name": subscription.client.name,
            "plan_name": subscription.plan.name,
            "next_on": subscription.next_billing_date.isoformat(),
        }
        key = f"accepted:{subscription.id}"
        await self._notices.owner(subscription.owner, "invitation_accepted", params, key=key)

    async def decline(self, token: str, *, telegram_id: int) -> Subscription:
        """End the subscription before it began, and tell the owner.

        Raises:
            InvitationUnusable: As for `open_invitation`, and `used` once it was accepted.
        """
        async with transaction():
            await self._lock_invitation(token)
            subscription = await self.open_invitation(token, telegram_id=telegram_id)
            if subscription.status is not _S.PENDING_ACTIVATION:
                raise InvitationUnusable("used")
            await end(self._context, subscription)
            params = {
                "client_name": subscription.client.name,
                "plan_name": subscription.plan.name,
            }
            key = f"declined:{subscription.id}"
            await self._notices.owner(subscription.owner, "invitation_declined", params, key=key)
        return subscription

    async def not_me(self, token: str, *, telegram_id: int) -> Subscription:
        """Withdraw a link that reached somebody else, and tell the owner to look at the number.

        Raises:
            InvitationUnusable: As for `open_invitation`.
        """
        async with transaction():
            await self._lock_invitation(token)
            subscription = await self.open_invitation(token, telegram_id=telegram_id)
            if subscription.client.telegram_id is not None:
                raise InvitationUnusable("used")
            await Subscription.filter(id=subscription.id).update(
                invitation_expires_at=self._context.now()
            )
            params = {
                "subscription_id": subscription.id,
                "client_name": subscription.client.name,
                "phone_number": subscription.client.phone_number,
                "plan_name": subscription.plan.name,
            }
            key = f"not_me:{subscription.id}:{token}"
            await self._notices.owner(
                subscription.owner, "invitation_not_me", params, key=key[:110]
            )
        return subscription


async def _behind(token: str) -> Subscription | None:
    """Return the subscription whose link this is, or was."""
    related = ("client", "plan", "owner")
    found = await Subscription.filter(invitation_token=token[:64]).select_related(*related).first()
    if found is not None:
        return found
    retired = await RetiredInvitation.get_or_none(token=token[:64])
    if retired is None:
        return None
    return await Subscription.get(id=retired.subscription_id).select_related(*related)


def _params(subscription: Subscription) -> dict[str, object]:
    return {
        "subscription_id": subscription.id,
        "client_name": subscription.client.name,
        "plan_name": subscription.plan.name,
    }
