"""Prompts: those of the timetable, and those that a person asks for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from core.billing.charges import ChargeDraft, check_charge
from core.billing.lifecycle import TransactionStatus
from core.database import connection, transaction
from core.errors import NotFound, PhoneHasOpenPrompt
from core.models import (
    Client,
    IdempotencyKey,
    PushOrigin,
    StkPush,
    Transaction,
    User,
)
from core.ports import Merchant
from core.services.audit import audit_deputy
from core.services.context import Context
from core.services.outgoing import Bill, Outgoing, claim_bills
from core.services.preferences import PreferenceService
from core.services.prompts.accounts import AccountService
from core.services.prompts.answers import AnswerBook
from core.services.prompts.blocked_numbers import BlockedNumberService
from core.services.prompts.by_person import PersonPrompts
from core.services.prompts.dispatch import Dispatch
from core.services.prompts.pace import PaceKeeper
from core.services.prompts.pipeline import IN_FLIGHT, Group, Pipeline
from core.services.prompts.push_status import PushStatus, status_of
from core.services.prompts.turns import Turns
from core.services.subscriptions.clients import ClientService

_CLOSED_WAIT = timedelta(minutes=5)
# A slow database may let so much time pass that a prompt begins and ends. Nobody pays sooner.
_LOOK_AGAIN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """A one-off charge, and how its push stood when Daraja had answered."""

    transaction: Transaction
    status: PushStatus


class PromptService:
    """Send prompts: those that are due, and those that a person asks for."""

    def __init__(
        self,
        context: Context,
        accounts: AccountService,
        answers: AnswerBook,
        *,
        clients: ClientService,
        blocked: BlockedNumberService,
    ) -> None:
        self._context = context
        self._accounts = accounts
        self._clients = clients
        self._blocked = blocked
        self._preferences = PreferenceService(context)
        self._turns = Turns(context)
        self._dispatch = Dispatch(context, answers, self._turns)
        self._pace = PaceKeeper(context)
        self._person_prompts = PersonPrompts(context, self._turns, blocked)

    async def send_due_prompts(self) -> int:
        """Prompt for each PENDING bill whose time has come; return the prompts handed to Daraja.

        Keeps the sociable hours, each owner's own as well, one prompt a phone at a time, two a
        day, and the shortcodes' pace: what goes beyond it stays due. So does everything while
        prompts are stopped.
        """
        if not self._is_sociable():
            return 0
        waiting = set(await self._preferences.asleep())
        pipeline = Pipeline(
            self._dispatch, claim=partial(self._claim, waiting), may_call=self._is_sociable
        )
        return await pipeline.run()

    def _is_sociable(self) -> bool:
        local = self._context.now().astimezone(self._context.zone)
        return local.time() in self._context.settings.sociable_hours

    async def _claim(self, waiting: set[int]) -> Group:
        """Store a push for each due bill whose phone is free.

        `waiting` are the owners outside of their hours, and those whose shortcode has had its
        pushes for now; more may join them.
        """
        now = self._context.now()
        async with transaction():
            due = await claim_bills(connection(), now=now, limit=IN_FLIGHT, without=waiting)
            ready = await self._turns.ready(await self._blocked.without_blocked(due))
            outgoing = await self._with_merchants(ready)
            stored = await self._dispatch.store(await self._paced(outgoing, waiting))
            if self._context.now() - now > _LOOK_AGAIN_AFTER:
                stored = await self._without_overtaken(stored, since=now)
            return Group(stored, is_full=len(due) == IN_FLIGHT)

    async def _without_overtaken(
        self, stored: Sequence[Outgoing], *, since: datetime
    ) -> list[Outgoing]:
        """Take back what was stored for a phone that somebody else prompted meanwhile.

        From now on our own push holds the phone, so that this second look is the last one.
        """
        ids = {item.push.id: item.push.phone_number for item in stored}
        overtaken = await self._turns.prompted_since(since, ids)
        late = [item for item in stored if item.push.phone_number in overtaken]
        await StkPush.filter(id__in=[item.push.id for item in late]).delete()
        await self._turns.put_off([item.bill.id for item in late], timedelta(minutes=1))
        return [item for item in stored if item.push.phone_number not in overtaken]

    async def _paced(self, outgoing: Sequence[Outgoing], waiting: set[int]) -> list[Outgoing]:
        """Return what may go within each shortcode's pace; the owners of the rest wait."""
        groups: dict[str, list[Outgoing]] = {}
        for item in outgoing:
            groups.setdefault(item.push.shortcode, []).append(item)
        granted: list[Outgoing] = []
        for shortcode, group in sorted(groups.items()):  # Everybody locks them in this order.
            pushes = await self._pace.grant(shortcode, len(group))
            granted += group[:pushes]
            waiting |= {item.bill.owner_id for item in group[pushes:]}
        return granted

    async def _with_merchants(self, bills: Sequence[Bill]) -> list[Outgoing]:
        """Pair bills with accounts; those of an owner without one, or halted, wait."""
        merchants, pauses = await self._accounts.open_for({bill.owner_id for bill in bills})
        now, closed = self._context.now(), defaultdict[timedelta, list[int]](list)
        for bill in bills:
            if bill.owner_id not in merchants:
                wait = pauses.get(bill.owner_id, now + _CLOSED_WAIT) - now
                closed[wait].append(bill.id)
        for wait, bill_ids in closed.items():
            await self._turns.put_off(bill_ids, wait)
        return [
            self._dispatch.make(bill, merchants[bill.owner_id], PushOrigin.AUTOMATIC, at=now)
            for bill in bills
            if bill.owner_id in merchants
        ]

    async def charge(
        self,
        owner_id: int,
        draft: ChargeDraft,
        *,
        status_message: tuple[int, int] | None = None,
        idempotency_id: int | None = None,
    ) -> Charge:
        """Prompt one phone now, for a one-off amount, and wait for Daraja's answer.

        `status_message` is the `(chat_id, message_id)` of the message that shows how it goes.
        `idempotency_id` is the API caller's key, tied to the charge before Daraja is called.

        Raises:
            InvalidInput: A wrong field of the draft.
            NoMerchantAccount: There is nowhere for the money to go.
            PhoneHasOpenPrompt: Another prompt is live on this phone.
            Conflict: `number_blocked`, `too_soon` with the `seconds` to wait, or `daily_limit`
                with the `limit` for numbers that are none of the owner's clients.
        """
        async with transaction():
            outgoing = await self.prepare_charge(owner_id, draft, status_message=status_message)
            if idempotency_id is not None:
                await IdempotencyKey.filter(id=idempotency_id).update(
                    transaction_id=outgoing.bill.id
                )
        status = await self.send_now(outgoing)
        return Charge(await Transaction.get(id=outgoing.bill.id), status)

    async def prepare_charge(
        self, owner_id: int, draft: ChargeDraft, *, status_message: tuple[int, int] | None = None
    ) -> Outgoing:
        """Store a one-off charge and its prompt, to be handed to `send_now` at once.

        If nobody does, `reconcile` finds that it was never sent, and the status message says so.

        Raises:
            FluxPayError: As for `charge`.
        """
        checked = check_charge(draft)
        owner = await User.get(id=owner_id)
        merchant = await self._accounts.for_owner(owner)
        async with transaction():
            client = await self._clients.find_by_phone(owner_id, checked.phone_number)
            bill = await self._create_charge(owner, client, checked, status_message)
            await audit_deputy(self._context, owner_id, "charge", f"transaction:{bill.id}")
            return await self.prepare(bill, merchant)

    async def prepare(
        self, bill: Transaction, merchant: Merchant, *, watcher: tuple[int, int] | None = None
    ) -> Outgoing:
        """Store a person's prompt for `send_now`; belongs inside the caller's DB transaction.

        `watcher` is the `(chat_id, message_id)` in which a client watches how it goes.

        Raises:
            PhoneHasOpenPrompt: Another prompt is live on this phone.
            Conflict: `prompts_stopped`, `number_blocked`, `too_soon` with the `seconds` to wait,
                or `daily_limit` with the `limit` for numbers that are none of the owner's clients.
        """
        if bill.subscription_id is None:
            await self._person_prompts.check_stranger(bill.owner_id, bill.phone_number)
        await self._person_prompts.check(bill.phone_number, bill.amount_kes - bill.paid_kes)
        outgoing = self._dispatch.make(
            Bill.of(bill), merchant, PushOrigin.PERSON, at=self._context.now()
        )
        outgoing.push.watcher_chat_id, outgoing.push.watcher_message_id = watcher or (None, None)
        stored = await self._dispatch.store([outgoing])
        if not stored:
            raise PhoneHasOpenPrompt
        return stored[0]

    async def send_now(
        self, outgoing: Outgoing, *, status_message: tuple[int, int] | None = None
    ) -> PushStatus:
        """Hand a stored prompt to Daraja; nobody lets a person wait for the shortcode's pace.

        `status_message` is the `(chat_id, message_id)` of the message that shows how it goes.
        """
        if status_message is not None:
            chat_id, message_id = status_message
            await Transaction.filter(id=outgoing.bill.id).update(
                status_chat_id=chat_id, status_message_id=message_id
            )
        await self._pace.count(outgoing.push.shortcode)
        await self._dispatch.send([outgoing])
        return await self.state_of(outgoing.bill.id)

    async def _create_charge(
        self,
        owner: User,
        client: Client | None,
        draft: ChargeDraft,
        status_message: tuple[int, int] | None,
    ) -> Transaction:
        chat_id, message_id = status_message or (None, None)
        return await Transaction.create(
            owner=owner,
            client=client,
            phone_number=draft.phone_number,
            amount_kes=draft.amount_kes,
            status=TransactionStatus.PENDING,
            account_reference=draft.account_reference or "FluxPay",
            description=draft.description or "",
            status_chat_id=chat_id,
            status_message_id=message_id,
            created_at=self._context.now(),
        )

    async def state_of(self, transaction_id: int) -> PushStatus:
        """Return how the transaction's newest push stands now.

        Raises:
            NotFound: `transaction`.
        """
        bill = await Transaction.get_or_none(id=transaction_id)
        if bill is None:
            raise NotFound("transaction")
        push = await StkPush.filter(transaction_id=transaction_id).order_by("-id").first()
        return status_of(bill, push)
