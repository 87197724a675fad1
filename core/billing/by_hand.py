"""What an owner may do about a bill by hand: book money that came another way, or void it."""

from collections.abc import Iterable

from core.billing.lifecycle import LIVE_PUSH_STATES, PushState, TransactionStatus
from core.billing.text import check_text
from core.errors import InvalidValue

MAX_BY_HAND_KES = 10_000_000
"""A slip of the finger is caught here. No M-Pesa limit holds for cash and banks."""
MAX_REASON_LENGTH = 200

OPEN = frozenset({TransactionStatus.PENDING, TransactionStatus.FAILED})
"""What somebody still has to pay."""
_NEVER_SEEN = frozenset({PushState.CREATED, PushState.REJECTED})


def may_be_paid_by_hand(status: TransactionStatus) -> bool:
    """Tell whether money that came another way can pay it.

    A prompt may be out for it meanwhile: should that be paid as well, it is a second real payment
    and becomes credit.
    """
    return status in OPEN


def may_be_voided(status: TransactionStatus, prompts: Iterable[PushState]) -> bool:
    """Tell whether it can be dropped: not while a prompt may still be paid for nothing."""
    return status in OPEN and not LIVE_PUSH_STATES & set(prompts)


def was_asked_for(prompts: Iterable[PushState]) -> bool:
    """Tell whether its client has heard of it: a prompt reached his phone, or may have."""
    return bool(set(prompts) - _NEVER_SEEN)


def check_amount_by_hand(amount_kes: int, *, owed_kes: int, has_client: bool) -> int:
    """Return the amount if it can be booked: a part, the whole, or more for a known client.

    What is more than owed becomes the client's credit, so without a client there is no more.

    Raises:
        InvalidValue: `too_small` (min), `too_big_by_hand` (max), `more_than_owed` (max), or
            `not_an_amount` for what is no int.
    """
    if type(amount_kes) is not int:
        raise InvalidValue("not_an_amount")
    if amount_kes < 1:
        raise InvalidValue("too_small", min=1)
    if amount_kes > MAX_BY_HAND_KES:
        raise InvalidValue("too_big_by_hand", max=MAX_BY_HAND_KES)
    if amount_kes > owed_kes and not has_client:
        raise InvalidValue("more_than_owed", max=owed_kes)
    return amount_kes


def check_reason(reason: str) -> str:
    """Return the reason on one line.

    Raises:
        InvalidValue: `bad_text`, `required` or `too_long` (max).
    """
    return check_text(reason, max_length=MAX_REASON_LENGTH)
