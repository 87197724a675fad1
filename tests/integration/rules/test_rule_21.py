"""Rule 21: clients see what concerns them, pay, look back, pause, leave, and write."""

import pytest

from core.billing.lifecycle import SubscriptionStatus
from tests.integration.rules.reading import go, leading_to, press_in_form
from tests.integration.services.stories import (
    MINUTE,
    bill_and_prompt,
    chatting_subscription,
    report,
    told,
)

ASHA = 2001
NOT_HIS = ("new:plan", "new:client", "plans", "clients", "txns", "admin")


@pytest.fixture
async def subscription(engine, owner):
    return await chatting_subscription(engine, owner, chat=ASHA)


@pytest.fixture
async def asha(subscription, engine, gateway, clock, visit, language):
    """A client whose bill is open."""
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1037)
    clock.advance(3 * MINUTE)
    visitor = visit(ASHA, name="Asha", language=language)
    await visitor.say("/status")
    return visitor


async def test_rule_21_status_shows_plan_next_date_and_balance(asha, texts, subscription):
    await subscription.refresh_from_db()
    for words in (
        "Wanjiku Fitness",
        "Gold: KES 1,500",
        texts.date(subscription.next_billing_date),
        "KES 1,500",
    ):
        assert words in asha.text


async def test_rule_21_status_offers_nothing_that_is_an_owners(asha):
    data = " ".join(button.get("data", "") for button in asha.buttons)

    assert not any(f"v1:{place}" in data for place in NOT_HIS)


async def test_rule_21_he_pays_now_from_his_own_phone(asha, engine, gateway, texts):
    await go(asha, "pay", "payyes")
    await asha.sees(texts.gettext("Enter your M-Pesa PIN there, never here."))

    assert gateway.requests[-1].phone_number == "254712345678"


async def test_rule_21_he_sees_his_history(asha, texts):
    await go(asha, "mybills")

    assert "KES 1,500" in asha.text
    assert leading_to(asha, "mybill")


async def test_rule_21_he_leaves_with_one_confirmation_and_his_owner_is_told(asha, subscription):
    await go(asha, "myends")
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PAST_DUE, "not yet"
    assert asha.buttons[0].get("style") != "danger"
    await go(asha, "myleave")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.CANCELLED
    assert (await told(1001))[-1] == "client_left"


async def test_rule_21_he_writes_to_the_business(asha):
    await go(asha, "new:answer")
    await asha.say("Nitalipa Ijumaa")
    await press_in_form(asha, "ok")

    assert (await told(1001))[-1] == "letter_from_client"
