"""A new owner's way: signed up, then a plan, a client and a test push, with his progress shown."""

import pytest

from core.models import Approval, User
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import TODAY, bill_and_prompt

NAMES = ("Your first plan", "Your first client", "A test push to your own phone")


def progress(visitor):
    """Return what each step's sign is, in their order."""
    lines = visitor.text.split("\n")
    return [line.split(" ", 1)[0] for line in lines if line.split(" ", 1)[-1] in NAMES]


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"open_signup": True})


async def test_signing_up_where_it_is_open_leads_to_the_first_step(visit):
    visitor = visit(3001)
    await visitor.say("/start")
    await visitor.press("Sign up my business")
    await visitor.say("Njeri Gym")
    await visitor.press("✅ Sign up")

    assert (await User.get(telegram_id=3001)).approval is Approval.APPROVED
    assert "First steps: 0 of 3 done" in visitor.text
    await visitor.press("My first plan")
    assert "What is the plan called?" in visitor.text


async def test_each_step_leads_to_the_next_one(boss, engine, owner):
    assert progress(boss) == ["▶️", "▫️", "▫️"]
    await boss.press("My first plan")
    await boss.say("Gold", "1500")
    await boss.press("Every month")
    await boss.say("5")
    await boss.press("Create the plan")
    assert "First steps: 1 of 3 done" in boss.text

    await boss.press("My first client")
    assert "What is the client's name?" in boss.text
    await boss.say("/cancel", "/menu")
    assert progress(boss) == ["✅", "▶️", "▫️"]
    await make_subscription(engine, owner)
    await boss.say("/menu")
    assert progress(boss) == ["✅", "✅", "▶️"]

    await boss.press("My test push")
    assert "Which phone" in boss.text


async def test_a_step_left_in_the_middle_is_gone_on_with_from_home(boss):
    await boss.press("My first plan")
    await boss.say("Gold")
    await boss.say("/menu")
    assert not any("My first plan" in label for label in boss.labels)

    await boss.press("Go on: New plan")

    assert "Name: Gold" in boss.text


async def test_after_all_three_steps_home_says_what_comes(boss, engine, owner):
    await make_subscription(engine, owner)
    await boss.press("Simulate STK push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    await boss.press("Send the STK push")
    await boss.sees("254712345678")
    await boss.say("/menu")

    assert "First steps: 3 of 3 done" in boss.text


async def test_a_business_that_bills_is_past_its_first_steps(boss, engine, owner):
    plan = await make_plan(engine, owner)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await bill_and_prompt(engine)
    await boss.say("/menu")

    assert "First steps" not in boss.text


async def test_the_last_numbers_are_offered_for_the_next_push(boss, clock):
    await boss.press("Simulate STK push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent")
    await boss.press("Send the STK push")
    await boss.sees("254712345678")
    await boss.say("/push")
    assert boss.labels[0] == "0712 345 678"

    await boss.press("0712 345 678")

    assert "Step 2 of 4 · Amount" in boss.text
    assert "Phone: 0712 345 678" in boss.text
