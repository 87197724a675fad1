"""What an owner may decide: only what nobody else can tell, and never about what is paid."""

import pytest

from core.billing.decisions import Decision, Prompted, decisions, in_doubt
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome

PAID, NOT_PAID, AGAIN = Decision.PAID, Decision.NOT_PAID, Decision.PROMPT_AGAIN
ACTIVE = SubscriptionStatus.ACTIVE


def prompt(push_id=1, state=PushState.FAILED, outcome=None):
    return Prompted(push_id=push_id, state=state, outcome=outcome)


UNKNOWN = prompt(state=PushState.UNKNOWN)
UNANSWERED = prompt(outcome=Outcome.NO_ANSWER)
CANCELLED = prompt(outcome=Outcome.CANCELLED)
OUT = prompt(push_id=2, state=PushState.SENT)


@pytest.mark.parametrize(
    ("status", "prompts", "wanted"),
    [
        (TransactionStatus.PENDING, [UNKNOWN], {PAID, NOT_PAID}),
        (TransactionStatus.VOID, [UNKNOWN], {PAID, NOT_PAID}),
        (TransactionStatus.FAILED, [UNANSWERED], {PAID, AGAIN}),
        (TransactionStatus.FAILED, [CANCELLED], {AGAIN}),
        (TransactionStatus.FAILED, [], {AGAIN}),
        (TransactionStatus.PENDING, [UNANSWERED, OUT], set()),
        (TransactionStatus.PENDING, [], set()),
        (TransactionStatus.VOID, [CANCELLED], set()),
        (TransactionStatus.SUCCESS, [UNKNOWN], set()),
        (TransactionStatus.SUCCESS, [UNANSWERED], set()),
    ],
)
def test_owner_decides_what_nobody_else_can_tell(status, prompts, wanted):
    assert decisions(status, prompts=prompts, subscription=ACTIVE) == wanted


@pytest.mark.parametrize(
    ("subscription", "may"),
    [
        (SubscriptionStatus.ACTIVE, True),
        (SubscriptionStatus.PAST_DUE, True),
        (SubscriptionStatus.SUSPENDED, True),
        (SubscriptionStatus.PAUSED, False),
        (SubscriptionStatus.CANCELLED, False),
        (SubscriptionStatus.PENDING_ACTIVATION, False),
        (None, True),
    ],
)
def test_charge_and_running_or_suspended_subscription_may_be_prompted_again(subscription, may):
    open_to = decisions(TransactionStatus.FAILED, prompts=[CANCELLED], subscription=subscription)

    assert (AGAIN in open_to) is may


def test_pending_bill_of_a_suspended_subscription_waits_for_a_person():
    open_to = decisions(
        TransactionStatus.PENDING, prompts=[CANCELLED], subscription=SubscriptionStatus.SUSPENDED
    )

    assert open_to == {AGAIN}


@pytest.mark.parametrize("prompts", [[OUT], [UNKNOWN]])
def test_charge_is_not_prompted_again_while_a_prompt_is_live(prompts):
    open_to = decisions(TransactionStatus.FAILED, prompts=prompts, subscription=None)

    assert AGAIN not in open_to


def test_the_prompt_in_doubt_is_the_unknown_one_else_the_newest_unanswered():
    newer = prompt(push_id=3, outcome=Outcome.NO_ANSWER)

    assert in_doubt([UNANSWERED, UNKNOWN]) is UNKNOWN
    assert in_doubt([newer, UNANSWERED, CANCELLED]) is newer
    assert in_doubt([UNANSWERED, OUT]) is None
    assert in_doubt([CANCELLED]) is None
    assert in_doubt([]) is None


@pytest.mark.parametrize("state", PushState)
def test_prompt_that_may_still_be_answered_is_live(state):
    closed = {PushState.SUCCESS, PushState.FAILED, PushState.REJECTED}

    assert prompt(state=state).is_live is (state not in closed)
