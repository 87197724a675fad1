"""Rule 14: nothing is called paid before a callback or a query has proved it."""

from core.billing.lifecycle import TransactionStatus
from core.models import Payment, Transaction
from core.ports import NoAnswer
from tests.integration.rules.reading import go, in_form
from tests.integration.services.stories import MINUTE, PAID, report, report_plainly


def says_paid(text):
    return "💰" in text and "KES 150" in text


async def send(boss):
    await go(boss, "new:push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    await boss.press(in_form(boss, "ok"))
    await boss.sees("254712345678")


async def deliver(engine, bot):
    while await engine.outbox.has_waiting():
        await engine.outbox.deliver_notifications(bot.messenger)


async def is_paid():
    return (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_rule_14_an_accepted_push_is_not_called_paid(boss, bot, engine):
    await send(boss)
    await deliver(engine, bot)

    assert not says_paid(boss.text)
    assert not await is_paid()
    await boss.say("/menu")
    assert any("KES 0" in label for label in boss.labels), "nothing has been received"


async def test_rule_14_news_that_proves_nothing_waits_for_a_query(
    boss, bot, engine, gateway, clock
):
    await send(boss)
    await report_plainly(engine, amount=150)
    await deliver(engine, bot)
    assert not says_paid(boss.text)
    assert not await is_paid()

    gateway.verdicts["ws_CO_1"] = PAID
    clock.advance(2 * MINUTE)
    await engine.reconciliation.reconcile()
    await deliver(engine, bot)

    assert says_paid(boss.text)
    assert await is_paid()


async def test_rule_14_the_callback_proves_it(boss, bot, engine, gateway):
    await send(boss)

    await report(engine, gateway, amount=150)
    await deliver(engine, bot)

    assert says_paid(boss.text)
    assert await is_paid()


async def test_rule_14_a_callback_with_another_amount_proves_nothing(boss, bot, engine, gateway):
    await send(boss)

    await report(engine, gateway, amount=15)
    await deliver(engine, bot)

    assert not any(says_paid(message.text) for message in boss.messages)
    assert await Payment.all().count() == 0


async def test_rule_14_a_lost_answer_is_neither_paid_nor_failed(boss, bot, engine, gateway):
    gateway.answers.append(NoAnswer(detail="timeout"))
    await send(boss)

    assert boss.text.startswith("❔")
    assert (await Transaction.get()).status is TransactionStatus.PENDING
