"""Which bills an amount of money pays."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Debt:
    """What is still owed on one transaction."""

    transaction_id: int
    owed_kes: int


def allocate(amount_kes: int, debts: Sequence[Debt]) -> tuple[dict[int, int], int]:
    """Return the shillings that each transaction gets, and those left over as credit.

    Debts are paid in the order given, so give the oldest first. Those that get nothing are left
    out. What is paid and what is left always add up to the amount.

    Raises:
        ValueError: The amount is negative: money going back is a refund.
    """
    if amount_kes < 0:
        raise ValueError(amount_kes)
    left_kes = amount_kes
    paid_kes: dict[int, int] = {}
    for debt in debts:
        part_kes = min(left_kes, debt.owed_kes)
        if part_kes > 0:
            paid_kes[debt.transaction_id] = paid_kes.get(debt.transaction_id, 0) + part_kes
            left_kes -= part_kes
    return paid_kes, left_kes
