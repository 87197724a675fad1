"""Rule 17: an empty list says why it is empty, and offers what would fill it."""

from tests.factories import make_plan, make_subscription
from tests.integration.rules.reading import go, leading_to

WHY = {
    "due": "Nobody has a bill due today.",
    "overdue": "Nobody is late. All bills of earlier days are paid.",
    "pending": "No invitation waits for its answer.",
    "paused": "Nobody is paused.",
}


async def test_rule_17_without_clients_the_list_offers_to_add_one(boss, engine, owner, texts):
    await make_plan(engine, owner)

    await go(boss, "clients")

    why = texts.gettext("No clients yet. Add the first one: you get an invitation to forward.")
    assert why in boss.text
    await go(boss, "new:client")
    assert texts.gettext("New client") in boss.text


async def test_rule_17_without_plans_the_list_offers_to_make_one(boss, texts):
    await go(boss, "plans")

    why = "<b>Plans</b>\nNone yet. A plan says what you sell and how often it is paid."
    assert texts.gettext(why).replace("<b>", "").replace("</b>", "") in boss.text
    assert leading_to(boss, "new:plan")


async def test_rule_17_each_filter_says_why_nobody_is_in_it(boss, engine, owner, texts):
    await make_subscription(engine, owner)
    for shown, why in WHY.items():
        await boss.press_data(boss.messages[-1].id, f"v1:clients:{shown}~", force=True)

        assert texts.gettext(why) in boss.text
        assert leading_to(boss, "clients:all"), "the way to everybody"
        assert leading_to(boss, "new:client")
