"""Rule 13: long work is shown in one message from the first second to its end."""

import pytest

from core.ports import NoAnswer, RefusalKind, Refused
from tests.integration.rules.reading import go, in_form, leading_to
from tests.integration.services.stories import MINUTE, report

ENDS = {
    1032: "CANCELLED",
    2001: "WRONG_PIN",
    1: "NO_MONEY",
    1037: "UNREACHABLE",
    1019: "TIMED_OUT",
}


@pytest.fixture
async def status(boss):
    """The message that shows a push which Daraja has taken."""
    await go(boss, "new:push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    await boss.press(in_form(boss, "ok"))
    await boss.sees("254712345678")
    return boss.messages[-1]


@pytest.fixture
def safaricom_says(engine, bot, gateway):
    """Let Safaricom tell how the newest push ended, and the chat learn of it."""

    async def tell(code, **changes):
        await report(engine, gateway, code=code, amount=150, **changes)
        while await engine.outbox.has_waiting():
            await engine.outbox.deliver_notifications(bot.messenger)

    return tell


@pytest.mark.parametrize("code", ENDS)
async def test_rule_13_each_end_is_told_in_place_with_a_next_step(
    status, boss, safaricom_says, texts, code
):
    waiting, before = status.text, len(boss.messages)

    await safaricom_says(code)

    assert len(boss.messages) == before
    assert status.text.startswith("❌")
    assert status.text != waiting
    assert boss.button(leading_to(boss, "again"))["style"] == "primary"
    assert leading_to(boss, "new:cash")


async def test_rule_13_the_ends_are_told_apart(status, boss, safaricom_says, clock):
    told = set()
    for number, code in enumerate(ENDS, 1):
        await safaricom_says(code, checkout_id=f"ws_CO_{number}")
        told.add(boss.text)
        clock.advance(3 * MINUTE)
        await go(boss, "again")
        await boss.sees("254712345678")

    assert len(told) == len(ENDS)
    assert boss.messages[-1] is status, "each next try is shown in the same message"


async def test_rule_13_the_retry_is_paid_in_the_same_message(status, boss, safaricom_says, clock):
    await safaricom_says(1032)
    clock.advance(3 * MINUTE)
    await go(boss, "again")
    await boss.sees("254712345678")

    await safaricom_says(0)

    assert boss.messages[-1] is status
    assert status.text.startswith("💰")
    assert "KES 150" in status.text
    assert "RKTQDM7W6S" in status.text


async def test_rule_13_cash_from_the_status_is_shown_by_it(
    status, boss, bot, engine, safaricom_says
):
    await safaricom_says(1032)
    await go(boss, "new:cash")
    assert boss.messages[-1].id > status.id, "the form opens below"
    await boss.press("KES 150")
    await boss.press(in_form(boss, "ok"))

    while await engine.outbox.has_waiting():
        await engine.outbox.deliver_notifications(bot.messenger)

    assert status.text.startswith("💰")
    assert "KES 150" in status.text
    assert "M-Pesa" not in status.text


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        (Refused(kind=RefusalKind.PHONE, code="400.002.02", detail="Bad"), "🚫"),
        (NoAnswer(detail="timeout"), "❔"),
    ],
)
async def test_rule_13_a_push_that_was_not_taken_says_so(boss, gateway, answer, sign):
    gateway.answers.append(answer)
    await go(boss, "new:push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    await boss.press(in_form(boss, "ok"))

    await boss.sees(sign)

    assert any("v1:again" in button["data"] for button in boss.buttons) is (sign == "🚫")
