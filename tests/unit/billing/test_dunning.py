"""After a failed prompt: retry, give up, or call a person."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.dunning import (
    NextStep,
    RetryPolicy,
    after_failure,
    busy_back_off,
    is_retry_due,
)
from core.billing.outcomes import Outcome

FAILED_AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
POLICY = RetryPolicy()

RETRYABLE = [
    Outcome.NO_MONEY,
    Outcome.CANCELLED,
    Outcome.WRONG_PIN,
    Outcome.TIMED_OUT,
    Outcome.UNREACHABLE,
    Outcome.OVER_LIMIT,
    Outcome.BUSY,
    Outcome.NEVER_SENT,
    Outcome.NOT_PAID,
]
NEEDS_PERSON = [
    Outcome.PHONE_FAULT,
    Outcome.AMOUNT_FAULT,
    Outcome.MERCHANT_FAULT,
    Outcome.NO_ANSWER,
]
NO_FAILURE = [Outcome.PAID, Outcome.PENDING, Outcome.UNCLEAR]


def step_after(outcome, retry_count, policy=POLICY):
    return after_failure(outcome, retry_count=retry_count, failed_at=FAILED_AT, policy=policy)


def is_due(*, retry_count=0, next_attempt_at=FAILED_AT, now=FAILED_AT):
    return is_retry_due(
        retry_count=retry_count, next_attempt_at=next_attempt_at, now=now, policy=POLICY
    )


def test_every_outcome_has_its_rule():
    assert sorted(RETRYABLE + NEEDS_PERSON + NO_FAILURE) == sorted(Outcome)


@pytest.mark.parametrize("outcome", RETRYABLE)
@pytest.mark.parametrize("retry_count", [0, 1, 2])
def test_a_failure_with_a_retry_left_is_asked_again_after_a_day(outcome, retry_count):
    assert step_after(outcome, retry_count) == NextStep(
        next_attempt_at=datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
        exhausted=False,
        suspend_at=None,
        needs_person=False,
    )


@pytest.mark.parametrize("outcome", RETRYABLE)
@pytest.mark.parametrize("retry_count", [3, 4])
def test_the_last_retrys_failure_gives_three_days_of_grace_and_then_suspends(outcome, retry_count):
    assert step_after(outcome, retry_count) == NextStep(
        next_attempt_at=None,
        exhausted=True,
        suspend_at=datetime(2026, 11, 26, 5, 0, tzinfo=UTC),
        needs_person=False,
    )


@pytest.mark.parametrize("outcome", NEEDS_PERSON)
@pytest.mark.parametrize("retry_count", [0, 3])
def test_what_no_retry_can_cure_waits_for_a_person(outcome, retry_count):
    assert step_after(outcome, retry_count) == NextStep(
        next_attempt_at=None, exhausted=False, suspend_at=None, needs_person=True
    )


@pytest.mark.parametrize("outcome", NO_FAILURE)
def test_what_is_paid_or_undecided_is_no_failure(outcome):
    with pytest.raises(ValueError, match="is no failure"):
        step_after(outcome, 0)


def test_the_policy_sets_the_count_the_cool_down_and_the_grace():
    policy = RetryPolicy(max_retries=1, cool_down=timedelta(hours=6), grace=timedelta(days=1))

    first = step_after(Outcome.NO_MONEY, 0, policy)
    last = step_after(Outcome.NO_MONEY, 1, policy)

    assert first.next_attempt_at == FAILED_AT + timedelta(hours=6)
    assert last.suspend_at == FAILED_AT + timedelta(days=1)


def test_without_retries_the_first_failure_is_the_last():
    assert step_after(Outcome.NO_MONEY, 0, RetryPolicy(max_retries=0)).exhausted


@given(
    st.sampled_from(RETRYABLE + NEEDS_PERSON), st.integers(0, 10), st.integers(0, 10), st.data()
)
def test_each_failure_has_just_one_next_step(outcome, retry_count, max_retries, data):
    step = step_after(outcome, retry_count, RetryPolicy(max_retries=max_retries))

    assert [step.next_attempt_at is not None, step.exhausted, step.needs_person].count(True) == 1
    assert (step.suspend_at is not None) == step.exhausted


def test_a_retry_is_due_when_its_cool_down_is_over_and_not_before():
    assert is_due(now=FAILED_AT + timedelta(seconds=1))
    assert is_due(now=FAILED_AT)
    assert not is_due(now=FAILED_AT - timedelta(microseconds=1))


def test_no_retry_is_due_once_all_are_used():
    assert is_due(retry_count=2)
    assert not is_due(retry_count=3)


def test_no_retry_is_due_without_a_date_for_it():
    assert not is_due(next_attempt_at=None)


@pytest.mark.parametrize(
    ("attempt", "minutes"),
    [(-1, 1), (0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (5, 30), (6, 60), (7, 60), (1000, 60)],
)
def test_a_busy_m_pesa_is_left_alone_longer_each_time_up_to_an_hour(attempt, minutes):
    assert busy_back_off(attempt) == timedelta(minutes=minutes)
