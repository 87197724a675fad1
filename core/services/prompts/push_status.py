"""How a push stands, in the one form in which it may be shown."""

from dataclasses import dataclass
from enum import StrEnum

from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.errors import Fault
from core.models import StkPush, Transaction


class Stage(StrEnum):
    """How far a one-off push has come, as the owner may be told."""

    SENDING = "SENDING"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    REFUSED = "REFUSED"
    PAID = "PAID"
    FAILED = "FAILED"
    VOID = "VOID"
    """Its owner has dropped what it was to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushStatus:
    """The truth about a push at one moment."""

    transaction_id: int
    phone_number: str
    amount_kes: int
    stage: Stage
    outcome: Outcome | None = None
    """Why it FAILED."""
    receipt: str | None = None
    """Of a PAID one, None while it is known by query alone."""
    is_by_hand: bool = False
    """PAID with money that no prompt brought."""
    refusal: Fault | None = None
    """Why it was REFUSED."""


def status_of(bill: Transaction, push: StkPush | None) -> PushStatus:
    """Return how the transaction stands; `push` is its newest one."""
    stage = _stage_of(bill, push)
    outcome = None
    refusal = None
    if stage is Stage.FAILED:
        outcome = Outcome(push.outcome) if push and push.outcome else Outcome.NO_ANSWER
    if stage is Stage.REFUSED:
        code = bill.failure_code or "not_sent"
        refusal = Fault(code, {"detail": bill.failure_detail or ""})
    return PushStatus(
        transaction_id=bill.id,
        phone_number=bill.phone_number,
        amount_kes=push.amount_kes if push and stage in _ABOUT_THE_PUSH else bill.amount_kes,
        stage=stage,
        outcome=outcome,
        receipt=bill.mpesa_receipt_no,
        is_by_hand=stage is Stage.PAID and (push is None or push.state is not PushState.SUCCESS),
        refusal=refusal,
    )


# A bill that was paid in part is prompted for the rest.
_ABOUT_THE_PUSH = frozenset({Stage.SENDING, Stage.ACCEPTED, Stage.UNKNOWN, Stage.FAILED})
_STAGES = {
    PushState.CREATED: Stage.SENDING,
    PushState.SENDING: Stage.SENDING,
    PushState.SENT: Stage.ACCEPTED,
    PushState.UNKNOWN: Stage.UNKNOWN,
    PushState.SUCCESS: Stage.PAID,
    PushState.FAILED: Stage.FAILED,
    PushState.REJECTED: Stage.REFUSED,
}


def _stage_of(bill: Transaction, push: StkPush | None) -> Stage:
    if bill.status is TransactionStatus.SUCCESS:
        return Stage.PAID
    if bill.status is TransactionStatus.VOID:
        return Stage.VOID
    return Stage.REFUSED if push is None else _STAGES[push.state]
