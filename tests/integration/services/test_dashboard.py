"""What the owner's numbers count."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency, Renewal
from core.models import Payment, Transaction
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    TODAY,
    bill_and_prompt,
    prompted_subscription,
    report,
)


@pytest.fixture
def overview(engine, owner):
    def look():
        return engine.dashboard.overview(owner.id)

    return look


async def test_business_without_anything_shows_zeros(overview):
    numbers = await overview()

    assert (numbers.due_today, numbers.overdue_count, numbers.received_month_kes) == (0, 0, 0)
    assert numbers.by_status == dict.fromkeys(SubscriptionStatus, 0)
    assert numbers.by_transaction_status == dict.fromkeys(TransactionStatus, 0)
    assert numbers.latest == []


async def test_due_today_counts_a_subscription_before_and_after_it_is_billed_but_not_when_paid(
    engine, owner, gateway, overview
):
    await make_subscription(engine, owner, first_on=TODAY)
    assert (await overview()).due_today == 1
    await bill_and_prompt(engine)
    assert (await overview()).due_today == 1

    await report(engine, gateway)

    assert (await overview()).due_today == 0


async def test_overdue_are_unpaid_bills_of_earlier_days(engine, owner, gateway, clock, overview):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    numbers = await overview()
    assert (numbers.overdue_count, numbers.failed, numbers.needs_you) == (0, 1, 0)

    clock.advance(DAY)
    numbers = await overview()
    assert (numbers.overdue_count, numbers.overdue_kes) == (1, 1500)
    assert numbers.by_status[SubscriptionStatus.PAST_DUE] == 1

    await report(engine, gateway)
    numbers = await overview()
    assert (numbers.overdue_count, numbers.failed) == (0, 0)


async def test_needs_you_counts_what_only_a_person_can_take_on(engine, owner, gateway, overview):
    subscription = await prompted_subscription(engine, owner)
    await report(engine, gateway, code=2040)
    assert (await overview()).needs_you == 1

    await engine.subscriptions.cancel(owner.id, subscription.id)

    assert (await overview()).needs_you == 0


async def test_received_this_month_adds_up_payments_since_the_first_in_the_business_zone(
    engine, owner, overview
):
    midnight = datetime(2026, 10, 31, 21, tzinfo=UTC)  # 1 November in Nairobi
    for paid_at in (midnight - timedelta(seconds=1), midnight, engine.now()):
        await Payment.create(
            owner=owner,
            source="CASH",
            is_verified=True,
            amount_kes=700,
            credit_kes=700,
            paid_at=paid_at,
            created_at=paid_at,
        )

    assert (await overview()).received_month_kes == 1400


async def test_next_week_begins_tomorrow_and_ends_in_seven_days(engine, owner, overview):
    for day in (TODAY, TODAY + DAY, TODAY + 7 * DAY, TODAY + 8 * DAY):
        await make_subscription(engine, owner, first_on=day)

    numbers = await overview()

    assert (numbers.next_week_count, numbers.next_week_kes) == (2, 3000)


async def test_next_week_counts_each_bill_of_a_daily_plan(engine, owner, overview):
    plan = await make_plan(
        engine, owner, frequency=Frequency.DAILY, billing_day=None, amount_kes=50
    )
    await make_subscription(engine, owner, plan, first_on=TODAY)
    assert (await overview()).next_week_kes == 7 * 50

    await engine.billing.process_due_payments()

    assert (await overview()).next_week_kes == 7 * 50


async def test_rolling_subscription_billed_today_has_its_next_bill_in_a_week(
    engine, owner, gateway, overview
):
    plan = await make_plan(
        engine,
        owner,
        frequency=Frequency.WEEKLY,
        billing_day=None,
        renewal=Renewal.ROLLING,
    )
    await make_subscription(engine, owner, plan)
    await bill_and_prompt(engine)
    assert (await overview()).next_week_count == 1


async def test_held_rolling_subscription_has_no_next_bill(engine, owner, clock, overview):
    plan = await make_plan(
        engine,
        owner,
        frequency=Frequency.WEEKLY,
        billing_day=None,
        renewal=Renewal.ROLLING,
    )
    await make_subscription(engine, owner, plan)
    await engine.billing.process_due_payments()
    clock.advance(8 * DAY)
    await engine.billing.process_due_payments()

    assert (await overview()).next_week_count == 0


async def test_subscriptions_are_counted_by_status(engine, owner, overview):
    await make_subscription(engine, owner, active=False)
    running = await make_subscription(engine, owner)
    await engine.subscriptions.pause(owner.id, running.id)

    by_status = (await overview()).by_status

    assert by_status[SubscriptionStatus.PENDING_ACTIVATION] == 1
    assert by_status[SubscriptionStatus.PAUSED] == 1
    assert sum(by_status.values()) == 2


async def test_latest_are_the_three_newest_with_their_clients(engine, owner, overview):
    for number in range(4):
        phone = f"25471200000{number}"
        await make_subscription(
            engine, owner, first_on=TODAY, phone_number=phone, name=str(number)
        )
    await engine.billing.process_due_payments()

    latest = (await overview()).latest

    newest = await Transaction.all().order_by("-id").limit(3)
    assert [bill.id for bill in latest] == [bill.id for bill in newest]
    assert all(bill.client.phone_number == bill.phone_number for bill in latest)


async def test_next_billing_is_at_billing_time_of_the_earliest_date(engine, owner):
    assert await engine.dashboard.next_billing_at() is None
    await make_subscription(engine, owner, first_on=date(2026, 12, 1))
    await make_subscription(engine, owner, first_on=date(2026, 11, 30))

    moment = await engine.dashboard.next_billing_at()

    assert moment == datetime(2026, 11, 30, 8, tzinfo=UTC) - 3 * HOUR


async def test_the_next_billing_is_at_the_owners_own_time_if_he_has_one(engine, owner):
    assert await engine.dashboard.next_billing_at() is None
    subscription = await make_subscription(engine, owner, first_on=TODAY + DAY)
    tomorrow = datetime.combine(TODAY + DAY, datetime.min.time(), engine.zone).astimezone(UTC)
    assert subscription.next_billing_date == TODAY + DAY

    assert await engine.dashboard.next_billing_at() == tomorrow + 8 * HOUR
    await engine.preferences.set_billing_time(owner.id, 14 * 60 + 30)
    assert await engine.dashboard.next_billing_at() == tomorrow + 14.5 * HOUR
