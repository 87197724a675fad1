"""Periods that an outage left behind: up to three are billed, with more the owner is asked."""

from datetime import date, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency
from core.errors import Conflict, NotFound
from core.models import Subscription
from core.services.bills.making import MissedPeriods
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import DAY, TODAY, bills, notice, tick, told


@pytest.fixture
async def daily(engine, owner):
    plan = await make_plan(engine, owner, frequency=Frequency.DAILY, billing_day=None)
    return await make_subscription(engine, owner, plan, first_on=TODAY)


async def starts():
    return [bill.period_start for bill in await bills()]


def days(first, last):
    """The days of November 2026 from one to the other."""
    return [date(2026, 11, day) for day in range(first, last + 1)]


@pytest.mark.parametrize("missed", [1, 2, 3])
async def test_up_to_three_missed_periods_get_a_bill_each(engine, daily, gateway, clock, missed):
    clock.advance((missed - 1) * DAY)

    await tick(engine)

    assert await starts() == days(23, 22 + missed)
    assert (await Subscription.get()).parked_at is None
    assert len(gateway.requests) == 1


@pytest.fixture
async def parked(engine, daily, clock):
    """Six periods were missed: three are billed, three wait for the owner's word."""
    clock.advance(5 * DAY)
    await tick(engine)
    assert await starts() == days(23, 25)
    return daily


async def test_more_than_three_park_the_subscription_and_ask_the_owner_once(engine, parked, clock):
    for _ in range(3):
        await tick(engine)
        clock.advance(DAY)

    assert (await Subscription.get()).parked_at is not None
    assert await starts() == days(23, 25)
    assert (await told()).count("parked") == 1
    assert (await notice("parked"))["missed"] == 3


@pytest.mark.parametrize(
    ("choice", "billed"),
    [
        (MissedPeriods.ALL, days(23, 28)),
        (MissedPeriods.LATEST, [*days(23, 25), date(2026, 11, 28)]),
        (MissedPeriods.NONE, days(23, 25)),
    ],
)
async def test_owner_chooses_what_of_the_missed_is_billed(engine, owner, parked, choice, billed):
    subscription = await engine.billing.unpark(owner.id, parked.id, choice)

    assert await starts() == billed
    assert subscription.next_billing_date == date(2026, 11, 29)
    row = await Subscription.get()
    assert (row.parked_at, row.next_billing_date) == (None, date(2026, 11, 29))


async def test_unparked_subscription_goes_on_the_next_day(engine, owner, parked, clock):
    await engine.billing.unpark(owner.id, parked.id, MissedPeriods.NONE)
    clock.advance(DAY)
    await engine.billing.process_due_payments()

    assert await starts() == [*days(23, 25), date(2026, 11, 29)]


async def test_periods_missed_while_parked_belong_to_the_choice(engine, owner, parked, clock):
    clock.advance(2 * DAY)

    await engine.billing.unpark(owner.id, parked.id, MissedPeriods.ALL)

    assert await starts() == days(23, 30)


async def test_second_choice_finds_nothing_parked(engine, owner, parked):
    await engine.billing.unpark(owner.id, parked.id, MissedPeriods.NONE)

    with pytest.raises(Conflict, match="not_parked"):
        await engine.billing.unpark(owner.id, parked.id, MissedPeriods.ALL)

    assert len(await starts()) == 3


async def test_another_owner_can_not_unpark(engine, parked):
    stranger = await engine.people.register_owner(1002)

    with pytest.raises(NotFound):
        await engine.billing.unpark(stranger.id, parked.id, MissedPeriods.ALL)

    assert (await Subscription.get()).parked_at is not None


async def test_cancelled_subscription_is_parked_no_more(engine, owner, parked):
    await engine.subscriptions.cancel(owner.id, parked.id)

    with pytest.raises(Conflict, match="not_parked"):
        await engine.billing.unpark(owner.id, parked.id, MissedPeriods.ALL)


async def test_resuming_forgets_what_was_parked(engine, owner, parked, clock):
    await engine.subscriptions.pause(owner.id, parked.id)
    with pytest.raises(Conflict, match="not_parked"):
        await engine.billing.unpark(owner.id, parked.id, MissedPeriods.ALL)
    clock.advance(DAY)

    await engine.subscriptions.resume(owner.id, parked.id)
    await engine.billing.process_due_payments()

    row = await Subscription.get()
    assert (row.parked_at, row.status) == (None, SubscriptionStatus.ACTIVE)
    assert await starts() == [*days(23, 25), date(2026, 11, 29)]


async def test_subscription_parked_a_second_time_is_announced_again(engine, owner, parked, clock):
    await engine.billing.unpark(owner.id, parked.id, MissedPeriods.NONE)
    clock.advance(timedelta(days=10))

    await tick(engine)

    assert (await told()).count("parked") == 2
