"""What a client may do to his own subscriptions and bills."""

import pytest

from core.billing.decisions import Prompted
from core.billing.lifecycle import (
    LIVE_PUSH_STATES,
    PushState,
    SubscriptionStatus,
    TransactionStatus,
)
from core.billing.outcomes import Outcome
from core.billing.own_wishes import (
    is_being_asked,
    is_in_doubt,
    is_payable,
    may_go_on,
    may_leave,
    may_pause,
)

S, T, P = SubscriptionStatus, TransactionStatus, PushState


def prompted(state, outcome=None):
    return Prompted(push_id=1, state=state, outcome=outcome)


@pytest.mark.parametrize("status", S)
def test_only_who_is_active_and_owes_nothing_may_pause(status):
    assert may_pause(status, owes=False) is (status is S.ACTIVE)
    assert may_pause(status, owes=True) is False


@pytest.mark.parametrize("status", S)
def test_only_the_pause_that_he_made_may_he_end(status):
    assert may_go_on(status, paused_himself=True) is (status is S.PAUSED)
    assert may_go_on(status, paused_himself=False) is False


@pytest.mark.parametrize("status", S)
def test_whoever_has_begun_may_leave_until_he_has_left(status):
    assert may_leave(status) is (status not in {S.PENDING_ACTIVATION, S.CANCELLED})


@pytest.mark.parametrize("bill", T)
@pytest.mark.parametrize("status", [*S, None])
def test_an_open_bill_of_what_still_runs_or_is_suspended_may_be_paid(bill, status):
    is_open = bill in {T.PENDING, T.FAILED}
    still_matters = status in {S.ACTIVE, S.PAST_DUE, S.SUSPENDED}
    assert is_payable(bill, status) is (is_open and still_matters)


@pytest.mark.parametrize("state", P)
def test_money_may_be_on_its_way_while_nobody_knows(state):
    assert is_in_doubt([prompted(P.FAILED, Outcome.CANCELLED), prompted(state)]) is (
        state is P.UNKNOWN
    )
    assert is_in_doubt([]) is False


def test_money_may_be_on_its_way_after_a_prompt_that_was_given_up_without_an_answer():
    assert is_in_doubt([prompted(P.FAILED, Outcome.NO_ANSWER)]) is True


@pytest.mark.parametrize("state", P)
def test_a_prompt_waits_for_his_pin_while_it_is_live(state):
    assert is_being_asked([prompted(P.FAILED), prompted(state)]) is (state in LIVE_PUSH_STATES)
    assert is_being_asked([]) is False
