"""What follows a prompt that was not paid: another one later, a person, or the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.billing.outcomes import UNDECIDED, Outcome

# Another prompt can't end better before somebody mends something, or finds out what happened.
_NEEDS_PERSON = frozenset(
    {Outcome.PHONE_FAULT, Outcome.AMOUNT_FAULT, Outcome.MERCHANT_FAULT, Outcome.NO_ANSWER}
)
_NO_FAILURE = UNDECIDED | {Outcome.PAID}

BUSY_BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
"""How long to leave M-Pesa alone after each busy answer in a row; the last one repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently a bill is asked for."""

    max_retries: int = 3
    cool_down: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(days=3)
    """From the last failure to the suspension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do about a failure: just one of retry, exhausted, needs a person."""

    next_attempt_at: datetime | None
    exhausted: bool
    suspend_at: datetime | None
    needs_person: bool


def after_failure(
    outcome: Outcome, *, retry_count: int, failed_at: datetime, policy: RetryPolicy
) -> NextStep:
    """Return the step after a failed prompt, of which `retry_count` others were retries.

    `retry_count` is 0 for the first prompt and `max_retries` for the last. Only prompts that
    reached a phone count, so a busy M-Pesa is better answered with `busy_back_off`.

    Raises:
        ValueError: The outcome is no failure: it is paid, or nobody knows yet.
    """
    if outcome in _NO_FAILURE:
        raise ValueError(f"{outcome} is no failure")
    needs_person = outcome in _NEEDS_PERSON
    retries = not needs_person and retry_count < policy.max_retries
    exhausted = not needs_person and not retries
    return NextStep(
        next_attempt_at=failed_at + policy.cool_down if retries else None,
        exhausted=exhausted,
        suspend_at=failed_at + policy.grace if exhausted else None,
        needs_person=needs_person,
    )


def is_retry_due(
    *, retry_count: int, next_attempt_at: datetime | None, now: datetime, policy: RetryPolicy
) -> bool:
    """Tell whether the cool-down is over and a retry is left."""
    if next_attempt_at is None or retry_count >= policy.max_retries:
        return False
    return next_attempt_at <= now


def busy_back_off(attempt: int) -> timedelta:
    """Return the wait after the attempt-th busy answer in a row; the first one is 1 (or 0)."""
    step = min(max(attempt, 1), len(BUSY_BACK_OFF))
    return BUSY_BACK_OFF[step - 1]
