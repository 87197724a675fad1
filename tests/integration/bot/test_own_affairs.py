"""The client's side in the chat: paying, receipts, his number, leaving, and being forgotten."""

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.models import Client, Notification, Subscription, Transaction
from sandbox.telegram import acts
from tests.factories import make_subscription
from tests.integration.bot.people import idle
from tests.integration.conftest import _sqlite_url
from tests.integration.services.stories import (
    MINUTE,
    bill_and_prompt,
    chatting_subscription,
    report,
    told,
)

ASHA = 2001


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """How the chat speaks does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


@pytest.fixture
async def subscription(engine, owner):
    return await chatting_subscription(engine, owner, chat=ASHA)


@pytest.fixture
async def asha(subscription, visit):
    return visit(ASHA, name="Asha")


@pytest.fixture
async def owing(engine, subscription, gateway, clock, asha):
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)
    clock.advance(3 * MINUTE)
    await asha.say("/status")
    return asha


async def test_client_pays_from_status_and_sees_in_place_how_it_goes(owing, engine, gateway, bot):
    assert "To pay: KES 1,500" in owing.text
    await owing.press("Pay KES 1,500")
    assert "Pay KES 1,500 to Wanjiku Fitness now?" in owing.text
    assert [b["style"] for b in owing.buttons[:2]] == [None, "success"]
    count = len(owing.messages)

    await owing.press("Yes, ask my phone")
    await owing.sees("Enter your M-Pesa PIN there")
    await report(engine, gateway)
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass

    texts = [m.text for m in owing.messages]
    assert "KES 1,500 is paid" in texts[count - 1], "the same message all along"
    assert "Receipt from Wanjiku Fitness" in texts[-1]


async def test_second_tap_on_pay_sends_no_second_prompt(owing, engine, gateway):
    await owing.press("Pay KES 1,500")
    message, yes = owing.messages[-1], owing.button("Yes, ask my phone")["data"]
    await owing.press("Yes, ask my phone")
    await owing.sees("Enter your M-Pesa PIN there")

    await owing.press_data(message.id, yes, force=True)

    assert "still open on this phone" in owing.toast
    assert len(gateway.requests) == 2


async def test_history_opens_a_receipt_that_can_be_had_again(owing, engine, gateway):
    await owing.press("Pay KES 1,500", "Yes, ask my phone")
    await owing.sees("Enter your M-Pesa PIN there")
    await report(engine, gateway)
    await owing.say("/status")
    await owing.press("History, receipts")
    assert "💰 Paid · KES 1,500 · 23 November 2026" in owing.text

    await owing.press("💰 KES 1,500")
    assert "RKTQDM7W6S" in owing.text
    count = len(owing.messages)
    await owing.press("Send me the receipt")

    assert len(owing.messages) == count + 1
    assert "Receipt from Wanjiku Fitness" in owing.text


async def test_own_contact_confirms_the_number_and_anothers_does_not(asha, telegram, subscription):
    await asha.say("/status")
    assert "Please confirm it" in asha.text
    await asha.press("Confirm my number")
    assert asha.person.reply_keyboard, "a button under the text field"
    stranger = {"phoneNumber": "254733000009", "firstName": "Brian"}
    acts.share_contact(telegram, asha.person, stranger)
    await idle(telegram)
    assert "somebody else's contact" in asha.text
    assert (await Client.get()).phone_confirmed_at is None

    own = {"phoneNumber": "+254712345678", "own": True}
    acts.share_contact(telegram, asha.person, own)
    await idle(telegram)
    await asha.press("Yes, this one")

    assert (await Client.get()).phone_confirmed_at is not None


async def test_typed_number_is_taken_after_a_question_and_told_to_the_owner(asha, subscription):
    await asha.say("/status")
    await asha.press("Confirm my number")
    await asha.say("0733 000 001")
    assert "The business is told" in asha.text

    await asha.press("Yes, this one")

    client = await Client.get()
    assert (client.phone_number, client.phone_confirmed_at) == ("254733000001", None)
    assert "client_new_phone" in await told(1001)


async def test_client_pauses_with_one_question_and_goes_on(asha, subscription):
    await asha.say("/status")
    await asha.press("Pause, leave")
    assert "The business is told either way" in asha.text
    await asha.press("Yes, pause")
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PAUSED

    await asha.say("/status")
    await asha.press("Go on: Gold")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.ACTIVE


async def test_client_leaves_with_one_question(owing, subscription):
    await owing.press("Pause, leave")
    assert not any("Yes, pause" in label for label in owing.labels), "he owes"
    await owing.press("Yes, leave")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.CANCELLED
    assert "client_left" in await told(1001)


async def test_client_writes_to_the_business(asha, engine, bot, boss):
    await asha.say("/status")
    await asha.press("Write to them")
    await asha.say("I pay <b>on Friday</b>")
    await asha.press("✅ Send")
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass

    assert "I pay <b>on Friday</b>" in boss.text
    await boss.press("Answer")
    await boss.say("Friday is fine")
    await boss.press("Send")
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass
    assert "Friday is fine" in asha.text


async def test_reminders_are_switched_off_and_on(asha):
    await asha.say("/status")
    await asha.press("Reminders: on")
    assert (await Client.get()).reminders_off_at is not None
    assert "Receipts still come" in asha.text

    await asha.press("Back", "Reminders: off")

    assert (await Client.get()).reminders_off_at is None


async def test_two_businesses_are_two_screens(asha, engine):
    other = await engine.people.register_owner(1002)
    other.business_name = "Juma Water"
    await other.save()
    await chatting_subscription(engine, other, chat=ASHA, first_on=None)

    await asha.say("/status")
    await asha.press("Juma Water")

    assert "Juma Water" in asha.text
    assert "Wanjiku" not in asha.text


async def test_whoever_is_not_meant_withdraws_the_link(engine, owner, visit):
    waiting = await make_subscription(engine, owner, active=False)
    url = await engine.invitations.url(waiting)
    stranger = visit(2777, name="Otieno")
    await stranger.open(url)

    await stranger.press("Not me", "Yes, it's not me")

    assert "you get nothing more" in stranger.text
    assert "invitation_not_me" in await told(1001)
    await stranger.open(url)
    assert "Gold" not in stranger.text


async def test_data_are_deleted_after_one_typed_word(asha, engine, subscription):
    await asha.say("/privacy")
    await asha.press("Delete my data")
    assert "1 subscription ends at once" in asha.text
    await asha.say("yes please")
    assert "Nothing was deleted" in asha.text
    assert (await Client.get()).name == "Asha"

    await asha.say("delete")

    assert "Your data are deleted" in asha.text
    client = await Client.get()
    assert (client.telegram_id, client.phone_number) == (None, "")
    assert (await Subscription.get()).status is SubscriptionStatus.CANCELLED
    assert await engine.dialogs.find(ASHA) is None
    assert not await Notification.filter(chat_id=ASHA).exists()
    assert await engine.people.find(ASHA) is None


async def test_whoever_comes_back_is_somebody_new(asha, subscription):
    await asha.say("/privacy")
    await asha.press("Delete my data")
    await asha.say("DELETE", "/start")

    assert "Karibu!" in asha.text
    assert await Transaction.filter(client__telegram_id=ASHA).count() == 0
