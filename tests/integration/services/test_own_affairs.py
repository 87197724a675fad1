"""What a client does himself: pay, pause, leave, his number, a word to the business."""

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.errors import Conflict, IllegalMove, InvitationUnusable, NotFound, PhoneHasOpenPrompt
from core.models import Approval, Client, Notification, Subscription, Transaction, User
from core.ports import NoAnswer
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    MINUTE,
    OWNER_CHAT,
    PHONE,
    bill_and_prompt,
    bills,
    chatting_subscription,
    check_books,
    notice,
    report,
    told,
)

STRANGER = 2999
MESSAGE = 77


@pytest.fixture
async def subscription(engine, owner):
    return await chatting_subscription(engine, owner)


@pytest.fixture
async def owing(engine, subscription, gateway, clock):
    """He has let his first prompt run out."""
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)
    clock.advance(3 * MINUTE)
    return subscription


async def pay(engine, index=-1, chat=CLIENT_CHAT):
    bill = (await bills())[index]
    outgoing = await engine.own_payments.prepare(chat, bill.id, message_id=MESSAGE)
    return await engine.prompts.send_now(outgoing)


async def test_client_pays_his_own_bill_and_watches_it(engine, owing, gateway):
    await pay(engine)
    await report(engine, gateway)

    (bill,) = await bills()
    assert bill.status is TransactionStatus.SUCCESS
    edit = await Notification.get(template="pay_status")
    assert (edit.chat_id, edit.edit_message_id) == (CLIENT_CHAT, MESSAGE)
    assert (await told(OWNER_CHAT))[-1] == "payment_received"
    await check_books()


async def test_failure_of_his_own_prompt_is_shown_in_place_and_not_told_twice(
    engine, owing, gateway
):
    before = (await told(CLIENT_CHAT)).count("client_payment_failed")
    await pay(engine)
    await report(engine, gateway, code=1032)

    now_told = await told(CLIENT_CHAT)
    assert now_told.count("client_payment_failed") == before
    assert now_told[-1] == "pay_status"


async def test_second_press_meets_the_open_prompt(engine, owing, clock):
    await pay(engine)

    with pytest.raises(PhoneHasOpenPrompt) as refusal:
        await pay(engine)
    assert "decided_by" not in refusal.value.params

    clock.advance(25 * MINUTE)
    with pytest.raises(PhoneHasOpenPrompt) as refusal:
        await pay(engine)
    assert "decided_by" in refusal.value.params


async def test_client_keeps_the_rests_of_his_phone(engine, subscription, gateway, clock):
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)

    with pytest.raises(Conflict, match="too_soon"):
        await pay(engine)


async def test_money_that_may_be_on_its_way_is_not_asked_for_again(engine, owing, gateway, clock):
    gateway.answers.append(NoAnswer(detail="lost"))
    await pay(engine)
    clock.advance(10 * MINUTE)

    with pytest.raises(Conflict, match="payment_in_doubt"):
        await pay(engine)


async def test_sixth_own_prompt_of_a_day_is_refused(engine, owing, gateway, clock):
    for _ in range(5):
        await pay(engine)
        await report(engine, gateway, code=1032)
        clock.advance(3 * MINUTE)

    with pytest.raises(Conflict, match="enough_today"):
        await pay(engine)


async def test_nobody_pays_through_a_suspended_business(engine, owing, owner):
    await User.filter(id=owner.id).update(approval=Approval.SUSPENDED)

    with pytest.raises(Conflict, match="business_closed"):
        await pay(engine)


async def test_what_belongs_to_another_chat_is_not_found(engine, owing):
    (bill,) = await bills()
    standings, wishes = engine.standings, engine.own_wishes
    attempts = [
        standings.standing(STRANGER, owing.client_id),
        standings.client(STRANGER, owing.client_id),
        standings.bills(STRANGER, owing.client_id),
        standings.bill(STRANGER, bill.id),
        standings.receipt(STRANGER, bill.id),
        standings.subscription(STRANGER, owing.id),
        engine.own_payments.prepare(STRANGER, bill.id, message_id=1),
        wishes.pause(STRANGER, owing.id),
        wishes.go_on(STRANGER, owing.id),
        wishes.leave(STRANGER, owing.id),
        wishes.set_phone(STRANGER, owing.client_id, "0712345678", is_shared=True),
        wishes.set_reminders(STRANGER, owing.client_id, wanted=False),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert await standings.standings(STRANGER) == []


async def test_standing_says_what_is_owed_and_which_bill_is_oldest(engine, owing):
    (standing,) = await engine.standings.standings(CLIENT_CHAT)

    (bill,) = await bills()
    assert standing.owed_kes == 1500
    assert standing.payable.id == bill.id
    assert standing.credit_kes == 0


async def test_receipt_of_a_paid_bill_can_be_had_again(engine, owing, gateway):
    await pay(engine)
    await report(engine, gateway)
    (bill,) = await bills()

    receipt = await engine.standings.receipt(CLIENT_CHAT, bill.id)

    assert receipt["receipt"] == bill.mpesa_receipt_no
    sent = (await notice("client_receipt", CLIENT_CHAT)).keys()
    assert receipt.keys() == sent


async def test_open_bill_has_no_receipt(engine, owing):
    (bill,) = await bills()

    with pytest.raises(Conflict, match="not_paid"):
        await engine.standings.receipt(CLIENT_CHAT, bill.id)


async def test_client_pauses_and_goes_on_and_his_owner_is_told(engine, subscription, clock):
    await engine.own_wishes.pause(CLIENT_CHAT, subscription.id)
    clock.advance(40 * DAY)
    await bill_and_prompt(engine)
    assert await bills() == []

    running = await engine.own_wishes.go_on(CLIENT_CHAT, subscription.id)

    assert running.status is SubscriptionStatus.ACTIVE
    assert running.next_billing_date >= engine.today()
    assert (await told(OWNER_CHAT))[-2:] == ["client_paused", "client_went_on"]


async def test_whoever_owes_pays_before_he_pauses(engine, owing):
    with pytest.raises(Conflict, match="pay_first"):
        await engine.own_wishes.pause(CLIENT_CHAT, owing.id)


async def test_owners_pause_is_not_the_clients_to_end(engine, owner, subscription):
    await engine.own_wishes.pause(CLIENT_CHAT, subscription.id)
    await engine.subscriptions.resume(owner.id, subscription.id)
    await engine.subscriptions.pause(owner.id, subscription.id)

    with pytest.raises(IllegalMove):
        await engine.own_wishes.go_on(CLIENT_CHAT, subscription.id)


async def test_whoever_leaves_still_owes_and_only_his_owner_takes_it_on(engine, owing, clock):
    await engine.own_wishes.leave(CLIENT_CHAT, owing.id)
    clock.advance(3 * DAY)
    await engine.billing.retry_failed_payments()
    await bill_and_prompt(engine)

    (bill,) = await bills()
    assert (bill.status, bill.failure_code) == (TransactionStatus.FAILED, "client_left")
    assert bill.needs_person_at is not None
    assert (await notice("client_left"))["owed_kes"] == 1500
    with pytest.raises(IllegalMove):
        await engine.own_wishes.leave(CLIENT_CHAT, owing.id)


async def test_money_that_arrives_after_he_left_still_pays_his_bill(engine, subscription, gateway):
    await bill_and_prompt(engine)
    await engine.own_wishes.leave(CLIENT_CHAT, subscription.id)

    await report(engine, gateway)

    (bill,) = await bills()
    assert bill.status is TransactionStatus.SUCCESS
    await check_books()


async def test_new_number_serves_his_open_bills_and_is_told_to_the_owner(engine, owing):
    await engine.own_wishes.set_phone(
        CLIENT_CHAT, owing.client_id, "0733 000 001", is_shared=False
    )

    assert [bill.phone_number for bill in await bills()] == ["254733000001"]
    client = await Client.get(id=owing.client_id)
    assert client.phone_confirmed_at is None
    assert client.phone_claimed_at is not None
    assert (await notice("client_new_phone"))["phone_number"] == "254733000001"


async def test_number_that_he_only_typed_is_not_his_to_block(engine, owing):
    await engine.own_wishes.set_phone(
        CLIENT_CHAT, owing.client_id, "0733 000 001", is_shared=False
    )
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    assert await engine.blocked_numbers.held_by(CLIENT_CHAT) == []

    await engine.own_wishes.set_phone(CLIENT_CHAT, owing.client_id, "0733 000 001", is_shared=True)
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    (held,) = await engine.blocked_numbers.held_by(CLIENT_CHAT)
    assert held.is_blocked


async def test_the_owners_number_typed_again_confirms_it(engine, subscription):
    client = await engine.own_wishes.set_phone(
        CLIENT_CHAT, subscription.client_id, "0712 345 678", is_shared=False
    )

    assert client.phone_confirmed_at is not None
    assert "client_new_phone" not in await told(OWNER_CHAT)


async def test_two_clients_of_one_owner_may_come_to_share_a_phone(engine, owner, subscription):
    await make_subscription(engine, owner, name="Brian", phone_number="254733000001")

    await engine.own_wishes.set_phone(
        CLIENT_CHAT, subscription.client_id, "0733000001", is_shared=True
    )

    brian = await engine.clients.find_by_phone(owner.id, "254733000001")
    assert brian.name == "Brian"
    assert await Client.filter(phone_number="254733000001").count() == 2


async def test_reminders_are_a_wish_at_each_business_apart(engine, subscription):
    client = await engine.own_wishes.set_reminders(
        CLIENT_CHAT, subscription.client_id, wanted=False
    )
    assert client.reminders_off_at == engine.now()

    client = await engine.own_wishes.set_reminders(
        CLIENT_CHAT, subscription.client_id, wanted=True
    )
    assert client.reminders_off_at is None


async def test_link_that_reached_somebody_else_is_withdrawn_and_the_owner_told(engine, owner):
    waiting = await make_subscription(engine, owner, active=False)
    token = waiting.invitation_token

    await engine.acceptance.not_me(token, telegram_id=STRANGER)

    with pytest.raises(InvitationUnusable):
        await engine.acceptance.open_invitation(token, telegram_id=STRANGER)
    await waiting.refresh_from_db()
    assert waiting.status is SubscriptionStatus.PENDING_ACTIVATION
    assert (await notice("invitation_not_me"))["phone_number"] == PHONE
    renewed = await engine.invitations.renew(owner.id, waiting.id)
    await engine.acceptance.open_invitation(renewed.invitation_token, telegram_id=CLIENT_CHAT)


async def test_whoever_accepted_is_himself(engine, subscription):
    token = (await Subscription.get(id=subscription.id)).invitation_token

    with pytest.raises(InvitationUnusable):
        await engine.acceptance.not_me(token, telegram_id=CLIENT_CHAT)


async def test_one_off_charge_is_not_his_to_repeat(engine, owner, subscription):
    charge = await Transaction.create(
        owner=owner,
        client_id=subscription.client_id,
        phone_number=PHONE,
        amount_kes=100,
        status=TransactionStatus.FAILED,
        account_reference="FluxPay",
        created_at=engine.now(),
    )

    with pytest.raises(Conflict, match="not_payable"):
        await engine.own_payments.prepare(CLIENT_CHAT, charge.id, message_id=1)
