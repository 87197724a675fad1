import pytest

from bot.decoration import decorate
from sandbox.telegram.faults import Fault
from sandbox.telegram.waiting import wait_until
from tests.integration.bot.people import WITHIN_S


@pytest.fixture
async def decorated(telegram, bot):
    assert await wait_until(
        telegram,
        lambda: "sw" in telegram.profile.texts.get("short_description", {}),
        timeout_s=WITHIN_S,
    )
    return bot


def names(telegram, person_id, language):
    return [command["command"] for command in telegram.profile.commands_for(person_id, language)]


async def test_commands_and_descriptions_stand_in_both_languages(telegram, decorated):
    english = telegram.profile.commands_for(3001, "en")
    swahili = telegram.profile.commands_for(3001, "sw")

    assert [command["command"] for command in english] == [
        "start",
        "status",
        "language",
        "privacy",
        "help",
    ]
    assert [c["command"] for c in swahili] == [c["command"] for c in english]
    assert telegram.profile.text("description", "").startswith("FluxPay collects")
    assert telegram.profile.text("short_description", "sw")


async def test_an_owner_has_the_commands_of_an_owner(telegram, decorated, boss):
    assert "newplan" in names(telegram, boss.id, "en")
    assert "newplan" not in names(telegram, 3001, "en")


async def test_decorating_again_sets_nothing(telegram, decorated):
    before = telegram.revision

    await decorate(decorated._application.bot)  # noqa: SLF001 - the bot as the runner has it

    assert telegram.revision == before


async def test_a_refused_decoration_does_not_stop_the_bot(telegram, start_bot, newcomer):
    visitor = newcomer(3001)
    telegram.faults.append(Fault("decoration_refused", None, 20, 1))
    await start_bot()

    await visitor.say("/help")

    assert "How FluxPay works" in visitor.text
