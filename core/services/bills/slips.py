"""What a receipt says: who paid whom, for what, when, and how they stand now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.billing.lifecycle import TransactionStatus
from core.database import connection
from core.services.bulk import among, fetch
from core.services.incoming import AnyBill, AnyPayment

_OWED = (
    "SELECT client_id, SUM(amount_kes - paid_kes) AS kes FROM transactions"
    " WHERE status IN ('PENDING', 'FAILED') AND subscription_id IS NOT NULL AND {}"
    " GROUP BY client_id"
)
_CREDIT = "SELECT client_id, SUM(credit_kes) AS kes FROM payments WHERE {} GROUP BY client_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How a client stands with one business."""

    owed_kes: int = 0
    """Of bills that were made and are not paid."""
    credit_kes: int = 0
    """Of money that no bill has taken yet."""


async def balances(client_ids: Collection[int]) -> Mapping[int, Balance]:
    """Return how these clients stand."""
    if not client_ids:
        return {}
    owed, credit = [await _sums(sql, client_ids) for sql in (_OWED, _CREDIT)]
    return {
        client_id: Balance(owed_kes=owed.get(client_id, 0), credit_kes=credit.get(client_id, 0))
        for client_id in client_ids
    }


async def _sums(sql: str, client_ids: Collection[int]) -> dict[int, int]:
    these = among(connection(), "client_id", 1)
    rows = await fetch(connection(), sql.format(these), list(client_ids))
    return {row["client_id"]: int(row["kes"] or 0) for row in rows}


async def balance_after(bill: AnyBill) -> Balance:
    """Return how whoever pays this bill stands; a charge counts as long as it is open itself."""
    found = Balance()
    if bill.client_id is not None:
        found = (await balances([bill.client_id]))[bill.client_id]
    if bill.subscription_id is not None or bill.status is TransactionStatus.VOID:
        return found
    left_kes = bill.amount_kes - bill.paid_kes
    return Balance(owed_kes=found.owed_kes + left_kes, credit_kes=found.credit_kes)


def slip(
    bill: AnyBill, payment: AnyPayment, *, amount_kes: int, balance: Balance
) -> dict[str, Any]:
    """Return the params of a receipt, for the owner and for the client alike.

    The bill's owner, client and subscription (with its plan) must be loaded.
    """
    subscription = bill.subscription
    return {
        "business": bill.owner.display_name,
        "client_name": bill.client.name if bill.client else None,
        "client_language": bill.client.chosen_language if bill.client else None,
        "phone_number": bill.phone_number,
        "plan_name": subscription.plan.name if subscription else None,
        "period_start": bill.period_start.isoformat() if bill.period_start else None,
        "amount_kes": amount_kes,
        "source": payment.source.value,
        "receipt": payment.receipt,
        "paid_at": payment.paid_at.isoformat(),
        "next_on": subscription.next_billing_date.isoformat() if subscription else None,
        "owed_kes": balance.owed_kes,
        "credit_kes": balance.credit_kes,
    }
