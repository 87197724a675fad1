"""Rule 16: lists have pages of eight, filters, a search, and buttons that say how things stand."""

from datetime import timedelta

import pytest

from bot.words.texts import texts_for
from sandbox.telegram import inline_acts
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import idle
from tests.integration.rules.reading import go


@pytest.fixture
async def plan(engine, owner):
    return await make_plan(engine, owner)


async def many(engine, owner, plan, count):
    for number in range(1, count + 1):
        await make_subscription(
            engine, owner, plan, name=f"C{number:02}", phone_number=f"2547120000{number:02}"
        )


def names(visitor):
    return [label.split(" · ")[0].split(" ", 1)[1] for label in visitor.labels if "KES" in label]


async def test_rule_16_pages_of_eight_in_a_stable_order(boss, engine, owner, plan):
    await many(engine, owner, plan, 17)
    await go(boss, "clients")
    assert names(boss) == [f"C{number:02}" for number in range(1, 9)]
    assert "1/3" in boss.labels

    await boss.press("▶", "▶")

    assert (names(boss), "3/3" in boss.labels) == (["C17"], True)
    await boss.press(next(label for label in boss.labels if label == "◀"))
    assert "2/3" in boss.labels


async def test_rule_16_a_button_carries_state_and_amount(
    boss, engine, owner, plan, clock, language
):
    await make_subscription(engine, owner, plan, first_on=engine.today())
    await engine.billing.process_due_payments()
    clock.advance(timedelta(days=3))

    await go(boss, "clients")

    late = {"en": "3 d late", "sw": "amechelewa siku 3"}[language]
    assert boss.labels[0] == f"⚠️ Asha · KES 1,500 · {late}"


async def test_rule_16_filters_show_who_is_due_late_invited_or_paused(
    boss, engine, owner, plan, clock
):
    async def add(name, last, **changes):
        return await make_subscription(
            engine, owner, plan, name=name, phone_number=f"25471200000{last}", **changes
        )

    await add("Late", 1, first_on=engine.today())
    await engine.billing.process_due_payments()
    clock.advance(timedelta(days=2))
    await add("Today", 2, first_on=engine.today())
    await add("Invited", 3, active=False)
    paused = await add("Paused", 4)
    await engine.subscriptions.pause(owner.id, paused.id)
    await go(boss, "clients")
    assert len(names(boss)) == 4

    for shown, name in (
        ("due", "Today"),
        ("overdue", "Late"),
        ("pending", "Invited"),
        ("paused", "Paused"),
    ):
        await go(boss, f"clients:{shown}")
        assert names(boss) == [name]


async def test_rule_16_search_finds_by_name_and_by_number_as_typed(boss, engine, owner, plan):
    await many(engine, owner, plan, 3)
    await make_subscription(engine, owner, plan, name="Asha Mwangi", phone_number="254722111222")
    await go(boss, "clients", "search")

    for typed in ("mwang", "0722", "0722 111 222"):
        await boss.say(typed)
        assert boss.text.startswith("Asha Mwangi"), typed
    await boss.say("111 222")
    assert names(boss)[0] == "Asha Mwangi", "an amount may be meant as well"

    await boss.say("c0")
    assert names(boss) == ["C01", "C02", "C03"]


async def ask_inline(visitor, telegram, text):
    query = inline_acts.ask(telegram, visitor.person, text, chat=visitor.person)
    await idle(telegram)
    return query


async def test_rule_16_inline_search_finds_ones_own_clients_and_opens_the_card(
    boss, engine, owner, plan, telegram, language
):
    other = await engine.people.register_owner(1002)
    await make_subscription(engine, other, name="Asha of another")
    await make_subscription(engine, owner, plan, name="Asha <Mwangi>")
    query = await ask_inline(boss, telegram, "asha")
    (result,) = query.answer["results"]
    assert result["title"] == "Asha <Mwangi>"
    assert result["description"].startswith("✅ KES 1,500")
    assert "KES" not in str(result["content"]), "money is not posted where others read"

    inline_acts.choose(telegram, boss.person, query.id, result["id"])
    await idle(telegram)

    cards = [m for m in boss.messages if "0712 345 678" in m.text]
    assert len(cards) == 1
    assert "Asha <Mwangi>" in boss.text
    assert texts_for(language).gettext("Owes nothing.") in boss.text


async def test_rule_16_inline_search_finds_nothing_for_anybody_else(
    visit, engine, owner, plan, telegram
):
    await make_subscription(engine, owner, plan)
    stranger = visit(4004, name="Ali")

    query = await ask_inline(stranger, telegram, "asha")

    assert query.answer["results"] == []
    assert query.answer["button"] is not None


async def test_rule_16_a_result_posted_anywhere_opens_for_its_owner_alone(
    boss, visit, engine, owner, plan, telegram, language
):
    await make_subscription(engine, owner, plan)
    query = await ask_inline(boss, telegram, "asha")
    posted = inline_acts.choose(telegram, boss.person, query.id, query.answer["results"][0]["id"])
    await idle(telegram)
    data = posted.inline_keyboard["inline_keyboard"][0][0]["callback_data"]
    stranger = visit(4004, name="Ali", language=language)

    for reader in (boss, stranger):
        press = {
            "id": f"press-{reader.id}",
            "from": reader.person.user_json(),
            "inline_message_id": posted.inline_message_id,
            "chat_instance": "1",
            "data": data,
        }
        telegram.queue("callback_query", press)
        await idle(telegram)

    assert len([m for m in boss.messages if "0712 345 678" in m.text]) == 2, "chosen, and pressed"
    assert stranger.messages == []
