"""Deleting a client's data: the owner's books keep the money, and not the person.

What is kept of each bill and payment is its number, date, amount and M-Pesa code, because an owner
has to account for them. Name, phone, e-mail and chat go, wherever they stand: in the client's row,
in bills, prompts and payments, in notices, open forms, what machines told us, answers of the API,
and the log of who did what.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tortoise.expressions import Q

from core.billing.lifecycle import SubscriptionStatus
from core.database import transaction
from core.errors import Conflict
from core.models import (
    Approval,
    AuditEntry,
    BlockedNumber,
    Client,
    Dialog,
    Email,
    Fact,
    IdempotencyKey,
    InboundEvent,
    InboundSource,
    Membership,
    Notification,
    NotificationState,
    Payment,
    StkPush,
    Subscription,
    Transaction,
    User,
)
from core.services.audit import audit
from core.services.clients.traces import Person, person_behind
from core.services.context import Context
from core.services.notices import Notices
from core.services.subscriptions.moves import LATER
from core.services.voiding import OPEN, hold_open_bills, void_open_bills

_NOBODY = 0
_GONE = "erased"
_S = SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What a person's deletion would end."""

    businesses: int
    subscriptions: int
    owed_kes: int
    """Still to be paid; it is not asked for here any more."""
    is_owner: bool
    """He runs a business, too, or works for one: that stays."""


class ErasureService:
    """Delete what a person asks to have deleted, in one DB transaction."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def extent(self, telegram_id: int) -> Extent:
        """Return what `erase` would end."""
        clients = await Client.filter(telegram_id=telegram_id)
        ids = [client.id for client in clients]
        bills = await Transaction.filter(client_id__in=ids, status__in=list(OPEN))
        user = await User.get_or_none(telegram_id=telegram_id)
        return Extent(
            businesses=len({client.owner_id for client in clients}),
            subscriptions=await Subscription.filter(client_id__in=ids)
            .exclude(status=_S.CANCELLED)
            .count(),
            owed_kes=sum(bill.amount_kes - bill.paid_kes for bill in bills),
            is_owner=user is not None and await _works_here(user),
        )

    async def erase(self, telegram_id: int) -> None:
        """End the person's subscriptions, tell their owners, and remove him; a repeat is harmless.

        Raises:
            Conflict: `prompt_open`: his money may be on its way, and has to be booked first.
        """
        async with transaction():
            person = await person_behind(telegram_id)
            await self._check_nothing_is_open(person)
            for client in person.clients:
                await self._end(client)
            await self._strip_money(person)
            await self._strip_messages(person)
            await self._strip_mail(person)
            await self._strip_traces(person)
            for client in person.clients:
                await self._strip_client(client)
            await self._strip_user(telegram_id)

    async def _check_nothing_is_open(self, person: Person) -> None:
        if await StkPush.filter(live_transaction_id__in=person.bill_ids).exists():
            raise Conflict("prompt_open")

    async def _end(self, client: Client) -> None:
        """End what he pays for at one business, and tell its owner without naming him."""
        subscriptions = await Subscription.filter(client_id=client.id).order_by("id")
        running = [row for row in subscriptions if row.status is not _S.CANCELLED]
        bills = await Transaction.filter(client_id=client.id, status__in=list(OPEN))
        owed_kes = sum(bill.amount_kes - bill.paid_kes for bill in bills)
        for subscription in subscriptions:
            await hold_open_bills(subscription.id)
        await Subscription.filter(client_id=client.id).update(invitation_token=None)
        await Subscription.filter(id__in=[row.id for row in running]).update(
            status=_S.CANCELLED, cancelled_at=self._context.now(), **dict.fromkeys(LATER)
        )
        for subscription in subscriptions:  # Those, too, that were being made meanwhile.
            await void_open_bills(subscription.id)
        params = {
            "client_number": client.id,
            "subscriptions": len(running),
            "owed_kes": owed_kes,
        }
        await self._notices.owner(client.owner, "client_erased", params, key=f"erased:{client.id}")
        await audit(self._context, f"client_id:{client.id}", "erase", f"client:{client.id}")

    async def _strip_money(self, person: Person) -> None:
        """Keep amounts, dates and codes; no number stays beside them."""
        await StkPush.filter(transaction_id__in=person.bill_ids).update(
            phone_number="", watcher_chat_id=None, watcher_message_id=None
        )
        pushes = await StkPush.filter(transaction_id__in=person.bill_ids)
        await Payment.filter(client_id__in=person.client_ids).update(phone_number=None)
        await Payment.filter(push_id__in=[push.id for push in pushes]).update(phone_number=None)
        await Transaction.filter(id__in=person.bill_ids).update(
            phone_number="", status_chat_id=None, status_message_id=None
        )

    async def _strip_messages(self, person: Person) -> None:
        """Forget what was told to him, and about him."""
        await Notification.filter(
            chat_id=person.telegram_id, state=NotificationState.QUEUED
        ).update(state=NotificationState.UNREACHABLE, detail=_GONE)
        await Notification.filter(chat_id=person.telegram_id).update(
            chat_id=_NOBODY, params={}, edit_message_id=None, message_id=None
        )
        told = Notification.filter(chat_id__in=[*person.owner_chats, *self._admins()])
        for row in await told.exclude(template="client_erased"):
            if person.is_in(row.params):
                await self._strip_notice(row)

    def _admins(self) -> Collection[int]:
        return self._context.settings.admin_ids

    async def _strip_mail(self, person: Person) -> None:
        """Forget what was written to him by e-mail, sent or not."""
        subjects = [f"subscription:{number}" for number in person.subscription_ids]
        is_his = Q(subject__in=subjects) | Q(address__in=list(person.addresses))
        await Email.filter(is_his, owner_id__in=person.owner_ids).delete()

    async def _strip_notice(self, row: Notification) -> None:
        if row.state is NotificationState.QUEUED:
            row.state, row.detail = NotificationState.UNREACHABLE, _GONE
        row.params = {}
        await row.save(update_fields=["params", "state", "detail"])

    async def _strip_traces(self, person: Person) -> None:
        await Dialog.filter(telegram_id=person.telegram_id).delete()
        for dialog in await Dialog.filter(telegram_id__in=person.owner_chats):
            if person.is_in(dialog.answers) or dialog.answers.get("name") in person.names:
                await dialog.delete()
        await Fact.filter(name=f"commands:{person.telegram_id}").delete()
        await InboundEvent.filter(
            source=InboundSource.TELEGRAM, subject=person.telegram_id
        ).update(body=b"{}", subject=None)
        # What his owners once typed may name him, and once handled it is of no use.
        await InboundEvent.filter(
            source=InboundSource.TELEGRAM,
            subject__in=person.owner_chats,
            handled_at__not_isnull=True,
        ).update(body=b"{}")
        await self._strip_callbacks(person)
        await self._strip_answers(person)
        holder = f"client:{person.telegram_id}"
        await BlockedNumber.filter(by=holder).delete()
        await AuditEntry.filter(actor=holder).update(actor=f"client:{_GONE}")

    async def _strip_callbacks(self, person: Person) -> None:
        """Take his number out of what Safaricom told us word for word."""
        pushes = await StkPush.filter(transaction_id__in=person.bill_ids)
        hashes = [push.token_hash for push in pushes]
        events = InboundEvent.filter(source=InboundSource.STK, token_hash__in=hashes)
        for event in [
            *await events,
            # The plain path tells of its prompt in the body alone; hardly anything comes by it.
            *await InboundEvent.filter(
                source=InboundSource.STK, token_hash=None, handled_at__not_isnull=True
            ),
        ]:
            body = bytes(event.body)
            for phone in person.phones:
                body = body.replace(phone.encode(), b"0")
            if body != bytes(event.body):
                await InboundEvent.filter(id=event.id).update(body=body)

    async def _strip_answers(self, person: Person) -> None:
        """Take him out of the answers that the API keeps for repeated requests."""
        for key in await IdempotencyKey.filter(
            owner_id__in=person.owner_ids, body__not_isnull=True
        ):
            if any(phone in (key.body or "") for phone in person.phones):
                await key.delete()

    async def _strip_client(self, client: Client) -> None:
        client.name = f"#{client.id}"
        client.phone_number = ""
        client.email = client.same_person_key = client.telegram_id = None
        client.blocked_at = client.reminders_off_at = None
        client.phone_confirmed_at = client.phone_claimed_at = None
        client.erased_at = self._context.now()
        await client.save()

    async def _strip_user(self, telegram_id: int) -> None:
        """Forget the person himself, unless he runs a business here: that is another matter."""
        user = await User.get_or_none(telegram_id=telegram_id)
        if user is None or await _works_here(user):
            return
        user.telegram_id, user.name, user.business_name = -user.id, "", None
        user.language, user.blocked_at = "en", self._context.now()
        await user.save()


async def _works_here(user: User) -> bool:
    if user.approval is not Approval.NONE:
        return True
    return await Membership.filter(user_id=user.id, member_key__not_isnull=True).exists()
