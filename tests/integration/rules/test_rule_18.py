"""Rule 18: the dashboard fits one phone screen, and each of its lines is a button."""

from datetime import timedelta

import pytest

from core.models import ServicePlan
from tests.factories import make_plan, make_subscription
from tests.integration.rules.reading import go, leading_to
from tests.integration.services.stories import (
    DAY,
    TODAY,
    bill_and_prompt,
    chatting_subscription,
    report,
)

MOST_LINES, MOST_ROWS, LONGEST_LABEL = 18, 12, 40


@pytest.fixture
async def home(boss, engine, owner, gateway, clock):
    """A business with something under each number."""
    await chatting_subscription(engine, owner)  # Asha pays.
    await bill_and_prompt(engine)
    await report(engine, gateway)
    plan = await ServicePlan.get()
    await make_subscription(
        engine, owner, plan, first_on=TODAY, name="Juma", phone_number="254712000002"
    )
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032, checkout_id="ws_CO_2")  # Juma does not.
    clock.advance(DAY)
    tomorrow = TODAY + DAY
    for number, first_on in enumerate((tomorrow, tomorrow + 3 * DAY)):
        phone = f"25471200001{number}"
        weekly = await make_plan(engine, owner, name=f"P{number}")
        await make_subscription(
            engine, owner, weekly, first_on=first_on, name=f"C{number}", phone_number=phone
        )
    await boss.say("/menu")
    return boss


async def test_rule_18_each_number_is_a_button_that_opens_its_list(home):
    numbers = {
        "today": ": 1",
        "txns:0:failed": ": 1",
        "txns:0:overdue": ": 1 · KES 1,500",
        "money": ": KES 1,500",
        "week": ": 1 · KES 1,500",
    }
    for place, shown in numbers.items():
        assert leading_to(home, place).endswith(shown)
        await go(home, place)
        assert any("KES 1,500" in label for label in home.labels), place
        await go(home, "home")


async def test_rule_18_it_fits_one_phone_screen(home):
    rows = home.messages[-1].inline_keyboard
    assert len(home.text.split("\n")) <= MOST_LINES
    assert len(rows) <= MOST_ROWS
    assert all(len(label) <= LONGEST_LABEL for label in home.labels)


async def test_rule_18_refresh_says_when_and_same_data_is_a_silent_toast(home, clock):
    screen, before = home.messages[-1], len(home.messages)
    clock.advance(timedelta(hours=5, minutes=5))

    await go(home, "home:again", "home:again")

    assert home.messages[-1] is screen
    assert len(home.messages) == before
    assert "14:05" in home.text
    assert "14:05" in home.toast


async def test_rule_18_menu_always_sends_a_new_one(home):
    first = home.messages[-1].id

    await home.say("/menu")

    assert home.messages[-1].id > first
