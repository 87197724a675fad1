"""The owner's money in the chat: the lists behind home, one bill's story, cash, void, receipts."""

import pytest

from core.billing.lifecycle import TransactionStatus
from core.models import Notification, Payment, Transaction
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    TODAY,
    bill_and_prompt,
    bills,
    chatting_subscription,
    report,
    tick,
)

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def failed(engine, owner, gateway):
    """A bill of Asha's that she cancelled on her phone."""
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    return await Transaction.get()


@pytest.fixture
async def paid(engine, owner, gateway):
    """A bill of Asha's that she paid."""
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway)
    return await Transaction.get()


async def status_of(bill):
    await bill.refresh_from_db()
    return bill.status


async def test_each_number_of_home_opens_what_it_counts(failed, boss, engine, owner, clock):
    await make_subscription(engine, owner, name="Juma", phone_number="254712000002")
    clock.advance(DAY * 25)  # Juma's first bill falls due in five days.
    await boss.say("/menu")
    lists = {
        "⚠️ Overdue: 1 · KES 1,500": "❌ Asha · KES 1,500",
        "❌ Failed: 1": "❌ Asha · KES 1,500",
        "🗓 Next 7 days: 2": "Wed 23 Dec · Asha · KES 1,500",
    }
    for number, item in lists.items():
        await boss.press(number)
        assert item in boss.labels
        await boss.press("Back")
        assert boss.text.startswith("Wanjiku Fitness")
    await boss.press("📅 Due today: 0")
    assert "Nothing is open for today." in boss.text


async def test_due_today_shows_who_is_billed_today_and_whose_bill_is_open(
    failed, boss, engine, owner
):
    await make_subscription(
        engine, owner, first_on=TODAY, name="Juma", phone_number="254712000002"
    )
    await boss.say("/menu")
    assert "📅 Due today: 2" in boss.labels

    await boss.press("Due today")

    assert boss.labels[:2] == ["📅 Juma · KES 1,500", "❌ Asha · KES 1,500"]
    await boss.press("Juma")
    assert "Juma · Gold" in boss.text


async def test_received_this_month_names_each_payment_and_opens_its_bill(paid, boss):
    await boss.say("/menu")
    await boss.press("💰 Received this month: KES 1,500")
    assert "23 Nov, 09:00 · Asha · KES 1,500 · by M-Pesa" in boss.text

    await boss.press("💰 Asha")

    assert "Status: 💰 Paid" in boss.text


async def test_transactions_are_filtered_by_their_state(failed, boss, engine, owner, gateway):
    await make_subscription(
        engine, owner, first_on=TODAY, name="Juma", phone_number="254712000002"
    )
    await bill_and_prompt(engine)
    await boss.press("Transactions")
    assert {"All: 2", "🕓 Pending: 1", "❌ Failed: 1"} <= set(boss.labels)

    await boss.press("🕓 Pending: 1")

    assert "Juma" in boss.text
    assert "Asha" not in boss.text
    assert boss.button("🕓 Pending: 1")["style"] == "primary"
    await boss.press("Juma", "Back")
    assert boss.text.startswith("Transactions · 🕓 Pending"), "Back returns to the filtered list"


async def test_filtered_lists_come_in_pages_of_eight(boss, engine, owner):
    plan = await make_plan(engine, owner)
    for number in range(10):
        phone = f"2547120000{number:02}"
        await make_subscription(
            engine, owner, plan, first_on=TODAY, name=f"C{number}", phone_number=phone
        )
    await engine.billing.process_due_payments()
    await boss.press("Transactions", "🕓 Pending: 10")
    assert len([label for label in boss.labels if "· KES" in label]) == 8

    await boss.press("Older")

    assert "2/2" in boss.labels
    assert boss.text.startswith("Transactions · 🕓 Pending")


async def test_the_card_tells_the_story_of_its_prompts(failed, boss, engine, gateway, clock):
    clock.advance(DAY)
    await tick(engine)
    await report(engine, gateway, code=2001, checkout_id="ws_CO_2")

    await boss.press("Transactions", "Asha")

    assert "📲 23 Nov, 09:00: prompt sent, cancelled" in boss.text
    assert "📲 24 Nov, 09:00: prompt sent, wrong PIN" in boss.text


async def test_cash_is_booked_after_a_summary_that_says_what_it_does(failed, boss):
    await boss.press("Transactions", "Asha", "Mark as paid", "In cash")
    assert "KES 1,500 is open" in boss.text
    await boss.press("KES 1,500")
    assert "Then nothing is asked for any more." in boss.text
    assert await Payment.all().count() == 0

    await boss.press("Yes, book it")

    assert await status_of(failed) is TransactionStatus.SUCCESS
    await boss.press("Open the transaction")
    assert "💵 23 Nov, 09:00: KES 1,500 in cash" in boss.text
    assert not any("Mark as paid" in label for label in boss.labels)


async def test_a_part_is_booked_and_the_rest_stays_open(failed, boss):
    await boss.press("Transactions", "Asha", "Mark as paid", "At the bank")
    await boss.say("0")
    assert "too small" in boss.text
    await boss.say("500")
    assert "KES 1,000 stay open" in boss.text

    await boss.press("Yes, book it", "Open the transaction")

    assert "Paid so far: KES 500, still open: KES 1,000" in boss.text
    assert await status_of(failed) is TransactionStatus.FAILED


async def test_more_than_is_open_is_said_to_be_credit(failed, boss):
    await boss.press("Transactions", "Asha", "Mark as paid", "In cash")
    await boss.say("2000")

    assert "KES 500 are kept as credit." in boss.text


async def test_a_prompt_that_is_out_is_named_before_cash_is_booked(boss, engine, owner):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await boss.press("Transactions", "Asha", "Mark as paid", "In cash", "KES 1,500")

    assert "⚠️ A prompt for it is open just now." in boss.text


async def test_a_double_tap_books_cash_once(failed, boss):
    await boss.press("Transactions", "Asha", "Mark as paid", "In cash")
    await boss.say("500")
    summary, data = boss.messages[-1], boss.button("Yes, book it")["data"]

    await boss.press_data(summary.id, data)
    await boss.press_data(summary.id, data, force=True)

    assert boss.toast == "Already done"
    assert await Payment.all().count() == 1


async def test_a_bill_is_voided_with_a_reason_and_the_safe_button_first(failed, boss):
    await boss.press("Transactions", "Asha", "Void it", "Agreed with the client")
    assert "Void 1 bill of KES 1,500 for Asha?" in boss.text
    assert boss.labels[0] == "◀ Keep it"
    assert boss.button("Yes, void it")["style"] == "danger"
    assert await status_of(failed) is TransactionStatus.FAILED

    await boss.press("Yes, void it", "Open the transaction")

    assert await status_of(failed) is TransactionStatus.VOID
    assert "Reason: Agreed with the client" in boss.text
    assert await Notification.filter(chat_id=CLIENT_CHAT, template="client_bill_voided").exists()


async def test_a_typed_reason_is_shown_escaped(failed, boss):
    await boss.press("Transactions", "Asha", "Void it")
    await boss.say("moved <away>")
    await boss.press("Yes, void it", "Open the transaction")

    assert "Reason: moved <away>" in boss.text


async def test_keeping_a_bill_leads_back_to_its_card(failed, boss):
    await boss.press("Transactions", "Asha", "Void it", "It was a mistake", "Keep it")

    assert "Status: ❌ Failed" in boss.text


async def test_a_bill_with_a_prompt_out_can_not_be_voided(boss, engine, owner):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    (bill,) = await bills()
    await boss.press("Transactions", "Asha")
    assert not any("Void it" in label for label in boss.labels)

    await boss.press_data(boss.messages[-1].id, f"v1:new:void:{bill.id}~", force=True)
    await boss.press("It was a mistake", "Yes, void it")

    assert "A prompt is still open" in boss.text
    assert await status_of(bill) is TransactionStatus.PENDING


async def test_a_receipt_is_shown_and_sent_to_the_client_again(paid, boss):
    await boss.press("Transactions", "Asha", "🧾 Receipt")
    for line in (
        "🧾 Receipt from Wanjiku Fitness",
        "Client: Asha",
        "Plan: Gold, period from 23 November 2026",
        "Amount: KES 1,500",
        "M-Pesa code: RKTQDM7W6S",
        "Paid: 23 November 2026, 09:00",
        "Next payment: 23 December 2026",
        "Balance: nothing more to pay",
    ):
        assert line in boss.text
    assert boss.button("Send by WhatsApp")["data"].startswith("https://wa.me/254712345678?text=")

    await boss.press("Send it again")

    assert "on its way" in boss.toast
    receipts = Notification.filter(chat_id=CLIENT_CHAT, template="client_receipt")
    assert await receipts.count() == 2


async def test_charts_are_one_photo_in_which_the_pictures_change(paid, boss, telegram):
    await boss.say("/menu")
    home = boss.messages[-1]
    await boss.press("Charts")
    photo = boss.messages[-1]
    assert photo.id > home.id
    assert home.text.startswith("Wanjiku Fitness"), "the dashboard stays"
    seen = {stored_photo(telegram, photo)}

    for kind in ("By month", "Paid and due", "Subscriptions"):
        await boss.press(kind)
        assert boss.messages[-1] is photo
        seen.add(stored_photo(telegram, photo))

    assert len(seen) == 4
    assert all(png.startswith(PNG) for png in seen)
    await boss.press("Home")
    assert boss.messages[-1].id > photo.id
    assert boss.text.startswith("Wanjiku Fitness")


def stored_photo(telegram, message):
    file_id = message.content["photo"][0]["file_id"]
    return telegram.files.find(file_id).body


async def test_the_same_chart_again_is_no_error(boss):
    await boss.press("Charts", "By day", "By day")

    assert not any("Sorry" in message.text for message in boss.messages)


async def test_a_chart_whose_message_is_gone_is_sent_anew(boss, bot, telegram, start_bot):
    await boss.press("Charts")
    photo = boss.messages[-1]
    await bot.stop()
    boss.tap("By month")
    telegram.messages.delete(photo)
    await start_bot()

    await boss.sees("Money in by month")

    assert boss.messages[-1].id > photo.id


async def test_nobody_enters_or_voids_another_owners_bill(failed, boss, engine, visit):
    stranger = await engine.people.register_owner(1002)
    other = visit(stranger.telegram_id, name="Juma")
    await other.say("/start")
    for place in ("txn", "receipt", "resend", "new:hand", "new:cash", "new:void"):
        await other.press_data(other.messages[-1].id, f"v1:{place}:{failed.id}~", force=True)
        assert "does not exist" in other.toast

    assert await status_of(failed) is TransactionStatus.FAILED
