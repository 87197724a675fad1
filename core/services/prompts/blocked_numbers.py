"""Numbers whose holders want no prompts: nobody sends them any, whoever owns the bill."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.phone import normalise_phone
from core.database import connection, transaction
from core.errors import Conflict, InvalidInput, InvalidValue
from core.models import BlockedNumber, Client, StkPush, Transaction
from core.services.audit import audit
from core.services.bulk import among, fetch
from core.services.context import Context
from core.services.notices import Notices
from core.services.outgoing import Bill
from core.services.voiding import OPEN

REASON = "number_blocked"
_BLOCKED = "SELECT phone_number FROM blocked_numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumber:
    """A number that a person is billed on."""

    phone_number: str
    is_blocked: bool
    can_unblock: bool
    """Blocked at his own wish, and not an admin's."""


class BlockedNumberService:
    """Block numbers, let them go, and keep their bills out of the timetable's hands."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def held_by(self, telegram_id: int) -> list[HeldNumber]:
        """Return the numbers on which this person is billed, at whichever business."""
        phones = await _phones_of(telegram_id)
        rows = await BlockedNumber.filter(phone_number__in=phones)
        blocked = {row.phone_number: row.by for row in rows}
        return [
            HeldNumber(
                phone_number=phone,
                is_blocked=phone in blocked,
                can_unblock=blocked.get(phone) == _holder(telegram_id),
            )
            for phone in phones
        ]

    async def block_own(self, telegram_id: int) -> None:
        """Block every number on which this person is billed; a repeat is harmless."""
        async with transaction():
            for phone in await _phones_of(telegram_id):
                await self._block(phone, by=_holder(telegram_id))

    async def unblock_own(self, telegram_id: int) -> None:
        """Let go what this person blocked himself; an admin's block stays."""
        async with transaction():
            rows = await BlockedNumber.filter(
                phone_number__in=await _phones_of(telegram_id), by=_holder(telegram_id)
            )
            for row in rows:
                await self._unblock(row, by=_holder(telegram_id))

    async def block(self, *, admin_telegram_id: int, phone_number: str) -> str:
        """Block the number in any spelling; return it in the written form.

        Raises:
            NotAllowed: `admin_only`.
            InvalidInput: `phone_number`.
        """
        admin = self._context.require_admin(admin_telegram_id)
        phone = _normalised(phone_number)
        async with transaction():
            await self._block(phone, by=admin)
        return phone

    async def unblock(self, *, admin_telegram_id: int, phone_number: str) -> str:
        """Let the number go, whoever blocked it; return it in the written form.

        Raises:
            NotAllowed: `admin_only`.
            InvalidInput: `phone_number`.
        """
        admin = self._context.require_admin(admin_telegram_id)
        phone = _normalised(phone_number)
        async with transaction():
            for row in await BlockedNumber.filter(phone_number=phone):
                await self._unblock(row, by=admin)
        return phone

    async def _block(self, phone: str, *, by: str) -> None:
        row = BlockedNumber(phone_number=phone, by=by, at=self._context.now())
        await BlockedNumber.bulk_create([row], ignore_conflicts=True)
        row = await BlockedNumber.get(phone_number=phone)
        if self._outranks(by, row.by):
            await BlockedNumber.filter(id=row.id).update(by=by)
        await audit(self._context, by, "block_number", f"blocked_number:{row.id}")
        waiting = (
            await Transaction.filter(
                phone_number=phone, status__in=list(OPEN), next_attempt_at__not_isnull=True
            )
            .order_by("id")
            .select_for_update()
        )
        await self._set_aside([bill.id for bill in waiting])

    def _outranks(self, by: str, other: str) -> bool:
        """Tell whether this wish stands in place of the other: an admin's over a client's."""
        return by.startswith("admin:") and not other.startswith("admin:")

    async def _unblock(self, row: BlockedNumber, *, by: str) -> None:
        """Let its bills be due again: the number alone had stopped them."""
        await audit(self._context, by, "unblock_number", f"blocked_number:{row.id}")
        await row.delete()
        stopped = (
            await Transaction.filter(
                phone_number=row.phone_number,
                status=TransactionStatus.FAILED,
                failure_code=REASON,
                needs_person_at__not_isnull=True,
            )
            .order_by("id")
            .select_for_update()
        )
        for bill in stopped:
            await Transaction.filter(id=bill.id).update(
                status=TransactionStatus.PENDING,
                next_attempt_at=self._context.now(),
                needs_person_at=None,
                failure_code=await _last_outcome(bill.id),
            )

    async def check(self, phone_number: str) -> None:
        """Refuse a prompt to a blocked number.

        Raises:
            Conflict: `number_blocked`.
        """
        if await BlockedNumber.filter(phone_number=phone_number).exists():
            raise Conflict("number_blocked")

    async def without_blocked(self, due: Sequence[Bill]) -> list[Bill]:
        """Return the due bills that may be prompted; the others need their owner from now on.

        Belongs inside the claiming DB transaction.
        """
        if not due:
            return []
        sql = f"{_BLOCKED} WHERE {among(connection(), 'phone_number', 1)}"
        rows = await fetch(connection(), sql, [bill.phone_number for bill in due])
        blocked = {row["phone_number"] for row in rows}
        if not blocked:
            return list(due)
        await self._set_aside([bill.id for bill in due if bill.phone_number in blocked])
        return [bill for bill in due if bill.phone_number not in blocked]

    async def _set_aside(self, bill_ids: Collection[int]) -> None:
        """Leave the bills to their owners, each of whom is told once about each bill."""
        if not bill_ids:
            return
        await Transaction.filter(id__in=list(bill_ids)).update(
            status=TransactionStatus.FAILED,
            failure_code=REASON,
            failure_detail=None,
            next_attempt_at=None,
            needs_person_at=self._context.now(),
        )
        bills = await Transaction.filter(id__in=list(bill_ids)).order_by("id")
        for bill in bills:
            await bill.fetch_related("owner", "client")
            params = {
                "client_name": bill.client.name if bill.client else None,
                "phone_number": bill.phone_number,
                "amount_kes": bill.amount_kes - bill.paid_kes,
                "transaction_id": bill.id,
                "reason": REASON,
            }
            await self._notices.owner(bill.owner, "needs_you", params, key=f"blocked:{bill.id}")


def _normalised(phone_number: str) -> str:
    try:
        return normalise_phone(phone_number)
    except InvalidValue as error:
        raise InvalidInput({"phone_number": error.fault}) from None


def _holder(telegram_id: int) -> str:
    return f"client:{telegram_id}"


async def _phones_of(telegram_id: int) -> list[str]:
    """Return his numbers; one that he only typed may be another's, whom he has no say for."""
    rows = await Client.filter(telegram_id=telegram_id, phone_claimed_at=None).order_by(
        "phone_number"
    )
    return list(dict.fromkeys(row.phone_number for row in rows))


async def _last_outcome(transaction_id: int) -> str | None:
    """Return why the bill's last prompt failed, None if none ever did."""
    push = (
        await StkPush.filter(transaction_id=transaction_id, state=PushState.FAILED)
        .order_by("-id")
        .first()
    )
    return push.outcome if push else None
