"""Rule 2: /start, /menu, /help, /cancel and /settings work from every state."""

import pytest

from tests.integration.rules.reading import go, leading_to


@pytest.fixture
async def in_a_form(boss):
    """An owner in the middle of a plan, with a wrong answer behind him."""
    await boss.say("/newplan", "Gym", "not an amount")
    return boss


@pytest.mark.parametrize("command", ["/start", "/menu", "/help", "/settings"])
async def test_rule_02_a_command_works_in_the_middle_of_a_form_and_loses_none_of_it(
    in_a_form, command
):
    asked = in_a_form.text

    await in_a_form.say(command)
    assert in_a_form.text != asked
    assert in_a_form.labels

    await in_a_form.say("500")
    assert "KES 500" in in_a_form.text
    assert "Gym" in in_a_form.text


async def test_rule_02_cancel_leaves_the_form_and_says_so_when_there_is_none(in_a_form, texts):
    await in_a_form.say("/cancel")
    assert in_a_form.text == texts.gettext("Cancelled. Nothing was saved.")

    await in_a_form.say("/cancel")
    assert in_a_form.text == texts.gettext("Nothing was open, so there is nothing to cancel.")
    assert leading_to(in_a_form, "home")


async def test_rule_02_menu_is_always_a_new_message(boss):
    await go(boss, "set")
    count = len(boss.messages)

    for number in (1, 2):
        await boss.say("/menu")
        assert len(boss.messages) == count + number
    assert "Wanjiku Fitness" in boss.text


@pytest.mark.parametrize("command", ["/start", "/menu", "/help", "/settings", "/cancel"])
async def test_rule_02_a_command_works_for_whoever_has_never_been_here(visit, language, command):
    stranger = visit(3001, name="Otieno", language=language)

    await stranger.say(command)

    assert stranger.labels, "there is a way on"
    assert "😔" not in stranger.text
