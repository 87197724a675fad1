"""A client's card, and everything that an owner does for one client in the chat."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency
from core.models import Client, Notification, StkPush, Subscription, Transaction, User
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import until
from tests.integration.services.stories import callback_body

ASHA = 2001
DAY = timedelta(days=1)


@pytest.fixture
async def asha_pays(engine, owner):
    """Asha has accepted, and her first bill falls due today."""
    waiting = await make_subscription(
        engine, owner, active=False, first_on=engine.today(), email="asha@example.com"
    )
    return await engine.acceptance.accept(
        waiting.invitation_token, telegram_id=ASHA, language="en"
    )


@pytest.fixture
async def asha(visit):
    visitor = visit(ASHA, name="Asha")
    await visitor.say("/status")
    return visitor


@pytest.fixture
def deliver(engine, bot):
    async def deliver():
        while await engine.outbox.deliver_notifications(bot.messenger):
            pass

    return deliver


async def test_the_card_tells_who_he_is_what_he_owes_and_what_has_been(
    boss, engine, asha_pays, clock
):
    await engine.billing.process_due_payments()
    clock.advance(3 * DAY)

    await boss.press("Clients", "Asha")

    for words in (
        "Phone: 0712 345 678",
        "E-mail: asha@example.com",
        "Gets receipts in Telegram",
        "Owes: KES 1,500 · 3 days late",
        "Next bill: 23 December 2026",
        "✅ Active · Gold · KES 1,500",
        "🕓 Pending · KES 1,500",
    ):
        assert words in boss.text


def ready_in_whatsapp(visitor):
    url = urlsplit(visitor.button("WhatsApp")["data"])
    assert (url.netloc, url.path) == ("wa.me", "/254712345678")
    return parse_qs(url.query)["text"][0]


async def test_a_client_is_reminded_in_his_chat_once_a_day(boss, asha, asha_pays, deliver):
    await boss.press("Clients", "Asha", "Remind")
    for words in (
        "Hello Asha,\n🔔 Wanjiku Fitness reminds you: KES 1,500 for Gold falls due",
        "Business number: 174379",
    ):
        assert words in boss.text
    assert ready_in_whatsapp(boss) in boss.text

    await boss.press("Send in Telegram")
    assert boss.toast == "The reminder is on its way."
    await deliver()
    assert "Wanjiku Fitness reminds you: KES 1,500 for Gold falls due" in asha.text

    await boss.press("Remind", "Send in Telegram")
    assert "reminded today already" in boss.toast


async def test_a_reminder_by_whatsapp_is_in_the_clients_language(boss, asha, asha_pays, engine):
    await engine.people.set_language((await User.get(telegram_id=asha.id)).id, "sw")

    await boss.press("Clients", "Asha", "Remind")

    assert "Wanjiku Fitness inakukumbusha" in ready_in_whatsapp(boss)
    assert boss.text.startswith("Remind Asha?"), "around it the owner reads his own"


async def test_nobody_is_reminded_of_nothing(boss, engine, owner):
    waiting = await make_subscription(engine, owner, active=False)
    await engine.subscriptions.cancel(owner.id, waiting.id)
    await boss.press("Clients", "Asha", "Remind")

    assert boss.toast == "Nothing is owed and no bill is to come."


async def test_without_a_chat_only_whatsapp_is_offered_and_no_letter_begun(boss, engine, owner):
    await make_subscription(engine, owner)
    await boss.press("Clients", "Asha", "Remind")
    assert not any("Telegram" in label for label in boss.labels)

    await boss.press("Back", "Write")

    assert "no chat with me yet" in boss.toast


async def test_a_letter_reaches_the_client_and_his_answer_comes_back(
    boss, asha, asha_pays, deliver
):
    await boss.press("Clients", "Asha", "Write")
    await boss.say("We open at six.\nSee <you>!")
    await boss.press("✅ Send")
    await deliver()
    assert "Wanjiku Fitness writes:\n\nWe open at six.\nSee <you>!" in asha.text

    await asha.press("Answer")
    await asha.say("Thank you")
    await asha.press("✅ Send")
    await deliver()

    assert "Asha (0712 345 678) writes:\n\nThank you" in boss.text


async def test_a_reply_to_a_letter_is_brought_to_its_writer(
    boss, asha, asha_pays, deliver, engine, owner
):
    client_id = asha_pays.client_id
    await engine.care.write_to_client(owner.id, client_id, "Hello", key="k")
    await deliver()

    await asha.reply(asha.messages[-1], "Good morning")
    assert asha.text == "✅ Your answer is on its way."
    await deliver()
    letter = boss.messages[-1]
    assert "Good morning" in letter.text
    await boss.reply(letter, "See you")
    await deliver()

    assert "See you" in asha.text
    assert await Notification.filter(template="client_letter").count() == 2


async def test_a_phone_is_changed_after_a_question(boss, asha_pays, engine, owner):
    await make_subscription(engine, owner, name="Juma", phone_number="254722111222")
    await boss.press("Clients", "Asha", "Change phone")
    await boss.say("0722 111 222")
    assert "This is the number of Juma" in boss.text

    await boss.press("Back")
    await boss.say("0733 111 222")
    await boss.press("✅ Save")

    assert "Asha is asked on 0733 111 222 from now on." in boss.text
    client = await Client.get(id=asha_pays.client_id)
    assert client.phone_number == "254733111222"


async def test_a_failed_bill_is_asked_for_again_from_the_card(
    boss, engine, owner, asha_pays, gateway
):
    await engine.billing.process_due_payments()
    await boss.press("Clients", "Asha", "Ask for payment")
    assert "I ask for it by myself at" in boss.text
    await engine.prompts.send_due_prompts()
    body = callback_body("ws_CO_1", code=1032)
    await engine.inbox.receive_callback(body, token=gateway.token())
    await engine.inbox.handle_callbacks()
    engine.clock.advance(timedelta(minutes=10))
    await boss.press("Back", "Ask for payment")
    assert "Ask Asha for KES 1,500 now? It is the bill of 23 November 2026" in boss.text

    await boss.press("Send the prompt")

    async def is_sent():
        return await StkPush.all().count() == 2

    await until(is_sent)
    assert (await Transaction.get()).status is TransactionStatus.PENDING


async def test_who_owes_nothing_is_asked_for_another_amount(boss, engine, owner):
    await make_subscription(engine, owner)
    await boss.press("Clients", "Asha", "Ask for payment")
    assert "Asha owes nothing." in boss.text

    await boss.press("Another amount")

    assert "Phone: 0712 345 678" in boss.text


async def test_a_pause_until_a_day_is_chosen_or_typed(boss, engine, owner):
    subscription = await make_subscription(engine, owner)
    await boss.press("Clients", "Asha", "Pause until")
    assert "30 November 2026" in boss.labels
    await boss.say("23.11.2026")
    assert "from tomorrow on" in boss.text

    await boss.say("24.12.2026")
    await boss.press("⏸ Pause it")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PAUSED
    assert subscription.resume_on == date(2026, 12, 24)
    assert "Nothing is billed until 24 December 2026, then it goes on by itself." in boss.text


async def test_a_subscription_ends_with_its_period_unless_that_is_called_off(
    boss, engine, owner, asha_pays
):
    await engine.billing.process_due_payments()
    await boss.press("Clients", "Asha", "Cancel it")
    assert "to the end of the period, 23 December 2026" in boss.text
    await boss.press("At the period's end")
    assert "It ends on 23 December 2026: no new bill is made." in boss.text

    await boss.press("Let it go on")

    assert "Next bill: 23 December 2026" in boss.text
    assert (await Subscription.get()).cancel_at is None


async def test_another_plan_is_agreed_after_all_is_said_and_can_be_called_off(
    boss, engine, owner, asha_pays
):
    await engine.billing.process_due_payments()
    await make_plan(engine, owner, name="Silver", amount_kes=900)
    await boss.press("Clients", "Asha", "Change the plan", "Silver")
    for words in (
        "Put Asha on Silver from 23 December 2026 on?",
        "Until then: Gold, KES 1,500",
        "From then on: Silver, KES 900",
        "Bills already made stay as they are.",
    ):
        assert words in boss.text
    assert boss.labels[0] == "◀ Not yet"

    await boss.press("Yes, change it")
    assert "From 23 December 2026 on: Silver, KES 900" in boss.text
    assert (await Subscription.get()).plan_id == asha_pays.plan_id
    await boss.press("Keep the old plan")

    assert "Silver" not in boss.text


async def test_another_plan_with_other_days_says_both_its_first_bills(
    boss, engine, owner, asha_pays
):
    await engine.billing.process_due_payments()
    await make_plan(engine, owner, name="Silver", frequency=Frequency.YEARLY, billing_day=5)
    await boss.press("Clients", "Asha", "Change the plan", "Silver")
    assert "every year on 5 December\nFirst bill: 23 December 2026, then 5 December" in boss.text

    await boss.press("Yes, change it")

    assert "Price: KES 1,500, every month on the 23rd" in boss.text
    assert "Next bill: 23 December 2026, then 5 December 2027" in boss.text
    assert "From 23 December 2026 on: Silver, KES 1,500, every year on 5 December" in boss.text


async def test_a_client_has_several_plans(boss, engine, owner, asha_pays):
    await make_plan(engine, owner, name="Sauna", amount_kes=200)
    await boss.press("Clients", "Asha", "Another plan", "Sauna", "23 December 2026")
    await boss.press("Add the plan")
    assert await Client.all().count() == 1
    await boss.press("Home", "Clients", "Asha")

    assert "⏳ Pending activation · Sauna · KES 200" in boss.text
    assert [label for label in boss.labels if "Sauna" in label or "Gold" in label] == [
        "⏳ Sauna · KES 200",
        "✅ Gold · KES 1,500",
    ]
