"""The states of a subscription: each allowed move, and every other one refused."""

from contextlib import suppress
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.lifecycle import (
    BILLABLE,
    LIVE_PUSH_STATES,
    PushState,
    SubscriptionStatus,
    can_move,
    move,
    sources_of,
)
from core.errors import IllegalMove

# Written out by hand: a row is the status now, a column the wanted one, in the order of the rows.
TABLE = """
                     PENDING_ACTIVATION  ACTIVE  PAST_DUE  SUSPENDED  PAUSED  CANCELLED
PENDING_ACTIVATION   no                  yes     no        no         no      yes
ACTIVE               no                  no      yes       no         yes     yes
PAST_DUE             no                  yes     no        yes        yes     yes
SUSPENDED            no                  yes     no        no         no      yes
PAUSED               no                  yes     no        no         no      yes
CANCELLED            no                  no      no        no         no      no
"""


def cells():
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    for current, *answers in rows:
        for wanted, answer in zip(header, answers, strict=True):
            yield SubscriptionStatus(current), SubscriptionStatus(wanted), answer == "yes"


ALLOWED = [(current, wanted) for current, wanted, is_allowed in cells() if is_allowed]
ONLY_FROM = {
    SubscriptionStatus.PAST_DUE: SubscriptionStatus.ACTIVE,
    SubscriptionStatus.SUSPENDED: SubscriptionStatus.PAST_DUE,
}
REFUSED = [(current, wanted) for current, wanted, is_allowed in cells() if not is_allowed]


def test_the_table_speaks_of_every_pair():
    pairs = [(current, wanted) for current, wanted, _ in cells()]

    assert sorted(pairs) == sorted(product(SubscriptionStatus, repeat=2))


@pytest.mark.parametrize(("current", "wanted"), ALLOWED)
def test_a_move_in_the_table_is_made(current, wanted):
    assert can_move(current, wanted)
    assert move(current, wanted) is wanted


@pytest.mark.parametrize(("current", "wanted"), REFUSED)
def test_every_other_move_is_refused_by_name(current, wanted):
    assert not can_move(current, wanted)

    with pytest.raises(IllegalMove) as refusal:
        move(current, wanted)

    assert refusal.value.params["current"] == current
    assert refusal.value.params["wanted"] == wanted


@given(st.lists(st.sampled_from(SubscriptionStatus), max_size=30))
def test_no_life_is_billed_unactivated_suspended_in_time_or_goes_on_when_cancelled(wishes):
    life = [SubscriptionStatus.PENDING_ACTIVATION]
    for wanted in wishes:
        with suppress(IllegalMove):
            life.append(move(life[-1], wanted))

    assert SubscriptionStatus.CANCELLED not in life[:-1]
    assert SubscriptionStatus.PENDING_ACTIVATION not in life[1:]
    assert set(life[1:2]) <= {SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED}
    for before, after in pairwise(life):
        assert before is ONLY_FROM.get(after, before)


@pytest.mark.parametrize("wanted", SubscriptionStatus)
def test_the_sources_of_a_status_are_those_that_may_move_to_it(wanted):
    assert sources_of(wanted) == {current for current, target in ALLOWED if target is wanted}


def test_only_an_active_or_a_late_subscription_is_billed():
    assert {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE} == BILLABLE


def test_a_prompt_is_live_until_its_end_is_known():
    ended = {PushState.SUCCESS, PushState.FAILED, PushState.REJECTED}

    assert set(PushState) - ended == LIVE_PUSH_STATES
