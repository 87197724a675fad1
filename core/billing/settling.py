"""Which news of a prompt is plain: it fits in every way, and touches nothing but its own bill.

Such news can be settled many at a time. All other is looked into one by one.
"""

from dataclasses import dataclass
from datetime import date

from core.billing.lifecycle import (
    LIVE_PUSH_STATES,
    PushState,
    SubscriptionStatus,
    TransactionStatus,
)
from core.billing.outcomes import UNDECIDED, Outcome
from core.billing.periods import Renewal

NOT_THE_CLIENTS = frozenset({Outcome.BUSY, Outcome.MERCHANT_FAULT})
"""Failures in which the client had no say."""
_OPEN = frozenset({TransactionStatus.PENDING, TransactionStatus.FAILED})
_IN_ARREARS = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The subscription that a bill belongs to."""

    status: SubscriptionStatus
    renewal: Renewal
    period_start: date | None
    """Of the bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """A prompt and its bill as they stand."""

    state: PushState
    amount_kes: int
    phone_number: str
    bill_status: TransactionStatus
    owed_kes: int
    subscription: Running | None
    """None: a one-off charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What came in on the prompt's own secret path."""

    outcome: Outcome
    amount_kes: int | None
    receipt: str | None
    phone_number: str | None
    paid_on: date


def is_plain_payment(prompted: Prompted, news: News) -> bool:
    """Tell whether the payment is to be believed, pays just this bill, and moves nothing else.

    The caller sees to it that nobody has its receipt yet.
    """
    return (
        news.outcome is Outcome.PAID
        and prompted.state in LIVE_PUSH_STATES
        and prompted.bill_status in _OPEN
        and news.receipt is not None
        and news.amount_kes == prompted.amount_kes == prompted.owed_kes
        and news.phone_number in {None, prompted.phone_number}
        and _stays(prompted.subscription, news.paid_on)
    )


def _stays(subscription: Running | None, paid_on: date) -> bool:
    """Tell whether a paid bill leaves its subscription as it is: no arrears, no new dates."""
    if subscription is None:
        return True
    if subscription.status in _IN_ARREARS:
        return False
    if subscription.renewal is Renewal.FIXED or subscription.period_start is None:
        return True
    return paid_on <= subscription.period_start


def is_plain_failure(prompted: Prompted, news: News) -> bool:
    """Tell whether the client did not pay a bill that still waits for him, and that is all."""
    return (
        news.outcome is not Outcome.PAID
        and news.outcome not in UNDECIDED | NOT_THE_CLIENTS
        and prompted.state in LIVE_PUSH_STATES
        and prompted.bill_status is TransactionStatus.PENDING
        and prompted.subscription is not None
    )
