"""Money and decisions that no prompt brought: what an owner may enter himself."""

import pytest

from core.billing.by_hand import (
    MAX_BY_HAND_KES,
    check_amount_by_hand,
    check_reason,
    may_be_paid_by_hand,
    may_be_voided,
    was_asked_for,
)
from core.billing.lifecycle import LIVE_PUSH_STATES, PushState, TransactionStatus
from core.errors import Fault, InvalidValue
from tests.unit.billing.refusals import fault_of

OPEN = {TransactionStatus.PENDING, TransactionStatus.FAILED}


@pytest.mark.parametrize("status", TransactionStatus)
def test_only_an_open_bill_is_paid_or_voided_by_hand(status):
    assert may_be_paid_by_hand(status) is (status in OPEN)
    assert may_be_voided(status, []) is (status in OPEN)


@pytest.mark.parametrize("state", PushState)
def test_no_bill_is_voided_while_its_prompt_may_still_be_paid(state):
    prompts = [PushState.FAILED, state]

    assert may_be_voided(TransactionStatus.PENDING, prompts) is (state not in LIVE_PUSH_STATES)


@pytest.mark.parametrize("amount_kes", [1, 1499, 1500, 1501, MAX_BY_HAND_KES])
def test_a_known_client_pays_a_part_the_whole_or_more(amount_kes):
    assert check_amount_by_hand(amount_kes, owed_kes=1500, has_client=True) == amount_kes


@pytest.mark.parametrize(
    ("amount_kes", "fault"),
    [
        (0, Fault("too_small", {"min": 1})),
        (-5, Fault("too_small", {"min": 1})),
        (MAX_BY_HAND_KES + 1, Fault("too_big_by_hand", {"max": MAX_BY_HAND_KES})),
        (1500.0, Fault("not_an_amount")),
        (True, Fault("not_an_amount")),
    ],
)
def test_an_amount_that_can_not_be_meant_is_refused(amount_kes, fault):
    found = fault_of(lambda: check_amount_by_hand(amount_kes, owed_kes=1500, has_client=True))

    assert found == fault


@pytest.mark.parametrize("state", PushState)
def test_a_client_has_heard_of_what_his_phone_may_have_shown(state):
    never = {PushState.CREATED, PushState.REJECTED}

    assert was_asked_for([PushState.REJECTED, state]) is (state not in never)
    assert not was_asked_for([])


def test_nobody_unknown_gets_credit():
    assert check_amount_by_hand(1500, owed_kes=1500, has_client=False) == 1500
    assert fault_of(lambda: check_amount_by_hand(1501, owed_kes=1500, has_client=False)) == Fault(
        "more_than_owed", {"max": 1500}
    )


def test_a_reason_is_one_clean_line():
    assert check_reason("  moved \n away ") == "moved away"
    assert check_reason("x" * 200) == "x" * 200
    for wrong, code in (("  ", "required"), ("x" * 201, "too_long"), ("a\x00b", "bad_text")):
        with pytest.raises(InvalidValue, match=code):
            check_reason(wrong)
