"""What an admin does: the stop of all prompts, owners, look-ups, the log."""

from datetime import timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import Approval, AuditEntry, InboundEvent, Notification, User
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    PHONE,
    RECEIPT,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    notice,
    prompted_subscription,
    report,
    tick,
    told,
)

ADMIN = 9001


@pytest.fixture
async def admin(engine):
    await engine.people.meet(telegram_id=ADMIN, name="Boss", language_code=None)
    return {"admin_telegram_id": ADMIN}


async def actions():
    return [entry.action for entry in await AuditEntry.all().order_by("id")]


async def test_no_prompt_goes_out_while_all_are_stopped_and_all_go_when_they_may(
    engine, owner, gateway, admin
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.prompt_stop.stop(**admin, reason="Safaricom is down")

    await tick(engine)
    assert gateway.requests == []
    assert len(await bills()) == 1, "bills are made all the same"

    await engine.prompt_stop.resume(**admin)
    await tick(engine)
    assert len(gateway.requests) == 1
    assert [t for t in await told() if "prompts_" in t] == ["prompts_stopped", "prompts_resumed"]
    assert (await notice("prompts_stopped"))["reason"] == "Safaricom is down"
    assert await actions() == ["stop_prompts", "resume_prompts"]


async def test_a_persons_prompt_is_stopped_like_any_other(engine, owner, gateway, admin):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)
    engine.clock.advance(timedelta(minutes=5))
    await engine.prompt_stop.stop(**admin, reason="Safaricom is down")
    (bill,) = await bills(subscription_id=subscription.id)

    for attempt in (
        engine.decisions.prompt_again(owner.id, bill.id),
        engine.own_payments.prepare(CLIENT_CHAT, bill.id, message_id=1),
    ):
        with pytest.raises(Conflict, match="prompts_stopped"):
            await attempt
    assert len(gateway.requests) == 1


async def test_nobody_is_asked_again_while_prompts_are_stopped(engine, owner, gateway, admin):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    await engine.prompt_stop.stop(**admin, reason="Safaricom is down")
    engine.clock.advance(2 * DAY)

    assert await engine.billing.retry_failed_payments() == 0
    assert "payment_retrying" not in await told()


async def test_there_is_one_stop_at_a_time_and_it_gives_a_reason(engine, admin):
    with pytest.raises(InvalidInput):
        await engine.prompt_stop.stop(**admin, reason=" ")
    await engine.prompt_stop.stop(**admin, reason="One")

    with pytest.raises(Conflict, match="stopped_already"):
        await engine.prompt_stop.stop(**admin, reason="Two")
    for _ in range(2):
        await engine.prompt_stop.resume(**admin)
    assert await engine.prompt_stop.find() is None


async def test_suspended_business_prompts_nobody_until_it_is_reinstated(
    engine, owner, gateway, admin
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    await tick(engine)
    assert gateway.requests == []
    with pytest.raises(NotAllowed, match="suspended"):
        await engine.people.require_owner(owner.telegram_id)
    assert (await notice("business_suspended"))["reason"] == "Complaints"

    await engine.businesses.reinstate(**admin, user_id=owner.id)
    engine.clock.advance(timedelta(minutes=6))
    await tick(engine)

    assert len(gateway.requests) == 1
    assert "business_reinstated" in await told()
    assert await actions() == ["suspend", "reinstate"]


async def test_a_suspended_business_makes_no_bill_and_catches_up_when_it_is_open_again(
    engine, owner, gateway, admin
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    for _ in range(40):
        await tick(engine)
        engine.clock.advance(DAY)
    assert await bills() == []

    await engine.businesses.reinstate(**admin, user_id=owner.id)
    await tick(engine)

    periods = [bill.period_start.isoformat() for bill in await bills()]
    assert periods == ["2026-11-23", "2026-12-23"]
    assert len(gateway.requests) == 1, "one prompt at a time, the oldest first"


async def test_an_early_billing_time_of_a_suspended_business_makes_no_bill_either(
    engine, owner, admin
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.preferences.set_billing_time(owner.id, 0)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")

    assert await engine.billing.process_early_payments() == 0
    assert await bills() == []


async def test_the_owner_decides_when_his_business_was_suspended_for_long(engine, owner, admin):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    engine.clock.advance(125 * DAY)

    await engine.businesses.reinstate(**admin, user_id=owner.id)
    await tick(engine)

    assert len(await bills()) == 3
    assert (await notice("parked"))["missed"] == 2


async def test_nobodys_grace_runs_out_while_his_business_is_suspended(
    engine, owner, gateway, admin
):
    await engine.preferences.set_retries(owner.id, 0)
    subscription = await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    engine.clock.advance(20 * DAY)
    await tick(engine)
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PAST_DUE

    await engine.businesses.reinstate(**admin, user_id=owner.id)
    await tick(engine)

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PAST_DUE, "all of his grace is before him"
    engine.clock.advance(3 * DAY)
    await tick(engine)
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.SUSPENDED


async def test_another_business_is_billed_while_one_is_suspended(engine, owner, admin):
    other = await engine.people.register_owner(5005)
    await make_subscription(engine, owner, first_on=TODAY)
    await make_subscription(engine, other, first_on=TODAY, phone_number="254712000009")
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")

    assert await engine.billing.process_due_payments() == 1
    assert [bill.owner_id for bill in await bills()] == [other.id]


async def test_only_what_is_open_is_closed_and_the_other_way_round(engine, owner, admin):
    with pytest.raises(Conflict, match="not_suspended"):
        await engine.businesses.reinstate(**admin, user_id=owner.id)
    await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    with pytest.raises(Conflict, match="not_approved"):
        await engine.businesses.suspend(**admin, user_id=owner.id, reason="Complaints")
    boss = await User.get(telegram_id=ADMIN)
    with pytest.raises(Conflict, match="is_admin"):
        await engine.businesses.suspend(**admin, user_id=boss.id, reason="Myself")
    with pytest.raises(NotFound):
        await engine.businesses.suspend(**admin, user_id=99_999, reason="Nobody")


async def test_owners_are_listed_by_state_and_found_by_name_or_id(engine, owner, admin):
    applicant = await engine.people.meet(telegram_id=5005, name="Ali", language_code=None)
    await engine.people.request_approval(applicant.id, business_name="Ali Water")
    service = engine.businesses

    pending = await service.page(**admin, approval=Approval.PENDING)
    assert [user.id for user in pending.items] == [applicant.id]
    assert [user.id for user in await service.search(**admin, text="fitness")] == [owner.id]
    assert [user.id for user in await service.search(**admin, text="5005")] == [applicant.id]
    assert await service.search(**admin, text="nobody") == []


async def test_figures_of_one_business_and_of_all(engine, owner, gateway, admin):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)

    card = await engine.businesses.card(**admin, user_id=owner.id)
    totals = await engine.businesses.totals(**admin)

    assert (card.clients, card.running, card.received_month_kes) == (1, 1, 1500)
    assert (totals.clients, totals.running, totals.prompts_today) == (1, 1, 1)
    assert (totals.received_today_kes, totals.received_month_kes) == (1500, 1500)
    assert totals.owners[Approval.APPROVED] == 2


@pytest.mark.parametrize("wanted", [RECEIPT, RECEIPT.lower(), "ws_CO_1", "m-1", "0712 345 678"])
async def test_transaction_is_found_by_code_request_or_phone(
    engine, owner, gateway, admin, wanted
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)
    (bill,) = await bills()

    (found,) = await engine.administration.look_up(**admin, text=wanted)

    assert (found.id, found.phone_number) == (bill.id, PHONE)
    entry = await AuditEntry.get(action="look_up")
    assert wanted not in str(entry.after), "the log holds no phone"


async def test_odd_callback_is_listed_and_replayed(engine, owner, gateway, admin):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, amount=1400)
    (event,) = await engine.administration.odd_events(**admin)
    assert event.outcome == "parked:amount_differs"

    assert await engine.administration.replay(**admin, event_id=event.id)

    assert "replay" in await actions()
    with pytest.raises(NotFound):
        await engine.administration.replay(**admin, event_id=event.id + 100)


async def test_billing_by_hand_makes_what_is_due(engine, owner, admin):
    await make_subscription(engine, owner, first_on=TODAY)

    worked = await engine.administration.bill_now(**admin)

    assert worked.bills == 1
    assert await actions() == ["bill_now"]


async def test_broadcast_reaches_every_owner_once(engine, owner, admin):
    await engine.people.meet(telegram_id=2001, name="A client", language_code=None)
    assert await engine.administration.audience(**admin) == 2

    for _ in range(2):
        await engine.administration.broadcast(**admin, text="Closed on Sunday", key="a1")

    rows = await Notification.filter(template="broadcast")
    assert {row.chat_id for row in rows} == {owner.telegram_id, ADMIN}
    assert len(rows) == 2


async def test_health_shows_queues_ticks_and_errors(engine, owner, gateway, admin):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()
    await engine.pulse.beat("reconcile")
    engine.clock.advance(timedelta(minutes=1))
    await engine.inbox.receive_callback(b"{}", token=None)

    health = await engine.health.look(**admin)

    assert (health.queues.prompts, health.queues.callbacks) == (1, 1)
    assert health.oldest_due_at == engine.now() - timedelta(minutes=1)
    assert health.ran["reconcile"] == engine.now() - timedelta(minutes=1)
    assert (health.daraja.all, health.daraja.bad, health.stop) == (0, 0, None)
    assert await InboundEvent.all().count() == 1


async def test_log_comes_in_pages_newest_first(engine, owner, admin):
    for number in range(3):
        await engine.administration.broadcast(**admin, text=f"Word {number}", key=str(number))

    page = await engine.administration.log(**admin, limit=2)
    rest = await engine.administration.log(**admin, cursor=page.next, limit=2)

    assert [entry.after["text"] for entry in [*page.items, *rest.items]] == [
        "Word 2",
        "Word 1",
        "Word 0",
    ]
