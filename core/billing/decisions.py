"""What an owner may decide about a bill or charge whose prompt can't speak for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.billing.lifecycle import (
    BILLABLE,
    LIVE_PUSH_STATES,
    PushState,
    SubscriptionStatus,
    TransactionStatus,
)
from core.billing.outcomes import Outcome

# A suspended client is no longer asked by the timetable, but a person may ask him.
_MAY_BE_PROMPTED = BILLABLE | {SubscriptionStatus.SUSPENDED}


class Decision(StrEnum):
    """A word of the owner's."""

    PAID = "PAID"
    """It was paid: he has the M-Pesa code."""
    NOT_PAID = "NOT_PAID"
    """It was not: his statement does not show it."""
    PROMPT_AGAIN = "PROMPT_AGAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """One prompt of the transaction, as far as a decision depends on it."""

    push_id: int
    state: PushState
    outcome: Outcome | None

    @property
    def is_live(self) -> bool:
        """Whether it may still be answered, or nobody knows."""
        return self.state in LIVE_PUSH_STATES


def in_doubt(prompts: Sequence[Prompted]) -> Prompted | None:
    """Return the prompt that the owner's word is wanted about, None if there is none.

    It is the one that is UNKNOWN. While no prompt is live, it is the newest one that was closed
    without an answer: its payment may still turn up on a statement.
    """
    live = [prompt for prompt in prompts if prompt.is_live]
    if live:
        return next((prompt for prompt in live if prompt.state is PushState.UNKNOWN), None)
    closed = [prompt for prompt in prompts if prompt.outcome is Outcome.NO_ANSWER]
    return max(closed, key=lambda prompt: prompt.push_id, default=None)


def decisions(
    transaction: TransactionStatus,
    *,
    prompts: Sequence[Prompted],
    subscription: SubscriptionStatus | None,
) -> frozenset[Decision]:
    """Return what the owner may decide now; `subscription` is None for a one-off charge."""
    if transaction is TransactionStatus.SUCCESS:
        return frozenset()
    open_to = set()
    doubtful = in_doubt(prompts)
    if doubtful is not None:
        open_to.add(Decision.PAID)
        if doubtful.is_live:
            open_to.add(Decision.NOT_PAID)
    if _may_be_asked_again(transaction, prompts, subscription):
        open_to.add(Decision.PROMPT_AGAIN)
    return frozenset(open_to)


def _may_be_asked_again(
    transaction: TransactionStatus,
    prompts: Sequence[Prompted],
    subscription: SubscriptionStatus | None,
) -> bool:
    if any(prompt.is_live for prompt in prompts):
        return False
    if subscription is None:  # A charge: the timetable never asks for it, only people do.
        return transaction is TransactionStatus.FAILED
    if subscription not in _MAY_BE_PROMPTED:
        return False
    if transaction is TransactionStatus.PENDING:
        # The timetable prompts for it by itself, unless the subscription is suspended.
        return subscription is SubscriptionStatus.SUSPENDED
    return transaction is TransactionStatus.FAILED
