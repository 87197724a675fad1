"""What a client wishes: his number, reminders, a pause, to leave."""

from typing import Any

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.own_wishes import may_go_on, may_leave, may_pause
from core.billing.phone import normalise_phone
from core.database import transaction
from core.errors import Conflict, IllegalMove, InvalidInput, InvalidValue
from core.models import Client, Subscription, Transaction
from core.services.audit import audit
from core.services.clients.standings import StandingService
from core.services.context import Context
from core.services.notices import Notices
from core.services.subscriptions.clients import same_person_key
from core.services.subscriptions.moves import LATER, go_on, move
from core.services.voiding import OPEN

LEFT = "client_left"
_S = SubscriptionStatus


class OwnWishService:
    """Do what the client wishes whose chat it is. What belongs to another chat is not found."""

    def __init__(self, context: Context, notices: Notices, standings: StandingService) -> None:
        self._context = context
        self._notices = notices
        self._standings = standings

    # --- his details ----------------------------------------------------------------------------

    async def set_phone(
        self, telegram_id: int, client_id: int, phone_number: str, *, is_shared: bool
    ) -> Client:
        """Prompt him on this number from now on; a new one is told to the owner.

        `is_shared` says that Telegram vouches for the number as his own.

        Raises:
            NotFound: `client`.
            InvalidInput: `phone_number`.
        """
        try:
            phone = normalise_phone(phone_number)
        except InvalidValue as error:
            raise InvalidInput({"phone_number": error.fault}) from None
        async with transaction():
            client = await self._standings.client(telegram_id, client_id)
            if phone == client.phone_number:
                await self._confirm(client, is_shared=is_shared)
            else:
                await self._move_to(client, phone, is_shared=is_shared)
        return client

    async def _confirm(self, client: Client, *, is_shared: bool) -> None:
        client.phone_confirmed_at = self._context.now()
        if is_shared:
            client.phone_claimed_at = None
        await client.save(update_fields=["phone_confirmed_at", "phone_claimed_at"])

    async def _move_to(self, client: Client, phone: str, *, is_shared: bool) -> None:
        now = self._context.now()
        key = same_person_key(client.owner_id, phone)
        is_taken = await Client.filter(same_person_key=key).exclude(id=client.id).exists()
        client.phone_number = phone
        # Somebody else has this number already: then the two share a phone.
        client.same_person_key = None if is_taken else key
        client.phone_confirmed_at = now if is_shared else None
        client.phone_claimed_at = None if is_shared else now
        await client.save(
            update_fields=[
                "phone_number",
                "same_person_key",
                "phone_confirmed_at",
                "phone_claimed_at",
            ]
        )
        await Transaction.filter(client_id=client.id, status__in=list(OPEN)).update(
            phone_number=phone
        )
        await self._audit(client.id, "change_phone", f"client:{client.id}")
        params = {
            "client_id": client.id,
            "client_name": client.name,
            "phone_number": phone,
            "is_shared": is_shared,
        }
        await self._tell_owner(client, "client_new_phone", params)

    async def set_reminders(self, telegram_id: int, client_id: int, *, wanted: bool) -> Client:
        """Let the business remind him, or not. Bills, prompts and receipts stay as they are.

        Raises:
            NotFound: `client`.
        """
        async with transaction():
            client = await self._standings.client(telegram_id, client_id)
            client.reminders_off_at = None if wanted else self._context.now()
            await client.save(update_fields=["reminders_off_at"])
        return client

    # --- pausing and leaving --------------------------------------------------------------------

    async def pause(self, telegram_id: int, subscription_id: int) -> Subscription:
        """Bill and prompt nothing until he goes on, and tell the owner.

        Raises:
            NotFound: `subscription`.
            Conflict: `pay_first`, or it is not running.
        """
        async with transaction():
            subscription = await self._standings.subscription(telegram_id, subscription_id)
            owes = await Transaction.filter(
                subscription_id=subscription.id, status__in=list(OPEN)
            ).exists()
            if not may_pause(subscription.status, owes=owes):
                if owes:
                    raise Conflict("pay_first")
                raise IllegalMove(current=subscription.status, wanted=_S.PAUSED)
            await move(subscription, _S.PAUSED)
            await Subscription.filter(id=subscription.id).update(
                suspend_at=None, resume_on=None, paused_by_client_at=self._context.now()
            )
            await self._tell_move(subscription, "client_paused", "pause")
        return subscription

    async def go_on(self, telegram_id: int, subscription_id: int) -> Subscription:
        """End his own pause: the next bill is the first scheduled one from today on.

        Raises:
            NotFound: `subscription`.
            IllegalMove: It is not paused, or the owner paused it.
        """
        async with transaction():
            subscription = await self._standings.subscription(telegram_id, subscription_id)
            paused_himself = subscription.paused_by_client_at is not None
            if not may_go_on(subscription.status, paused_himself=paused_himself):
                raise IllegalMove(current=subscription.status, wanted=_S.ACTIVE)
            await go_on(self._context, subscription)
            await self._tell_move(subscription, "client_went_on", "go_on")
        return subscription

    async def leave(self, telegram_id: int, subscription_id: int) -> Subscription:
        """End it now. What he owes stays owed: the owner collects it, no prompt asks for it.

        Raises:
            NotFound: `subscription`.
            IllegalMove: It has ended already, or not begun.
        """
        async with transaction():
            subscription = await self._standings.subscription(telegram_id, subscription_id)
            if not may_leave(subscription.status):
                raise IllegalMove(current=subscription.status, wanted=_S.CANCELLED)
            await move(subscription, _S.CANCELLED)
            await Subscription.filter(id=subscription.id).update(
                cancelled_at=self._context.now(), **dict.fromkeys(LATER)
            )
            owed_kes = await self._leave_to_owner(subscription.id)
            await self._tell_move(subscription, "client_left", "leave", owed_kes=owed_kes)
        return subscription

    async def _leave_to_owner(self, subscription_id: int) -> int:
        """Let nobody but the owner take on the open bills; return what is owed."""
        bills = (
            await Transaction.filter(subscription_id=subscription_id, status__in=list(OPEN))
            .order_by("id")
            .select_for_update()
        )
        await Transaction.filter(id__in=[bill.id for bill in bills]).update(
            status=TransactionStatus.FAILED,
            failure_code=LEFT,
            failure_detail=None,
            next_attempt_at=None,
            needs_person_at=self._context.now(),
        )
        return sum(bill.amount_kes - bill.paid_kes for bill in bills)

    async def _tell_move(
        self, subscription: Subscription, template: str, action: str, **more: int
    ) -> None:
        client = subscription.client
        await self._audit(client.id, action, f"subscription:{subscription.id}")
        params = {
            "subscription_id": subscription.id,
            "client_id": client.id,
            "client_name": client.name,
            "plan_name": subscription.plan.name,
            **more,
        }
        client.owner = subscription.owner
        await self._tell_owner(client, template, params)

    async def _tell_owner(self, client: Client, template: str, params: dict[str, Any]) -> None:
        key = f"{template}:{client.id}:{self._context.mint()[:16]}"
        await self._notices.owner(client.owner, template, params, key=key)

    async def _audit(self, client_id: int | None, action: str, subject: str) -> None:
        await audit(self._context, f"client_id:{client_id}", action, subject)
