"""Rule 3: everything is reached by buttons; commands are shortcuts, per role and per language."""

import pytest

from bot.decoration import Role, commands_for
from bot.handlers import _COMMANDS
from bot.words.texts import texts_for
from tests.factories import make_plan
from tests.integration.rules.reading import leading_to
from tests.integration.services.stories import chatting_subscription

# Where each command leads, and whose home has a button for it.
OF_OWNERS = ("new:plan", "new:client", "plans", "txns", "set")
OF_CLIENTS = ("mybills", "set", "privacy", "help")


async def test_rule_03_an_owner_reaches_everything_by_buttons(boss, engine, owner):
    await make_plan(engine, owner)
    await boss.say("/menu")
    for place in OF_OWNERS:
        assert leading_to(boss, place)


async def test_rule_03_a_client_reaches_everything_by_buttons(visit, engine, owner, language):
    await chatting_subscription(engine, owner, chat=2001)
    await engine.people.meet(telegram_id=2001, name="Asha", language_code=language)
    asha = visit(2001, name="Asha", language=language)

    await asha.say("/start")

    for place in OF_CLIENTS[:3]:
        assert leading_to(asha, place)


async def test_rule_03_an_admin_reaches_everything_by_buttons(visit, language):
    admin = visit(9001, name="Boss", language=language)
    await admin.say("/menu")
    await admin.press(leading_to(admin, "admin"))
    for place in ("ahealth", "atotals", "aowners", "anew:look", "abill", "aevents", "alog"):
        assert leading_to(admin, place)


async def test_rule_03_each_role_sees_its_own_commands_in_its_language(
    visit, boss, engine, owner, telegram, language, texts
):
    await chatting_subscription(engine, owner, chat=2001)
    people = {Role.OWNER: boss, Role.ADMIN: visit(9001, name="Boss", language=language)}
    people[Role.CLIENT] = visit(2001, name="Asha", language=language)
    people[Role.EVERYBODY] = visit(3001, name="Otieno", language=language)
    for role, visitor in people.items():
        await visitor.say("/start")
        shown = telegram.profile.commands_for(visitor.id, language)
        wanted = commands_for(role, texts if role is not Role.CLIENT else texts_for("en"))
        if role is Role.CLIENT:  # He speaks what his invitation was accepted in.
            assert [one["command"] for one in shown] == [one.command for one in wanted]
        else:
            assert [(one["command"], one["description"]) for one in shown] == [
                (one.command, one.description) for one in wanted
            ]


@pytest.mark.parametrize("role", list(Role))
def test_rule_03_each_command_of_a_menu_is_answered(role, texts):
    for command in commands_for(role, texts):
        assert command.command in _COMMANDS
        assert 1 <= len(command.description) <= 256
