"""What an admin sees and does beside the businesses: work, look-ups, the log, a word to all.

Every method is told who asks and refuses whoever is no admin; what changes something writes a line
of the log in the same DB transaction.
"""

from dataclasses import dataclass

from tortoise.expressions import Q

from core.billing.phone import normalise_phone
from core.billing.text import check_text
from core.database import transaction
from core.errors import InvalidInput, InvalidValue
from core.models import Approval, AuditEntry, InboundEvent, InboundSource, Transaction, User
from core.services.audit import audit
from core.services.bills.arrears import ArrearsService
from core.services.bills.making import BillingService
from core.services.context import Context
from core.services.notices import Notices
from core.services.page import Page, page_of
from core.services.settlement.inbox import InboxService

LONGEST_BROADCAST = 3000
_MOST_FOUND = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What one run of the billing by hand has done."""

    bills: int
    retries: int
    suspended: int


class AdminService:
    """For those whom ADMIN_IDS names.

    Each method raises NotAllowed (`admin_only`) for anybody else.
    """

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        billing: BillingService,
        arrears: ArrearsService,
        inbox: InboxService,
    ) -> None:
        self._context = context
        self._notices = notices
        self._billing = billing
        self._arrears = arrears
        self._inbox = inbox

    # --- work -----------------------------------------------------------------------------------

    async def bill_now(self, *, admin_telegram_id: int) -> Worked:
        """Make the bills that are due, whatever the time of day; prompts follow by themselves."""
        actor = self._context.require_admin(admin_telegram_id)
        await audit(self._context, actor, "bill_now", "billing")
        return Worked(
            bills=await self._billing.process_due_payments(),
            retries=await self._billing.retry_failed_payments(),
            suspended=await self._arrears.suspend_overdue(),
        )

    async def odd_events(self, *, admin_telegram_id: int) -> list[InboundEvent]:
        """Return the newest callbacks that did not simply settle a prompt, newest first."""
        self._context.require_admin(admin_telegram_id)
        plain = ("settled", "failed", "duplicate", "receipt_added", "extra_payment")
        return (
            await InboundEvent.filter(source=InboundSource.STK)
            .filter(Q(outcome=None) | ~Q(outcome__in=plain))
            .order_by("-id")
            .limit(_MOST_FOUND)
        )

    async def replay(self, *, admin_telegram_id: int, event_id: int) -> str | None:
        """Hand a stored callback to settlement again; return its outcome, None if still open.

        Raises:
            NotFound: `event`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        async with transaction():
            outcome = await self._inbox.replay(event_id)
            await audit(self._context, actor, "replay", f"event:{event_id}", outcome=outcome)
        return outcome

    async def look_up(self, *, admin_telegram_id: int, text: str) -> list[Transaction]:
        """Return what an M-Pesa code, a request id of Daraja's, or a phone belongs to.

        The newest ones, at most eight, with their owners and clients.
        """
        actor = self._context.require_admin(admin_telegram_id)
        wanted = text.strip()[:120]
        is_it = (
            Q(mpesa_receipt_no__iexact=wanted)
            | Q(daraja_request_id=wanted)
            | Q(pushes__merchant_request_id=wanted)
            | Q(pushes__checkout_request_id=wanted)
        )
        phone = _phone(wanted)
        if phone is not None:
            is_it |= Q(phone_number=phone)
        ids = await Transaction.filter(is_it).order_by("-id").values_list("id", flat=True)
        # Who looks at whose money is worth a line, too; not what he typed, which may be a phone.
        await audit(self._context, actor, "look_up", "transactions", found=len(set(ids)))
        return (
            await Transaction.filter(id__in=list(dict.fromkeys(ids))[:_MOST_FOUND])
            .order_by("-id")
            .select_related("owner", "client", "subscription__plan")
        )

    # --- words ----------------------------------------------------------------------------------

    async def audience(self, *, admin_telegram_id: int) -> int:
        """Return how many owners a broadcast would reach."""
        self._context.require_admin(admin_telegram_id)
        return await User.filter(approval=Approval.APPROVED).count()

    async def broadcast(self, *, admin_telegram_id: int, text: str, key: str) -> int:
        """Queue a message to every owner, once for each `key`; return how many.

        Raises:
            InvalidInput: `text`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        try:
            words = check_text(text, max_length=LONGEST_BROADCAST)
        except InvalidValue as error:
            raise InvalidInput({"text": error.fault}) from None
        async with transaction():
            count = await self._notices.all_owners(
                "broadcast", {"text": words}, key=f"broadcast:{key}"
            )
            await audit(self._context, actor, "broadcast", "owners", text=words, count=count)
        return count

    async def log(
        self, *, admin_telegram_id: int, cursor: int | None = None, limit: int = 50
    ) -> Page[AuditEntry]:
        """Return who did what, newest first."""
        self._context.require_admin(admin_telegram_id)
        return await page_of(AuditEntry.all(), cursor=cursor, limit=limit)

    async def count_log(self, *, admin_telegram_id: int) -> int:
        """Return how many lines the log has."""
        self._context.require_admin(admin_telegram_id)
        return await AuditEntry.all().count()


def _phone(text: str) -> str | None:
    try:
        return normalise_phone(text)
    except InvalidValue:
        return None
