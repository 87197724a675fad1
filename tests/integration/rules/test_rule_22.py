"""Rule 22, as far as it goes without scheduled reminders: they are off at a client's wish."""

import pytest

from core.errors import Conflict
from core.models import Client
from tests.integration.rules.reading import go, leading_to
from tests.integration.services.stories import chatting_subscription


async def test_rule_22_a_client_switches_a_business_reminders_off_and_on(
    engine, owner, visit, language
):
    await chatting_subscription(engine, owner, chat=2001)
    asha = visit(2001, name="Asha", language=language)
    await asha.say("/status")

    await go(asha, "myremind")
    assert (await Client.get()).reminders_off_at is not None
    assert "Wanjiku Fitness" in asha.text

    await asha.say("/status")
    await go(asha, "myremind")
    assert (await Client.get()).reminders_off_at is None


async def test_rule_22_whoever_is_asked_to_pay_has_one_button_for_it(
    engine, owner, visit, language, gateway
):
    subscription = await chatting_subscription(engine, owner, chat=2001)
    await engine.billing.process_due_payments()
    asha = visit(2001, name="Asha", language=language)

    await asha.say("/status")

    assert leading_to(asha, "pay")
    pays = [button for button in asha.buttons if button.get("style") == "success"]
    assert len(pays) == 1
    assert subscription.client_id


async def test_rule_22_a_reminder_has_one_button_to_pay_and_none_comes_against_his_wish(
    engine, owner, visit, language, bot, gateway
):
    subscription = await chatting_subscription(engine, owner, chat=2001)
    await engine.billing.process_due_payments()
    asha = visit(2001, name="Asha", language=language)
    await asha.say("/status")
    await engine.care.remind(owner.id, subscription.client_id)
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass
    assert leading_to(asha, "pay")

    await engine.own_wishes.set_reminders(2001, subscription.client_id, wanted=False)
    with pytest.raises(Conflict, match="reminders_off"):
        await engine.care.remind(owner.id, subscription.client_id)
