"""How a client stands with a business: what he owes, since when, and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.billing.lifecycle import BILLABLE, SubscriptionStatus


class ClientFilter(StrEnum):
    """Which clients a list shows."""

    ALL = "all"
    DUE = "due"
    """A bill of today is unpaid, or will be made today."""
    OVERDUE = "overdue"
    """A bill of an earlier day is unpaid."""
    PENDING = "pending"
    """Invited, and not yet accepted."""
    PAUSED = "paused"


class ClientState(StrEnum):
    """The one thing about a client that his owner should know first."""

    OVERDUE = "OVERDUE"
    DUE = "DUE"
    PENDING = "PENDING"
    PAUSED = "PAUSED"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBill:
    """What is unpaid of one period."""

    period_start: date
    owed_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One of a client's subscriptions, as far as the list depends on it."""

    status: SubscriptionStatus
    amount_kes: int
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A client at a glance."""

    state: ClientState
    amount_kes: int
    """What he owes if he owes anything, else what his next bill or invitation is about."""
    owed_kes: int
    days_late: int
    next_on: date | None


def standing(
    subscriptions: Sequence[Running], bills: Sequence[OpenBill], *, today: date
) -> Standing:
    """Return how a client with these subscriptions and open bills stands."""
    owed_kes = sum(bill.owed_kes for bill in bills)
    oldest = min((bill.period_start for bill in bills), default=today)
    state = _state(subscriptions, oldest=oldest if bills else None, today=today)
    billable = [each for each in subscriptions if each.status in BILLABLE]
    following = min(billable, key=lambda each: each.next_on, default=None)
    return Standing(
        state=state,
        amount_kes=owed_kes or _price(state, subscriptions, following),
        owed_kes=owed_kes,
        days_late=max((today - oldest).days, 0),
        next_on=following.next_on if following else None,
    )


def _state(subscriptions: Sequence[Running], *, oldest: date | None, today: date) -> ClientState:
    """Return the state; `oldest` is the first day that is not paid for."""
    if oldest is not None:
        return ClientState.OVERDUE if oldest < today else ClientState.DUE
    if any(each.status in BILLABLE and each.next_on <= today for each in subscriptions):
        return ClientState.DUE
    present = {each.status for each in subscriptions}
    return next((state for state, of in _STATUSES.items() if of & present), ClientState.ENDED)


def _price(state: ClientState, subscriptions: Sequence[Running], following: Running | None) -> int:
    """Return what the subscription costs that the state is about."""
    if following is not None and state is not ClientState.PENDING:
        return following.amount_kes
    shown = _STATUSES.get(state, frozenset(SubscriptionStatus))
    return next((each.amount_kes for each in subscriptions if each.status in shown), 0)


_S = SubscriptionStatus
# In the order in which they matter to an owner.
_STATUSES: Mapping[ClientState, frozenset[SubscriptionStatus]] = {
    ClientState.PENDING: frozenset({_S.PENDING_ACTIVATION}),
    ClientState.RUNNING: BILLABLE,
    ClientState.PAUSED: frozenset({_S.PAUSED, _S.SUSPENDED}),
}
