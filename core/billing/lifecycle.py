"""The states of a subscription, a transaction and a prompt, and the moves between them."""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import IllegalMove


class SubscriptionStatus(StrEnum):
    """Where a subscription stands."""

    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    SUSPENDED = "SUSPENDED"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"


class TransactionStatus(StrEnum):
    """Where a bill or a one-off charge stands."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    VOID = "VOID"


class PushState(StrEnum):
    """Where one prompt to one phone stands.

    CREATED was never handed to HTTP, so it is safe to release. SENDING is committed just before
    the call: found after a crash it becomes UNKNOWN, because nobody knows whether it went out.
    """

    CREATED = "CREATED"
    SENDING = "SENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


LIVE_PUSH_STATES = frozenset(
    {PushState.CREATED, PushState.SENDING, PushState.SENT, PushState.UNKNOWN}
)

BILLABLE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
INDEBTED = BILLABLE | {SubscriptionStatus.SUSPENDED}
"""Where open bills still have to be paid, be it from credit."""

_S = SubscriptionStatus
_MOVES: Mapping[SubscriptionStatus, frozenset[SubscriptionStatus]] = {
    _S.PENDING_ACTIVATION: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.ACTIVE: frozenset({_S.PAST_DUE, _S.PAUSED, _S.CANCELLED}),
    _S.PAST_DUE: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.PAUSED, _S.CANCELLED}),
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}


def can_move(current: SubscriptionStatus, wanted: SubscriptionStatus) -> bool:
    """Tell whether a subscription may go from one status to the other."""
    return wanted in _MOVES[current]


def move(current: SubscriptionStatus, wanted: SubscriptionStatus) -> SubscriptionStatus:
    """Return the wanted status.

    Raises:
        IllegalMove: The move is not in the table.
    """
    if not can_move(current, wanted):
        raise IllegalMove(current=current, wanted=wanted)
    return wanted


def sources_of(wanted: SubscriptionStatus) -> frozenset[SubscriptionStatus]:
    """Return the statuses from which a subscription may come to this one."""
    return frozenset(source for source, targets in _MOVES.items() if wanted in targets)
