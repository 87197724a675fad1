"""Rule 4: one screen is one message, edited in place; a new message is for an event."""

from tests.integration.rules.reading import go, press_in_form
from tests.integration.services.stories import prompted_subscription, report


async def test_rule_04_screens_follow_one_another_in_one_message(boss, engine, owner):
    await prompted_subscription(engine, owner)
    await boss.say("/menu")
    screen, before = boss.messages[-1], len(boss.messages)
    seen = {screen.text}

    for place in ("txns:0", "txn", "sub", "home", "plans", "home", "week", "home", "set"):
        await go(boss, place)
        assert boss.messages[-1] is screen
        seen.add(boss.text)

    assert len(boss.messages) == before
    assert len(seen) >= 7


async def test_rule_04_an_answered_question_keeps_the_answer_and_loses_its_buttons(boss):
    await go(boss, "new:push")
    question = boss.messages[-1]

    await boss.say("0712345678")

    assert question.inline_keyboard is None
    assert question.text.startswith("✓")
    assert "0712 345 678" in question.text
    asked = boss.messages[-1]
    await press_in_form(boss, "c", "amount_kes", "500")
    assert boss.messages[-1] is asked, "a pressed answer leads on in place"
    assert "KES 500" in asked.text, "and is shown"


async def test_rule_04_a_payment_is_a_message_of_its_own(boss, bot, engine, owner, gateway):
    await prompted_subscription(engine, owner)
    screen = boss.messages[-1]
    kept = screen.text
    await report(engine, gateway)

    while await engine.outbox.has_waiting():
        await engine.outbox.deliver_notifications(bot.messenger)

    assert screen.text == kept
    assert boss.messages[-1].id > screen.id
    assert "RKTQDM7W6S" in boss.text
