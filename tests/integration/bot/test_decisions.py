"""What needs the owner: he finds it, and decides it from its card."""

import pytest

from core.billing.lifecycle import PushState, TransactionStatus
from core.models import StkPush, Transaction
from core.ports import NoAnswer
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    RECEIPT,
    TODAY,
    bill_and_prompt,
    report,
    tick,
)


@pytest.fixture
async def bill(engine, owner, gateway):
    """A bill whose prompt nobody answered for."""
    gateway.answers.append(NoAnswer(detail="connection reset"))
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    return await Transaction.get()


@pytest.fixture
async def closed(bill, engine, clock):
    """The same bill a day later: only its owner can go on."""
    clock.advance(DAY)
    await tick(engine)
    return bill


async def status_of(bill):
    await bill.refresh_from_db()
    return bill.status


def decisions(visitor):
    words = ("It was paid", "It was not paid", "Prompt again")
    return [word for word in words if any(word in label for label in visitor.labels)]


async def test_home_leads_to_what_needs_the_owner(closed, boss):
    assert "👉 Needs you: 1" in boss.labels

    await boss.press("Needs you")
    assert boss.labels[0] == "👉 Asha · KES 1,500"
    await boss.press("Asha")

    assert "It needs you" in boss.text
    assert decisions(boss) == ["It was paid", "Prompt again"]
    await boss.press("Back")
    assert boss.text.startswith("Needs you")


async def test_home_says_nothing_while_nothing_needs_the_owner(boss):
    assert not any("Needs you" in label for label in boss.labels)


async def test_an_empty_list_says_that_nothing_is_to_be_done(closed, boss, engine, owner):
    await engine.decisions.it_was_paid(owner.id, closed.id, RECEIPT)

    await boss.press("Needs you")

    assert "FluxPay goes on by itself" in boss.text


async def test_owner_says_that_it_was_paid_and_gives_the_code(bill, boss):
    await boss.press("Transactions", "Asha", "It was paid")
    assert "Which M-Pesa code" in boss.text
    await boss.say("0712345678")
    assert "This is no M-Pesa code" in boss.text
    await boss.say("rktq dm7w6s")
    assert "KES 1,500 of Asha" in boss.text
    assert await status_of(bill) is TransactionStatus.PENDING

    await boss.press("Yes, it was paid")

    assert await status_of(bill) is TransactionStatus.SUCCESS
    assert bill.mpesa_receipt_no == RECEIPT
    await boss.press("Open the transaction")
    assert "Status: 💰 Paid" in boss.text
    assert decisions(boss) == []


async def test_code_of_another_payment_leads_back_to_the_question(
    bill, boss, engine, owner, gateway
):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await report(engine, gateway, checkout_id="ws_CO_1", phone=254712000002)
    await boss.press("Transactions", "🕓 Asha", "It was paid")
    await boss.say(RECEIPT)

    await boss.press("Yes, it was paid")

    assert "already belongs to another payment" in boss.text
    assert "Which M-Pesa code" in boss.text


async def test_owner_says_that_it_was_not_paid_after_a_question(bill, boss):
    await boss.press("Transactions", "Asha", "It was not paid")
    assert "not on your M-Pesa statement?" in boss.text
    assert await status_of(bill) is TransactionStatus.PENDING
    await boss.press("Not yet")
    assert "KES 1,500 · Asha" in boss.text

    await boss.press("It was not paid", "Yes, it was not paid")

    assert await status_of(bill) is TransactionStatus.FAILED
    assert "Status: ❌ Failed" in boss.text
    assert decisions(boss) == ["Prompt again"]
    await boss.press("Back")
    assert boss.text.startswith("Transactions")


async def test_owner_prompts_again_and_sees_how_it_goes(closed, boss, gateway):
    await boss.press("Needs you", "Asha", "Prompt again")

    await boss.sees("STK Push sent to 254712345678")
    assert len(gateway.requests) == 2
    assert (await StkPush.all().order_by("-id").first()).state is PushState.SENT


async def test_a_second_tap_prompts_once(closed, boss, gateway):
    await boss.press("Needs you", "Asha")
    message, again = boss.messages[-1], boss.button("Prompt again")["data"]
    await boss.press("Prompt again")
    await boss.press_data(message.id, again, force=True)

    assert "A prompt is still open" in boss.toast
    await boss.sees("STK Push sent")
    assert len(gateway.requests) == 2


async def test_phone_that_must_rest_is_named_with_its_seconds(boss, engine, owner, gateway):
    await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    await boss.press("Transactions", "Asha")

    await boss.press("Prompt again")

    assert "in 120 seconds" in boss.toast
    assert len(gateway.requests) == 1


async def test_button_of_a_decision_that_is_over_says_so(bill, boss, engine, owner):
    await boss.press("Transactions", "Asha", "It was not paid")
    await engine.decisions.it_was_paid(owner.id, bill.id, RECEIPT)

    await boss.press("Yes, it was not paid")

    assert "nothing to decide" in boss.toast
    assert await status_of(bill) is TransactionStatus.SUCCESS


async def test_notice_about_an_unanswered_prompt_leads_to_the_decisions(bill, boss, bot, engine):
    while await engine.outbox.has_waiting():
        await engine.outbox.deliver_notifications(bot.messenger)

    await boss.press("Open transaction")

    assert decisions(boss) == ["It was paid", "It was not paid"]


async def test_nobody_decides_about_another_owners_bill(bill, boss, engine, visit):
    stranger = await engine.people.register_owner(1002)
    other = visit(stranger.telegram_id, name="Juma")
    await other.say("/start")
    for place in ("txn", "unpaid", "unpaidyes", "again"):
        await other.press_data(other.messages[-1].id, f"v1:{place}:{bill.id}~", force=True)
        assert "does not exist" in other.toast
    await other.press_data(other.messages[-1].id, f"v1:new:paid:{bill.id}~", force=True)
    assert "does not exist" in other.toast

    assert await status_of(bill) is TransactionStatus.PENDING
