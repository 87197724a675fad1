"""What a client may do to his own subscriptions and bills, without asking the business."""

from collections.abc import Sequence

from core.billing.decisions import Prompted
from core.billing.lifecycle import (
    BILLABLE,
    LIVE_PUSH_STATES,
    PushState,
    SubscriptionStatus,
    TransactionStatus,
    can_move,
)
from core.billing.outcomes import Outcome

_OPEN = frozenset({TransactionStatus.PENDING, TransactionStatus.FAILED})
# Whoever is suspended gets going again by paying.
_MAY_PAY = BILLABLE | {SubscriptionStatus.SUSPENDED}


def may_pause(status: SubscriptionStatus, *, owes: bool) -> bool:
    """Tell whether he may pause: what is open is paid first, so that a pause is no way out."""
    return status is SubscriptionStatus.ACTIVE and not owes


def may_go_on(status: SubscriptionStatus, *, paused_himself: bool) -> bool:
    """Tell whether he may end a pause: only one that he made."""
    return status is SubscriptionStatus.PAUSED and paused_himself


def may_leave(status: SubscriptionStatus) -> bool:
    """Tell whether he may end the subscription; what he owes stays owed."""
    is_begun = status is not SubscriptionStatus.PENDING_ACTIVATION
    return is_begun and can_move(status, SubscriptionStatus.CANCELLED)


def is_payable(bill: TransactionStatus, subscription: SubscriptionStatus | None) -> bool:
    """Tell whether he may ask for a prompt for the bill himself."""
    return bill in _OPEN and subscription in _MAY_PAY


def is_in_doubt(prompts: Sequence[Prompted]) -> bool:
    """Tell whether his money may be on its way already: a second prompt could take it twice."""
    states = {prompt.state for prompt in prompts}
    return PushState.UNKNOWN in states or any(
        prompt.outcome is Outcome.NO_ANSWER for prompt in prompts
    )


def is_being_asked(prompts: Sequence[Prompted]) -> bool:
    """Tell whether a prompt for the bill waits for his PIN."""
    return any(prompt.state in LIVE_PUSH_STATES for prompt in prompts)
