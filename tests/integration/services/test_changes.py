"""What is agreed for a later day: pauses that end, ends to come, other plans."""

from datetime import date

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency, Renewal
from core.errors import Conflict, IllegalMove, InvalidInput
from core.models import Notification, Subscription
from fluxpay.bill import work_off
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    notice,
    report,
    tick,
    told,
)

S = SubscriptionStatus


async def standing(subscription):
    await subscription.refresh_from_db()
    return subscription.status, subscription.next_billing_date


async def one_day_later(engine, clock):
    clock.advance(DAY)
    await engine.changes.apply_due()
    await tick(engine)


async def test_a_pause_ends_by_itself_on_its_day_and_the_next_scheduled_bill_follows(
    engine, owner, clock
):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await engine.changes.pause_until(owner.id, subscription.id, TODAY + 2 * DAY)

    await one_day_later(engine, clock)
    assert (await standing(subscription))[0] is S.PAUSED
    await one_day_later(engine, clock)

    assert await standing(subscription) == (S.ACTIVE, date(2026, 12, 23))
    assert subscription.resume_on is None
    assert (await told())[-1] == "subscription_resumed"
    assert await engine.changes.apply_due() == 0


async def test_a_pause_gets_another_day_and_the_owner_may_be_faster(engine, owner, clock):
    subscription = await make_subscription(engine, owner)
    await engine.changes.pause_until(owner.id, subscription.id, TODAY + DAY)
    await engine.changes.pause_until(owner.id, subscription.id, TODAY + 9 * DAY)

    await one_day_later(engine, clock)
    assert (await standing(subscription))[0] is S.PAUSED
    await engine.subscriptions.resume(owner.id, subscription.id)

    await subscription.refresh_from_db()
    assert subscription.resume_on is None


async def test_a_pause_and_its_end_are_told_to_the_client_each_once(engine, owner):
    subscription = await chatting_subscription(engine, owner, first_on=TODAY + 9 * DAY)

    await engine.subscriptions.pause(owner.id, subscription.id)
    with pytest.raises(IllegalMove):
        await engine.subscriptions.pause(owner.id, subscription.id)
    await engine.subscriptions.resume(owner.id, subscription.id)
    with pytest.raises(IllegalMove):
        await engine.subscriptions.resume(owner.id, subscription.id)

    assert await told(CLIENT_CHAT) == ["client_put_on_pause", "client_resumed"]
    names = {"business": "Wanjiku Fitness", "plan_name": "Gold"}
    paused = await notice("client_put_on_pause", CLIENT_CHAT)
    assert paused == names | {"resume_on": None}
    resumed = await notice("client_resumed", CLIENT_CHAT)
    assert resumed == names | {"next_on": "2026-12-02", "owed_kes": 0}


async def test_a_client_reads_until_when_he_is_paused_and_each_new_day_of_it_once(
    engine, owner, clock
):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)

    for day in (TODAY + DAY, TODAY + 2 * DAY, TODAY + 2 * DAY):
        await engine.changes.pause_until(owner.id, subscription.id, day)
    await one_day_later(engine, clock)
    await one_day_later(engine, clock)

    rows = await Notification.filter(chat_id=CLIENT_CHAT).order_by("id")
    pauses = [row.params["resume_on"] for row in rows if row.template == "client_put_on_pause"]
    assert pauses == ["2026-11-24", "2026-11-25"]
    resumed = await notice("client_resumed", CLIENT_CHAT)
    assert (resumed["owed_kes"], resumed["next_on"]) == (1500, "2026-12-23")


async def test_nobody_is_told_of_a_pause_who_has_no_chat_or_made_it_himself(engine, owner):
    without_chat = await make_subscription(engine, owner)
    await engine.subscriptions.pause(owner.id, without_chat.id)
    await engine.subscriptions.resume(owner.id, without_chat.id)
    his_own = await chatting_subscription(
        engine, owner, first_on=TODAY + DAY, phone_number="254712000002"
    )

    await engine.own_wishes.pause(CLIENT_CHAT, his_own.id)
    await engine.own_wishes.go_on(CLIENT_CHAT, his_own.id)

    assert await told(CLIENT_CHAT) == []
    assert not await Notification.filter(template__in=["client_put_on_pause", "client_resumed"])


async def test_a_subscription_that_ends_with_its_period_promises_no_next_payment(engine, owner):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await engine.changes.end_later(owner.id, subscription.id)

    await engine.subscriptions.pause(owner.id, subscription.id)
    await engine.subscriptions.resume(owner.id, subscription.id)

    assert (await notice("client_resumed", CLIENT_CHAT))["next_on"] is None


async def test_a_pause_until_today_and_one_of_what_does_not_run_are_refused(engine, owner):
    subscription = await make_subscription(engine, owner, active=False)

    with pytest.raises(InvalidInput, match="resume_on"):
        await engine.changes.pause_until(owner.id, subscription.id, TODAY)
    with pytest.raises(IllegalMove):
        await engine.changes.pause_until(owner.id, subscription.id, TODAY + DAY)


async def test_an_end_waits_for_the_period_and_no_further_bill_is_made(engine, owner, clock):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await engine.changes.end_later(owner.id, subscription.id)
    assert (await notice("client_ends", CLIENT_CHAT))["ends_on"] == "2026-12-23"
    clock.advance(29 * DAY)
    await engine.changes.apply_due()
    assert (await standing(subscription))[0] is S.ACTIVE

    clock.advance(DAY)
    await engine.billing.process_due_payments()  # The bill's tick may come first.
    await engine.changes.apply_due()

    assert (await standing(subscription))[0] is S.CANCELLED
    assert len(await bills()) == 1
    assert (await told())[-1] == "subscription_ended"
    assert "client_cancelled" in await told(CLIENT_CHAT)


async def test_an_end_can_be_called_off_and_the_client_hears_of_it(engine, owner, clock):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await engine.changes.end_later(owner.id, subscription.id)

    await engine.changes.do_not_end(owner.id, subscription.id)
    await engine.changes.do_not_end(owner.id, subscription.id)

    clock.advance(30 * DAY)
    await engine.changes.apply_due()
    await engine.billing.process_due_payments()
    assert len(await bills()) == 2
    assert (await told(CLIENT_CHAT)).count("client_goes_on") == 1


async def test_without_a_billed_period_there_is_nothing_to_wait_for(engine, owner):
    due_today = await make_subscription(engine, owner, first_on=TODAY)

    with pytest.raises(Conflict, match="nothing_to_wait_for"):
        await engine.changes.end_later(owner.id, due_today.id)


async def test_another_plan_holds_from_the_next_period_and_old_bills_stay(engine, owner, clock):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    weekly = await make_plan(
        engine, owner, name="Weekly", amount_kes=400, frequency=Frequency.WEEKLY, billing_day=1
    )
    await engine.changes.change_plan(owner.id, subscription.id, weekly.id)
    await engine.plans.edit(owner.id, weekly.id, amount_kes=900)  # He agreed on 400.
    told_client = await notice("client_plan_changes", CLIENT_CHAT)
    assert (told_client["amount_kes"], told_client["first_on"]) == (400, "2026-12-23")

    clock.advance(30 * DAY)
    await engine.billing.process_due_payments()
    assert len(await bills()) == 1, "the change comes before the bill"
    await engine.changes.apply_due()
    await engine.billing.process_due_payments()

    first, second = await bills()
    assert (first.amount_kes, first.period_end) == (1500, date(2026, 12, 23))
    assert (second.amount_kes, second.period_start) == (400, date(2026, 12, 23))
    assert second.period_end == date(2026, 12, 28), "from then on it is billed on Mondays"
    assert (await standing(subscription))[1] == date(2026, 12, 28)


async def test_billing_by_hand_carries_out_what_was_agreed_for_the_day(engine, owner, gateway):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    silver = await make_plan(engine, owner, name="Silver", amount_kes=900)
    await engine.changes.change_plan(owner.id, subscription.id, silver.id)

    done = await work_off(engine)

    assert (done.bills, done.prompts) == (1, 1)
    assert [request.amount_kes for request in gateway.requests] == [900]


async def test_a_change_of_plan_can_be_called_off(engine, owner, clock):
    subscription = await chatting_subscription(engine, owner)
    other = await make_plan(engine, owner, name="Silver", amount_kes=900)
    await engine.changes.change_plan(owner.id, subscription.id, other.id)

    for _ in range(2):
        await engine.changes.keep_plan(owner.id, subscription.id)

    await engine.changes.apply_due()
    await engine.billing.process_due_payments()
    assert [bill.amount_kes for bill in await bills()] == [1500]
    assert (await told(CLIENT_CHAT)).count("client_plan_stays") == 1


async def test_plans_that_cannot_follow_are_refused(engine, owner):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    gold = await engine.plans.get(owner.id, subscription.plan_id)
    archived = await make_plan(engine, owner, name="Old", amount_kes=10)
    await engine.plans.archive(owner.id, archived.id)
    for plan, reason in ((gold, "same_plan"), (archived, "plan_archived")):
        with pytest.raises(Conflict, match=reason):
            await engine.changes.change_plan(owner.id, subscription.id, plan.id)

    await bill_and_prompt(engine)
    await engine.changes.end_later(owner.id, subscription.id)
    silver = await make_plan(engine, owner, name="Silver", amount_kes=900)
    with pytest.raises(Conflict, match="ends_soon"):
        await engine.changes.change_plan(owner.id, subscription.id, silver.id)
    waiting = await make_subscription(engine, owner, active=False, phone_number="254712000009")
    with pytest.raises(Conflict, match="not_running"):
        await engine.changes.change_plan(owner.id, waiting.id, silver.id)


async def test_a_rolling_subscription_changes_once_its_last_period_is_paid(
    engine, owner, clock, gateway
):
    rolling = await make_plan(
        engine, owner, billing_day=None, frequency=Frequency.WEEKLY, renewal=Renewal.ROLLING
    )
    subscription = await make_subscription(engine, owner, rolling, first_on=TODAY)
    await bill_and_prompt(engine)
    silver = await make_plan(engine, owner, name="Silver", amount_kes=900)
    await engine.changes.change_plan(owner.id, subscription.id, silver.id)
    clock.advance(8 * DAY)

    assert await engine.changes.apply_due() == 0
    assert (await standing(subscription))[1] == TODAY + 9 * DAY, "it waits, as without a change"
    await report(engine, gateway)
    (bill,) = await bills()
    assert bill.status is TransactionStatus.SUCCESS
    clock.advance(7 * DAY)
    await engine.changes.apply_due()

    await subscription.refresh_from_db()
    assert (subscription.plan_id, subscription.amount_kes) == (silver.id, 900)


async def test_an_agreed_end_moves_with_a_rolling_period_that_is_paid_late(
    engine, owner, clock, gateway
):
    rolling = await make_plan(
        engine, owner, billing_day=None, frequency=Frequency.WEEKLY, renewal=Renewal.ROLLING
    )
    subscription = await make_subscription(engine, owner, rolling, first_on=TODAY)
    await bill_and_prompt(engine)
    await engine.changes.end_later(owner.id, subscription.id)
    clock.advance(3 * DAY)
    await report(engine, gateway)

    clock.advance(5 * DAY)
    await engine.changes.apply_due()
    assert (await standing(subscription)) == (S.ACTIVE, TODAY + 10 * DAY)
    clock.advance(2 * DAY)
    await engine.changes.apply_due()

    assert (await standing(subscription))[0] is S.CANCELLED


async def test_cancelling_at_once_voids_whatever_was_agreed(engine, owner):
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    silver = await make_plan(engine, owner, name="Silver", amount_kes=900)
    await engine.changes.change_plan(owner.id, subscription.id, silver.id)

    await engine.subscriptions.cancel(owner.id, subscription.id)

    row = await Subscription.get(id=subscription.id)
    assert (row.next_plan_id, row.cancel_at, row.resume_on) == (None, None, None)
    assert await engine.changes.apply_due() == 0
