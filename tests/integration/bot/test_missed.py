from datetime import date, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.models import Subscription, Transaction
from tests.factories import make_subscription


@pytest.fixture
async def parked(engine, owner, clock):
    """Five monthly periods were missed: three are billed, two wait for the owner's word."""
    subscription = await make_subscription(engine, owner, first_on=date(2026, 11, 23))
    clock.advance(timedelta(days=123))
    await engine.billing.process_due_payments()
    return subscription


@pytest.mark.parametrize(
    ("label", "bills"),
    [("Bill all missed periods", 5), ("Bill only the latest", 4), ("Bill none of them", 3)],
)
async def test_owner_decides_what_becomes_of_missed_periods(
    boss, engine, parked, label, bills, owner
):
    assert await Transaction.filter(subscription_id=parked.id).count() == 3
    await boss.press("Clients", "Asha")

    await boss.press(label)

    assert await Transaction.filter(subscription_id=parked.id).count() == bills
    row = await engine.subscriptions.get(owner.id, parked.id)
    assert (row.parked_at, row.next_billing_date) == (None, date(2027, 4, 23))
    assert label not in boss.labels


async def test_suspended_subscription_can_be_resumed_by_its_owner(boss, engine, owner):
    subscription = await make_subscription(engine, owner)
    await Subscription.filter(id=subscription.id).update(status=SubscriptionStatus.SUSPENDED)
    await boss.press("Clients", "Asha")

    await boss.press("Resume")

    row = await engine.subscriptions.get(owner.id, subscription.id)
    assert row.status is SubscriptionStatus.ACTIVE
