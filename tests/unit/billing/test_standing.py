from datetime import date

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.standing import ClientState, OpenBill, Running, standing

S = SubscriptionStatus
TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)


def running(status=S.ACTIVE, *, amount_kes=1500, next_on=TOMORROW):
    return Running(status=status, amount_kes=amount_kes, next_on=next_on)


def bill(day, owed_kes=500):
    return OpenBill(period_start=day, owed_kes=owed_kes)


def test_what_is_owed_is_added_up_and_counted_from_the_oldest_bill():
    found = standing(
        [running(S.PAST_DUE)], [bill(date(2026, 11, 20)), bill(TODAY, 250)], today=TODAY
    )

    assert (found.state, found.owed_kes, found.days_late) == (ClientState.OVERDUE, 750, 3)
    assert (found.amount_kes, found.next_on) == (750, TOMORROW)


def test_a_bill_of_today_is_due_and_not_late():
    found = standing([running()], [bill(TODAY)], today=TODAY)

    assert (found.state, found.amount_kes, found.days_late) == (ClientState.DUE, 500, 0)


def test_who_is_billed_today_is_due_before_the_bill_is_made():
    assert standing([running(next_on=TODAY)], [], today=TODAY).state is ClientState.DUE


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([S.ACTIVE], ClientState.RUNNING),
        ([S.PAUSED], ClientState.PAUSED),
        ([S.PAUSED, S.ACTIVE], ClientState.RUNNING),
        ([S.ACTIVE, S.PENDING_ACTIVATION], ClientState.PENDING),
        ([S.CANCELLED], ClientState.ENDED),
        ([], ClientState.ENDED),
    ],
)
def test_the_state_is_what_matters_most_of_all_subscriptions(statuses, state):
    found = standing([running(status) for status in statuses], [], today=TODAY)

    assert (found.state, found.owed_kes) == (state, 0)


def test_without_debt_the_amount_is_that_of_the_next_bill_or_of_the_invitation():
    soon = running(amount_kes=200, next_on=TOMORROW)
    later = running(amount_kes=900, next_on=date(2026, 12, 1))
    waiting = running(S.PENDING_ACTIVATION, amount_kes=50)

    assert standing([later, soon], [], today=TODAY).amount_kes == 200
    assert standing([later, waiting], [], today=TODAY).amount_kes == 50
    assert standing([], [], today=TODAY).amount_kes == 0
