"""Rule 30: a demo needs neither a token nor Daraja's keys, and every receipt says DEMO."""

import pytest

from core.settings import Settings
from fluxpay.demo import is_demo
from tests.integration.rules.reading import go
from tests.integration.services.stories import bill_and_prompt, chatting_subscription, report


@pytest.fixture
def settings(settings):
    return settings.for_demo()


def test_rule_30_without_a_token_and_keys_it_is_a_demo(settings):
    bare = Settings.model_validate({})

    assert is_demo(bare)
    assert not bare.has_daraja


async def test_rule_30_every_screen_and_receipt_of_a_demo_says_so(
    engine, owner, visit, gateway, bot, language
):
    await chatting_subscription(engine, owner, chat=2001)
    asha = visit(2001, name="Asha", language=language)
    await asha.say("/status")
    assert asha.text.startswith("DEMO\n")
    await bill_and_prompt(engine)
    await report(engine, gateway)
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass
    assert asha.text.startswith("DEMO\n")
    assert "RKTQDM7W6S" in asha.text

    await asha.say("/status")
    await go(asha, "mybills", "mybill", "myreceipt")

    assert asha.text.startswith("DEMO\n")
    assert "RKTQDM7W6S" in asha.text
