"""When bills are made, and when prompts go out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.periods import Frequency
from core.models import StkPush, Subscription, Transaction
from core.scheduler import _bill_when_it_is_time
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    MINUTE,
    TODAY,
    bill_and_prompt,
    bills,
    prompted_subscription,
    report,
    tick,
)


def nairobi(day, hour, minute=0):
    """That local time, in UTC: Nairobi is three hours ahead all year."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 3 * HOUR


@pytest.mark.parametrize("edge", [((6, 59), 0), ((7, 0), 1), ((20, 59), 1), ((21, 0), 0)], ids=str)
async def test_prompts_go_out_in_sociable_hours_only(engine, owner, gateway, clock, edge):
    local, prompts = edge
    await make_subscription(engine, owner, first_on=TODAY)
    clock.set(nairobi(24, *local))

    await bill_and_prompt(engine)

    assert len(gateway.requests) == prompts


async def test_bill_that_waited_for_sociable_hours_goes_out_when_they_begin(
    engine, owner, gateway, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    clock.set(nairobi(23, 22))
    await tick(engine)

    clock.set(nairobi(24, 7))
    await tick(engine)

    assert len(gateway.requests) == 1


@pytest.mark.parametrize("edge", [((7, 59), 0), ((8, 0), 1), ((23, 0), 1)], ids=str)
async def test_day_is_billed_from_billing_time_on(engine, owner, clock, edge):
    local, made = edge
    await make_subscription(engine, owner, first_on=TODAY)
    clock.set(nairobi(23, *local))

    await _bill_when_it_is_time(engine)

    assert await Transaction.all().count() == made


async def test_whoever_is_activated_after_billing_time_on_his_due_day_is_billed_that_day(
    engine, owner, gateway, clock
):
    waiting = await make_subscription(engine, owner, active=False, first_on=TODAY)
    clock.set(nairobi(23, 15))
    await _bill_when_it_is_time(engine)
    assert await Transaction.all().count() == 0

    await engine.subscriptions.activate(owner.id, waiting.id)
    await _bill_when_it_is_time(engine)
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 1


async def test_phone_gets_two_automatic_prompts_a_day_whoever_owns_the_bills(
    engine, owner, gateway, clock
):
    neighbour = await engine.people.register_owner(1002)
    neighbour.uses_platform_account = True
    await neighbour.save()
    for business in (owner, neighbour):
        plan = await make_plan(engine, business)
        for _ in range(2):
            await make_subscription(engine, business, plan, first_on=TODAY)

    sent = []
    for _ in range(12 * 24):
        await tick(engine)
        if len(gateway.requests) > len(sent):
            sent.append(engine.now())
            await report(engine, gateway, receipt=f"RECEIPT00{len(sent)}")
        clock.advance(5 * MINUTE)

    assert [moment.date() for moment in sent] == [TODAY, TODAY, TODAY + DAY, TODAY + DAY]


async def test_prompt_that_a_person_asked_for_does_not_use_up_the_days_two(
    engine, owner, gateway, clock
):
    for index in range(2):
        draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
        await engine.prompts.charge(owner.id, draft)
        await report(engine, gateway, index, amount=100, receipt=f"CHARGE000{index}")
        clock.advance(3 * MINUTE)

    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)

    assert len(gateway.requests) == 3


@pytest.mark.parametrize("case", [(700, 60), (1500, 120)], ids=str)
async def test_phone_rests_between_prompts_and_longer_for_the_same_amount(
    engine, owner, gateway, clock, case
):
    other_kes, rest_s = case
    await prompted_subscription(engine, owner)
    await report(engine, gateway)
    plan = await make_plan(engine, owner, amount_kes=other_kes)
    await make_subscription(engine, owner, plan, first_on=TODAY)

    await bill_and_prompt(engine)
    clock.advance(timedelta(seconds=rest_s - 1))
    await engine.prompts.send_due_prompts()
    assert len(gateway.requests) == 1
    clock.advance(timedelta(seconds=1))
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 2


async def test_bills_of_one_client_go_out_one_after_the_other_oldest_first(
    engine, owner, gateway, clock
):
    plan = await make_plan(engine, owner, frequency=Frequency.WEEKLY, billing_day=1)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    clock.advance(7 * DAY)
    await bill_and_prompt(engine)
    assert len(await bills()) == 2
    assert len(gateway.requests) == 1
    for _ in range(5):
        clock.advance(MINUTE)
        await engine.prompts.send_due_prompts()
    assert len(gateway.requests) == 1

    await report(engine, gateway)
    for _ in range(3):
        clock.advance(MINUTE)
        await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 2
    first, second = await StkPush.all().order_by("id")
    assert [first.transaction_id, second.transaction_id] == [bill.id for bill in await bills()]


async def test_owner_without_an_account_waits_and_holds_up_nobody(engine, owner, gateway, clock):
    poor = await engine.people.register_owner(1002)
    await make_subscription(engine, poor, first_on=TODAY)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")

    await bill_and_prompt(engine)
    assert len(gateway.requests) == 1
    poor.uses_platform_account = True
    await poor.save()
    clock.advance(5 * MINUTE)
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 2


async def test_outage_of_a_week_loses_no_bill_and_sends_no_burst(engine, owner, gateway, clock):
    for number in range(3):
        await make_subscription(
            engine, owner, first_on=date(2026, 11, 24), phone_number=f"25471200000{number}"
        )
    clock.advance(7 * DAY)

    await tick(engine)
    await tick(engine)

    assert len(await bills()) == 3
    assert len(gateway.requests) == 3
    assert {row.next_billing_date for row in await Subscription.all()} == {date(2026, 12, 23)}
