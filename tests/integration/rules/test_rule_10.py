"""Rule 10: a summary of all values, Confirm, Edit and Cancel; nothing is written before."""

import pytest

from core.models import ServicePlan, StkPush, Transaction
from tests.factories import make_plan
from tests.integration.rules.reading import go, in_form, press_in_form


@pytest.fixture
async def summary(boss):
    """The summary of a push; returns the visitor who reads it."""
    await go(boss, "new:push")
    await boss.say("0712345678", "1,500", "HOUSE12", "Rent")
    return boss


async def test_rule_10_the_summary_shows_all_values_and_three_ways_on(summary):
    for value in ("0712 345 678", "KES 1,500", "HOUSE12", "Rent"):
        assert value in summary.text
    assert summary.button(in_form(summary, "ok"))["style"] == "success"
    assert summary.labels[0] == in_form(summary, "ok")
    for field in ("phone_number", "amount_kes", "account_reference", "description"):
        assert in_form(summary, "e", field).startswith("✏️")
    assert summary.labels[-1] == in_form(summary, "x")


async def test_rule_10_nothing_is_written_before_confirm(summary):
    assert await Transaction.all().count() == 0
    await press_in_form(summary, "x")

    assert await Transaction.all().count() == await StkPush.all().count() == 0
    assert summary.text.startswith("Wanjiku Fitness"), "Cancel leads back"


async def test_rule_10_edit_asks_for_one_field_and_keeps_the_others(summary):
    await press_in_form(summary, "e", "amount_kes")
    await summary.say("250")

    assert in_form(summary, "ok")
    for value in ("0712 345 678", "KES 250", "HOUSE12", "Rent"):
        assert value in summary.text
    assert "1,500" not in summary.text


async def test_rule_10_back_from_an_edit_leads_to_the_summary(summary):
    await press_in_form(summary, "e", "amount_kes")
    await press_in_form(summary, "b")

    assert in_form(summary, "ok")
    assert "KES 1,500" in summary.text


async def test_rule_10_what_can_not_be_undone_has_the_safe_button_first(boss, engine, owner):
    plan = await make_plan(engine, owner)
    await go(boss, "plans", f"plan:{plan.id}", "archive")

    assert boss.buttons[0]["style"] != "danger"
    assert not (await ServicePlan.get()).archived_at
