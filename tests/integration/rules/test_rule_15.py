"""Rule 15: a toast for trifles, an alert for what must be read, a message for what is kept."""

import pytest

from sandbox.telegram import acts
from tests.integration.bot.people import idle
from tests.integration.rules.reading import go, leading_to
from tests.integration.services.stories import prompted_subscription, report
from tests.locale_tools import LONGEST_TOAST, read


@pytest.fixture
def pressed(boss, telegram):
    """Press the button that leads to a place; return how the bot answered the press."""

    async def press(place):
        data = boss.button(leading_to(boss, place))["data"]
        query = acts.press(telegram, boss.person, boss.messages[-1].id, data)
        await idle(telegram)
        return query.answer

    return press


async def deliver(engine, bot):
    while await engine.outbox.has_waiting():
        await engine.outbox.deliver_notifications(bot.messenger)


async def test_rule_15_a_trifle_is_a_toast(pressed):
    answer = await pressed("home:again")

    assert "09:00" in answer["text"]
    assert not answer["alert"]


async def test_rule_15_what_must_be_read_is_an_alert(pressed, boss):
    before = boss.text

    answer = await pressed("locked:plan")

    assert answer["alert"]
    assert len(answer["text"]) <= LONGEST_TOAST
    assert boss.text == before, "the screen stays"


async def test_rule_15_a_refusal_is_an_alert(pressed, boss, engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    await boss.say("/menu")
    await go(boss, "txns:0", "txn")

    answer = await pressed("again")

    assert "120" in answer["text"]
    assert answer["alert"]


async def test_rule_15_moving_about_says_nothing(pressed):
    answer = await pressed("plans")

    assert not answer["text"]


async def test_rule_15_money_is_told_by_a_message_that_stays(boss, bot, engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await deliver(engine, bot)
    before = len(boss.messages)
    await report(engine, gateway)

    await deliver(engine, bot)

    assert len(boss.messages) == before + 1
    assert "RKTQDM7W6S" in boss.text


def test_rule_15_every_toast_fits(language):
    toasts = [text.string for text in read(language) if "toast" in text.auto_comments]

    assert len(toasts) > 5
    assert all(len(toast) <= LONGEST_TOAST for toast in toasts)
