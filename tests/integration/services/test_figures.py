"""The sums of the charts and the lists behind the numbers, over days, months and zones."""

from datetime import UTC, date, datetime

import pytest

from core.billing.periods import Frequency
from core.models import Payment, Transaction
from core.services.bills.by_hand import ByHand
from core.services.bills.transactions import Only
from core.services.office.figures import Step
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    DAY,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    report,
)


@pytest.fixture
async def paid(engine, owner, gateway):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway)
    return await Payment.get()


async def test_money_is_counted_on_its_day_in_the_business_zone(paid, engine, owner):
    # 23:30 of the day before in Nairobi, though UTC has the same date as the evening before.
    await Payment.filter(id=paid.id).update(paid_at=datetime(2026, 11, 22, 20, 30, tzinfo=UTC))
    bars = await engine.figures.money_in(owner.id, Step.DAY)
    assert [(bar.span.first, bar.received_kes) for bar in bars if bar.received_kes] == [
        (date(2026, 11, 22), 1500)
    ]

    await Payment.filter(id=paid.id).update(paid_at=datetime(2026, 10, 31, 21, 0, tzinfo=UTC))

    bars = await engine.figures.money_in(owner.id, Step.MONTH)
    assert len(bars) == 12
    assert bars[-1].received_kes == 1500, "midnight in Nairobi began November"


async def test_paid_against_due_counts_bills_by_the_month_in_which_they_fell_due(
    engine, owner, gateway
):
    await make_subscription(engine, owner, first_on=TODAY)
    await make_subscription(
        engine, owner, await make_plan(engine, owner), first_on=TODAY, phone_number="254712000002"
    )
    await bill_and_prompt(engine)
    first, second = await bills()
    pay = engine.bills.record_payment
    await pay(owner.id, first.id, source=ByHand.CASH, amount_kes=600)
    *older, month = await engine.figures.paid_against_due(owner.id)

    assert (month.due_kes, month.paid_kes) == (3000, 600)
    assert [other.due_kes for other in older] == [0] * 5
    await report(engine, gateway, code=1032)
    await engine.bills.void(owner.id, second.id, reason="a slip")
    month = (await engine.figures.paid_against_due(owner.id))[-1]
    assert month.due_kes == 1500, "nobody owes a void bill"


async def test_the_lists_hold_what_their_numbers_count(engine, owner, clock, gateway):
    await make_subscription(engine, owner, first_on=TODAY)
    await make_subscription(
        engine, owner, first_on=TODAY + DAY, name="Juma", phone_number="254712000002"
    )
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    clock.advance(DAY)

    overview = await engine.dashboard.overview(owner.id)
    counts = await engine.transactions.counts(owner.id)
    due = await engine.agenda.due_today(owner.id, offset=0, limit=8)

    assert [row.client.name for row in due] == ["Juma"]
    assert overview.due_today == len(due)
    assert overview.overdue_count == counts[Only.OVERDUE] == 1
    assert overview.failed == counts[Only.FAILED] == 1
    week = await engine.agenda.next_week(owner.id)
    assert (overview.next_week_count, overview.next_week_kes) == (len(week), 0)


async def test_due_today_is_paged_over_both_kinds(engine, owner):
    plan = await make_plan(engine, owner)
    for number in range(3):
        phone = f"25471200001{number}"
        await make_subscription(
            engine, owner, plan, first_on=TODAY, name=f"B{number}", phone_number=phone
        )
    await engine.billing.process_due_payments()
    for number in range(2):
        phone = f"25471200002{number}"
        await make_subscription(
            engine, owner, plan, first_on=TODAY, name=f"W{number}", phone_number=phone
        )

    seen = []
    for offset in range(0, 6, 2):
        page = await engine.agenda.due_today(owner.id, offset=offset, limit=2)
        seen += [row.client.name for row in page]

    # Bills that fall due together are made in no order of their own.
    assert seen[:2] == ["W0", "W1"]
    assert sorted(seen[2:]) == ["B0", "B1", "B2"]


async def test_next_week_has_a_weekly_bill_once_and_a_daily_one_seven_times(engine, owner):
    weekly = await make_plan(engine, owner, frequency=Frequency.WEEKLY, billing_day=2)
    daily = await make_plan(engine, owner, frequency=Frequency.DAILY, billing_day=None)
    await make_subscription(engine, owner, weekly)
    await make_subscription(engine, owner, daily, name="Juma", phone_number="254712000002")

    week = await engine.agenda.next_week(owner.id)

    names = [bill.subscription.client.name for bill in week]
    assert (names.count("Asha"), names.count("Juma")) == (1, 7)
    assert [bill.due_on for bill in week] == sorted(bill.due_on for bill in week)


async def test_recent_numbers_are_those_of_single_prompts_each_once(engine, owner, clock):
    for phone in ("254712000001", "254712000002", "254712000001"):
        await Transaction.create(
            owner=owner,
            phone_number=phone,
            amount_kes=5,
            status="FAILED",
            account_reference="FluxPay",
            created_at=clock.now(),
        )
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()

    assert await engine.transactions.recent_numbers(owner.id, limit=4) == [
        "254712000001",
        "254712000002",
    ]
