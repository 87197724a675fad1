import pytest

from core.models import Dialog, ServicePlan
from sandbox.telegram import acts
from tests.factories import make_plan
from tests.integration.bot.people import idle

MONTHLY_PLAN = ("KES 2,500", "Every month", "On the 5th")


async def test_a_plan_is_made_by_buttons_and_typed_text(boss):
    await boss.press("New plan")
    assert "Step 1 of 4 · Name" in boss.text
    await boss.say("Gym Gold")
    assert "Step 2 of 4 · Price" in boss.text
    assert "Name: Gym Gold" in boss.text
    await boss.press(*MONTHLY_PLAN)
    assert "Please check" in boss.text
    assert await ServicePlan.all().count() == 0, "nothing is written before Confirm"

    await boss.press("Create the plan")

    plan = await ServicePlan.get()
    assert (plan.name, plan.amount_kes) == ("Gym Gold", 2500)
    assert (plan.frequency, plan.billing_day) == ("MONTHLY", 5)
    assert "Gym Gold" in boss.text


async def test_every_frequency_can_be_pressed_and_daily_asks_for_no_day(boss):
    await boss.press("New plan")
    await boss.say("Milk", "60")
    offered = [label for label in boss.labels if label.startswith("Every")]
    assert len(offered) == 7

    await boss.press("Every day")

    assert "Please check" in boss.text
    assert "Billing day" not in boss.text
    await boss.press("Create the plan")
    assert (await ServicePlan.get()).billing_day is None


async def test_a_weekly_plan_offers_the_weekdays(boss):
    await boss.press("New plan")
    await boss.say("Bins", "200", "every week")
    assert boss.labels[:2] == ["On Mondays", "On Tuesdays"]

    await boss.say("friday")
    await boss.press("Create the plan")

    assert (await ServicePlan.get()).billing_day == 5


async def test_a_plan_that_skips_months_says_from_what_they_are_counted(boss):
    await boss.press("New plan")
    await boss.say("Insurance", "900", "every month")
    assert "The months are counted" not in boss.text
    await boss.press("Back", "Every year")
    assert "The months are counted from each client's first bill." in boss.text

    await boss.press("On the last day", "Create the plan")

    assert "Billed: every year on the last day, counted from each client's first" in boss.text


async def test_a_wrong_price_says_what_is_accepted_and_keeps_the_name(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold", "a lot")

    assert "⚠️ This is no amount" in boss.text
    assert "for example 1,500" in boss.text
    assert "Name: Gym Gold" in boss.text
    assert "Step 2 of 4" in boss.text
    await boss.say("1.5k")
    assert "Price: KES 1,500" in boss.text


@pytest.mark.parametrize("typed", ["0", "250001", "10.50", "-5"])
async def test_a_price_that_mpesa_cannot_move_is_refused(boss, typed):
    await boss.press("New plan")
    await boss.say("Gym Gold", typed)

    assert "⚠️" in boss.text
    assert "Step 2 of 4" in boss.text


@pytest.mark.parametrize("typed", ["0", "32", "soon"])
async def test_a_billing_day_that_no_month_has_is_refused(boss, typed):
    await boss.press("New plan")
    await boss.say("Gym Gold", "500", "every month", typed)

    assert "⚠️ Please give a number from 1 to 31." in boss.text


async def test_a_typed_answer_leaves_the_choice_behind_and_asks_below(boss):
    await boss.press("New plan")
    question = boss.messages[-1]

    await boss.say("Gym Gold")

    assert question.text == "✓ Name: Gym Gold"
    assert question.inline_keyboard is None
    assert boss.messages[-1].id > question.id


async def test_a_pressed_answer_edits_the_question_in_place(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    question = boss.messages[-1]

    await boss.press("KES 500")

    assert boss.messages[-1].id == question.id
    assert "Step 3 of 4" in question.text


async def test_what_people_typed_is_escaped(boss):
    await boss.press("New plan")
    await boss.say("<b>Gold & Co</b>")
    await boss.press(*MONTHLY_PLAN, "Create the plan")

    assert "<b>Gold & Co</b>" in boss.text
    await boss.press("Plans")
    assert any("<b>Gold & Co</b>" in label for label in boss.labels)


async def test_back_leads_one_step_back_and_the_answer_can_be_kept(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press("KES 500", "Back")
    assert "Step 2 of 4 · Price" in boss.text

    await boss.press("Keep: KES 500")

    assert "Step 3 of 4" in boss.text
    assert "Price: KES 500" in boss.text


async def test_back_on_the_first_step_leads_to_where_the_owner_came_from(boss):
    await boss.press("Plans", "New plan", "Back")

    assert boss.text.startswith("Plans")
    assert await Dialog.all().count() == 0


async def test_cancel_writes_nothing_and_leads_back(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN, "Cancel")

    assert await ServicePlan.all().count() == 0
    assert boss.text.startswith("Wanjiku Fitness")


async def test_edit_goes_back_to_one_field_only(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN, "✏️ Price")
    assert "Step 2 of 4 · Price" in boss.text

    await boss.say("3000")

    assert "Please check" in boss.text
    assert "Price: KES 3,000" in boss.text
    assert "Name: Gym Gold" in boss.text


async def test_a_changed_frequency_asks_for_the_billing_day_again(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN, "✏️ How often", "Every week")

    assert "Billing day" in boss.text
    await boss.press("On Tuesdays", "Create the plan")
    assert (await ServicePlan.get()).billing_day == 2


async def test_a_double_tap_on_confirm_makes_one_plan(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN)
    summary = boss.messages[-1]
    data = boss.button("Create the plan")["data"]

    await boss.press_data(summary.id, data)
    done = boss.text
    await boss.press_data(summary.id, data, force=True)

    assert await ServicePlan.all().count() == 1
    assert boss.toast == "Already done"
    assert boss.text == done


async def test_a_repeated_update_makes_one_plan(boss, telegram):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN, "Create the plan")

    telegram.updates.repeat_last()
    telegram.touched()
    await boss.say("/menu")

    assert await ServicePlan.all().count() == 1


async def test_the_button_of_another_version_opens_a_fresh_menu(boss):
    old = boss.messages[-1]

    await boss.press_data(old.id, "v0:plans", force=True)

    assert boss.toast == "This menu is out of date. Here is a fresh one."
    assert boss.messages[-1].id > old.id
    assert boss.text.startswith("Wanjiku Fitness")


@pytest.mark.parametrize("data", ["v1:plan:abc", "v1:nowhere", "v1:", "rubbish", "v1:f:zz:c"])
async def test_an_unknown_button_opens_a_fresh_menu(boss, data):
    old = boss.messages[-1]

    await boss.press_data(old.id, data, force=True)

    assert boss.messages[-1].id > old.id


async def test_the_buttons_of_an_abandoned_form_do_nothing(boss):
    await boss.press("New plan")
    await boss.say("First")
    await boss.press(*MONTHLY_PLAN)
    summary = boss.messages[-1]
    confirm = boss.button("Create the plan")["data"]
    await boss.say("/newplan", "Second")

    await boss.press_data(summary.id, confirm, force=True)

    assert await ServicePlan.all().count() == 0
    assert boss.toast == "This menu is out of date. Here is a fresh one."


async def test_an_unfinished_form_is_found_again_at_home(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold", "/menu")

    await boss.press("Go on: New plan")

    assert "Step 2 of 4" in boss.text


async def test_a_sticker_in_a_form_is_answered_with_what_is_expected(boss, telegram):

    await boss.press("New plan")
    acts.send(telegram, boss.person, {"location": {"latitude": 1.0, "longitude": 36.8}})
    await idle(telegram)

    assert "I need the answer as text" in boss.text
    assert "Step 1 of 4" in boss.text


async def test_text_on_the_summary_asks_for_a_button(boss):
    await boss.press("New plan")
    await boss.say("Gym Gold")
    await boss.press(*MONTHLY_PLAN)

    await boss.say("yes please")

    assert "Please press one of the buttons below." in boss.text
    assert await ServicePlan.all().count() == 0


async def test_a_plan_gets_another_name_and_price(boss, engine, owner):
    plan = await make_plan(engine, owner)
    await boss.press("Plans", "Gold", "✏️ Name")
    await boss.say("Gold Plus")
    assert "Shall the plan Gold be called so from now on?" in boss.text
    await boss.press("Save")
    await boss.say("/plans")
    await boss.press("Gold Plus", "✏️ Price")
    await boss.say("1800")
    await boss.press("Save")

    await plan.refresh_from_db()
    assert (plan.name, plan.amount_kes) == ("Gold Plus", 1800)


async def test_a_form_that_was_open_when_the_bot_died_goes_on_with_the_next_one(
    boss, bot, start_bot
):
    await boss.press("New plan")
    await boss.say("Gym Gold")

    await bot.stop()
    await start_bot()
    await boss.say("2500")
    await boss.press("Every month", "On the 5th", "Create the plan")

    assert (await ServicePlan.get()).name == "Gym Gold"
