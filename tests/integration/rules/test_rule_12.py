"""Rule 12: Confirm does its work once, however often and whenever it arrives."""

from core.models import Payment, StkPush, Transaction
from tests.integration.rules.reading import go, in_form, press_in_form
from tests.integration.services.stories import (
    bill_and_prompt,
    chatting_subscription,
    check_books,
    report,
)


async def at_the_summary(boss):
    """Fill in a push; return its message and the data of its Confirm."""
    await go(boss, "new:push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    return boss.messages[-1], boss.button(in_form(boss, "ok"))["data"]


async def test_rule_12_a_double_tap_makes_one_charge(boss, gateway, texts):
    message, confirm = await at_the_summary(boss)

    await boss.press_data(message.id, confirm)
    await boss.press_data(message.id, confirm, force=True)

    assert boss.toast == texts.gettext("Already done")
    assert await Transaction.all().count() == await StkPush.all().count() == 1
    assert len(gateway.requests) == 1


async def test_rule_12_a_tap_after_a_restart_finds_it_done(boss, bot, start_bot, gateway, texts):
    message, confirm = await at_the_summary(boss)
    await boss.press_data(message.id, confirm)
    await bot.stop()
    await start_bot()

    await boss.press_data(message.id, confirm, force=True)

    assert boss.toast == texts.gettext("Already done")
    assert await Transaction.all().count() == 1


async def test_rule_12_two_taps_before_the_bot_sees_any_are_one(boss, bot, start_bot, gateway):
    await at_the_summary(boss)
    await bot.stop()
    for _ in range(2):
        boss.tap(in_form(boss, "ok"))
    await start_bot()

    await boss.sees("254712345678")

    assert await Transaction.all().count() == 1


async def test_rule_12_cash_is_booked_once(boss, engine, owner, gateway, texts):
    await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    await boss.say("/menu")
    await go(boss, "txns:0", "txn", "new:hand")
    await press_in_form(boss, "c", "source", "CASH")
    await boss.say("500")
    message, confirm = boss.messages[-1], boss.button(in_form(boss, "ok"))["data"]

    for _ in range(2):
        await boss.press_data(message.id, confirm, force=True)

    assert boss.toast == texts.gettext("Already done")
    assert (await Payment.get()).amount_kes == 500
    await check_books()
