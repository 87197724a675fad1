"""What has happened to one bill: its prompts, the money that came, and the receipts for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.billing.lifecycle import PushState
from core.billing.outcomes import Outcome
from core.database import transaction
from core.errors import Conflict, NotFound
from core.models import Allocation, PaymentSource, StkPush, Transaction
from core.services.audit import audited
from core.services.bills.slips import balance_after, slip
from core.services.context import Context
from core.services.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One prompt, and how it ended."""

    at: datetime
    state: PushState
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Money that went into the bill."""

    at: datetime
    amount_kes: int
    source: PaymentSource
    receipt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that has happened to a bill or charge."""

    events: tuple[Asked | Paid, ...]
    """The oldest first."""
    has_receipt: bool
    """Money came, so there is something to show a receipt for."""


class HistoryService:
    """Tell what happened. Another owner's bill is not found."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def of(self, owner_id: int, transaction_id: int) -> History:
        """Return what happened to the bill.

        Raises:
            NotFound: `transaction`.
        """
        await _get(owner_id, transaction_id)
        pushes = await StkPush.filter(transaction_id=transaction_id)
        parts = await _parts(transaction_id)
        events = [_asked(push) for push in pushes] + [_paid(part) for part in parts]
        return History(
            events=tuple(sorted(events, key=lambda event: event.at)), has_receipt=bool(parts)
        )

    async def receipt(self, owner_id: int, transaction_id: int) -> Mapping[str, Any]:
        """Return the receipt for the newest payment of the bill, as a notice's params.

        Raises:
            NotFound: `transaction`.
            Conflict: `nothing_paid`.
        """
        bill = await _get(owner_id, transaction_id)
        parts = await _parts(transaction_id)
        if not parts:
            raise Conflict("nothing_paid")
        newest = parts[-1]
        balance = await balance_after(bill)
        return slip(bill, newest.payment, amount_kes=newest.amount_kes, balance=balance)

    @audited("send_receipt", "transaction")
    async def send_receipt(self, owner_id: int, transaction_id: int, *, press: int) -> None:
        """Send the client his receipt again, once for each `press` of the button.

        Raises:
            NotFound: `transaction`.
            Conflict: `nothing_paid`, or `client_without_chat` when he never opened his invitation.
        """
        async with transaction():
            params = await self.receipt(owner_id, transaction_id)
            bill = await _get(owner_id, transaction_id)
            if bill.client is None or bill.client.telegram_id is None:
                raise Conflict("client_without_chat")
            key = f"receipt_again:{transaction_id}:{press}"
            await self._notices.client(bill.client, "client_receipt", params, key=key)


async def _get(owner_id: int, transaction_id: int) -> Transaction:
    bill = await Transaction.get_or_none(id=transaction_id, owner_id=owner_id).select_related(
        "owner", "client", "subscription__plan"
    )
    if bill is None:
        raise NotFound("transaction")
    return bill


async def _parts(transaction_id: int) -> list[Allocation]:
    return (
        await Allocation.filter(transaction_id=transaction_id)
        .order_by("id")
        .select_related("payment")
    )


def _asked(push: StkPush) -> Asked | Paid:
    return Asked(
        at=push.sent_at or push.created_at,
        state=push.state,
        outcome=Outcome(push.outcome) if push.outcome else None,
    )


def _paid(part: Allocation) -> Asked | Paid:
    payment = part.payment
    return Paid(
        at=payment.paid_at,
        amount_kes=part.amount_kes,
        source=payment.source,
        receipt=payment.receipt,
    )
