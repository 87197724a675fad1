"""What an owner does for one client beside billing him: reminding, another phone, letters."""

from datetime import date

from core.billing.due import account_reference
from core.billing.phone import local_phone, mask_phone, normalise_phone
from core.billing.text import check_letter
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import Client, Notification, StkPush, Transaction, User
from core.services.audit import audit, audited
from core.services.bills.ledger import Ledger
from core.services.clients.directory import DirectoryService
from core.services.context import Context
from core.services.notices import Notices
from core.services.prompts.blocked_numbers import BlockedNumberService
from core.services.prompts.open_prompts import open_prompt_for
from core.services.subscriptions.clients import ClientService, same_person_key
from core.services.voiding import OPEN

LONGEST_LETTER = 1000
_LETTERS_A_DAY = 20
"""From one client to one business: enough to talk, too few to pester."""
_LETTERS = ("client_letter", "letter_from_client")


class CareService:
    """Another owner's client is not found."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        ledger: Ledger,
        clients: ClientService,
        blocked: BlockedNumberService,
    ) -> None:
        self._context = context
        self._notices = notices
        self._ledger = ledger
        self._clients = clients
        self._directory = DirectoryService(context)
        self._blocked = blocked

    # --- reminding ------------------------------------------------------------------------------

    @audited("remind", "client")
    async def remind(self, owner_id: int, client_id: int) -> None:
        """Remind the client of what he owes, or of his next bill, in his chat.

        Raises:
            NotFound: `client`.
            Conflict: `no_chat`, `reminders_off` at the client's own wish, `reminded_today`, or
                `nothing_to_remind_of`.
        """
        async with transaction():
            client = await self._clients.get(owner_id, client_id)
            if not can_be_written_to(client):
                raise Conflict("no_chat")
            if client.reminders_off_at is not None:
                raise Conflict("reminders_off")
            key = reminder_key(client_id, self._context.today())
            if await Notification.exists(dedupe_key=f"{key}:client"):
                raise Conflict("reminded_today")
            params = await self.reminder(owner_id, client_id)
            await self._notices.client(client, "client_reminder", params, key=key)

    async def reminder(self, owner_id: int, client_id: int) -> dict[str, object]:
        """Return what a reminder of the client would say, as a notice's params.

        Raises:
            NotFound: `client`.
            Conflict: `nothing_to_remind_of`.
        """
        card = await self._directory.card(owner_id, client_id)
        owner = await User.get(id=owner_id)
        bill = await self._directory.oldest_open_bill(owner_id, client_id)
        running = next(
            (row for row in card.subscriptions if row.next_billing_date == card.standing.next_on),
            None,
        )
        subscription = bill.subscription if bill else running
        if subscription is None:
            raise Conflict("nothing_to_remind_of")
        since = bill.period_start if bill else subscription.next_billing_date
        return {
            "business": owner.display_name,
            "plan_name": subscription.plan.name,
            "amount_kes": card.standing.owed_kes or subscription.amount_kes,
            "is_owed": bill is not None,
            "due_on": (since or self._context.today()).isoformat(),
            "client_id": client_id,
            "transaction_id": bill.id if bill else None,
            **await self._ledger.ways_to_pay(owner, account_reference(subscription.id)),
        }

    # --- another phone --------------------------------------------------------------------------

    async def change_phone(
        self, owner_id: int, client_id: int, phone_number: str, *, is_shared: bool = False
    ) -> Client:
        """Prompt the client on another phone from now on, for his open bills, too.

        Raises:
            NotFound: `client`.
            InvalidInput: `phone_number`.
            PhoneHasOpenPrompt: He is being asked on the old one just now.
            Conflict: `number_blocked`, or `phone_taken` by another client of the owner, unless
                the two share it.
        """
        try:
            phone = normalise_phone(phone_number)
        except InvalidValue as error:
            raise InvalidInput({"phone_number": error.fault}) from None
        async with transaction():
            client = await self._clients.get(owner_id, client_id)
            if client.phone_number == phone:
                return client
            await self._check_phone(client, phone, is_shared=is_shared)
            await self._move_to(client, phone)
        return client

    async def _check_phone(self, client: Client, phone: str, *, is_shared: bool) -> None:
        await self._blocked.check(phone)
        other = await self._clients.find_by_phone(client.owner_id, phone)
        if other is not None and not is_shared:
            raise Conflict("phone_taken")
        bills = (
            await Transaction.filter(client_id=client.id, status__in=list(OPEN))
            .order_by("id")
            .select_for_update()
        )
        numbers = [bill.id for bill in bills]
        if await StkPush.exists(live_transaction_id__in=numbers):
            raise await open_prompt_for(self._context, *numbers)
        key = None if other is not None else same_person_key(client.owner_id, phone)
        client.same_person_key = key

    async def _move_to(self, client: Client, phone: str) -> None:
        before, client.phone_number = client.phone_number, phone
        # From now on it is the owner who says whose number it is.
        client.phone_claimed_at = client.phone_confirmed_at = None
        await client.save(
            update_fields=[
                "phone_number",
                "same_person_key",
                "phone_claimed_at",
                "phone_confirmed_at",
            ]
        )
        await Transaction.filter(
            client_id=client.id, status__in=list(OPEN), subscription_id__not_isnull=True
        ).update(phone_number=phone)
        await audit(
            self._context,
            f"user:{client.owner_id}",
            "change_phone",
            f"client:{client.id}",
            before=mask_phone(before),
            after=mask_phone(phone),
        )
        owner = await User.get(id=client.owner_id)
        params = {"business": owner.display_name, "phone": mask_phone(phone)}
        key = f"phone_changed:{client.id}:{int(self._context.now().timestamp())}"
        await self._notices.client(client, "client_phone_changed", params, key=key)

    # --- letters --------------------------------------------------------------------------------

    @audited("write_to_client", "client")
    async def write_to_client(
        self, owner_id: int, client_id: int, text: str, *, key: str
    ) -> Client:
        """Bring the client a letter of his owner's, once for each `key`.

        Raises:
            NotFound: `client`.
            InvalidInput: `text`.
            Conflict: `no_chat`.
        """
        letter = _checked(text)
        async with transaction():
            client = await self._clients.get(owner_id, client_id)
            if not can_be_written_to(client):
                raise Conflict("no_chat")
            owner = await User.get(id=owner_id)
            params = {"business": owner.display_name, "client_id": client_id, "text": letter}
            key = f"letter_to:{client_id}:{key}"
            await self._notices.client(client, "client_letter", params, key=key)
        return client

    async def write_to_owner(
        self, telegram_id: int, client_id: int, text: str, *, key: str
    ) -> User:
        """Bring the owner a letter of his client's, once for each `key`; return the owner.

        Raises:
            NotFound: `client`: none with this chat.
            InvalidInput: `text`.
            Conflict: `letters_today`, with the `limit`.
        """
        letter = _checked(text)
        async with transaction():
            client = await self.client_in_chat(telegram_id, client_id)
            # One at a time: two at once must not both be the last.
            await Client.filter(id=client_id).select_for_update()
            owner = await User.get(id=client.owner_id)
            await self._check_letters(client, owner)
            params = {
                "client_id": client.id,
                "client_name": client.name,
                "phone": local_phone(client.phone_number),
                "text": letter,
            }
            prefix = _letters_of(client, self._context.today())
            await self._notices.owner(owner, "letter_from_client", params, key=f"{prefix}:{key}")
        return owner

    async def _check_letters(self, client: Client, owner: User) -> None:
        written = await Notification.filter(
            chat_id=owner.telegram_id,
            template="letter_from_client",
            dedupe_key__startswith=f"{_letters_of(client, self._context.today())}:",
        ).count()
        if written >= _LETTERS_A_DAY:
            raise Conflict("letters_today", limit=_LETTERS_A_DAY)

    async def client_in_chat(self, telegram_id: int, client_id: int) -> Client:
        """Return the client whose chat this is.

        Raises:
            NotFound: `client`.
        """
        client = await Client.get_or_none(id=client_id, telegram_id=telegram_id)
        if client is None:
            raise NotFound("client")
        return client

    async def letter_behind(self, telegram_id: int, message_id: int) -> tuple[str, int] | None:
        """Return template and client of the letter that this message of ours was, if any."""
        row = (
            await Notification.filter(
                chat_id=telegram_id, message_id=message_id, template__in=list(_LETTERS)
            )
            .order_by("-id")
            .first()
        )
        return None if row is None else (row.template, int(str(row.params["client_id"])))


def reminder_key(client_id: int, day: date) -> str:
    """Return the key by which a client is reminded once a day."""
    return f"reminder:{client_id}:{day.isoformat()}"


def can_be_written_to(client: Client) -> bool:
    """Tell whether the client has a chat with the bot, and has not blocked it."""
    return client.telegram_id is not None and client.blocked_at is None


def _letters_of(client: Client, day: date) -> str:
    return f"letter_from:{client.id}:{day.isoformat()}"


def _checked(text: str) -> str:
    try:
        return check_letter(text, max_length=LONGEST_LETTER)
    except InvalidValue as error:
        raise InvalidInput({"text": error.fault}) from None
