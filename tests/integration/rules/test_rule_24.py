"""Rule 24: everybody is spoken to in his language, found at first and changed at any time."""

from datetime import date

import pytest

from bot.words.names import LANGUAGE_NAMES
from bot.words.texts import texts_for
from core.models import User
from sandbox.telegram.waiting import wait_until
from tests.integration.bot.people import WITHIN_S
from tests.integration.services.stories import prompted_subscription


@pytest.mark.parametrize(
    ("telegrams", "spoken"),
    [("en", "en"), ("sw", "sw"), ("sw-KE", "sw"), ("fr", "en"), ("", "en")],
)
async def test_rule_24_the_first_language_is_telegrams(visit, telegrams, spoken):
    visitor = visit(4001, language=telegrams)

    await visitor.say("/start")

    assert visitor.button(texts_for(spoken).gettext("🚀 Sign up my business"))
    assert (await User.get(telegram_id=4001)).language == spoken


async def test_rule_24_it_is_switched_from_the_first_screen_and_kept(visit, language):
    other = {"en": "sw", "sw": "en"}[language]
    visitor = visit(4001, language=language)
    await visitor.say("/start")

    await visitor.press({"en": "English", "sw": "Kiswahili"}[other])

    visitor.person.language_code = language
    await visitor.say("/start")
    assert visitor.button(texts_for(other).gettext("🚀 Sign up my business"))


async def test_rule_24_it_is_switched_in_the_settings(boss, texts, language):
    other = {"en": "sw", "sw": "en"}[language]
    await boss.say("/settings")
    assert f"✓ {LANGUAGE_NAMES[language]}" in boss.labels

    await boss.press(LANGUAGE_NAMES[other])

    title = texts_for(other).gettext("<b>Settings</b>").replace("<b>", "").replace("</b>", "")
    assert boss.text.startswith(title)
    assert f"✓ {LANGUAGE_NAMES[other]}" in boss.labels


async def test_rule_24_commands_and_descriptions_stand_in_both(telegram, bot):
    assert await wait_until(
        telegram,
        lambda: "sw" in telegram.profile.texts.get("short_description", {}),
        timeout_s=WITHIN_S,
    )
    english, swahili = (telegram.profile.commands_for(4001, code) for code in ("en", "sw"))
    assert [c["command"] for c in english] == [c["command"] for c in swahili]
    assert [c["description"] for c in english] != [c["description"] for c in swahili]
    assert telegram.profile.text("description", "en") != telegram.profile.text("description", "sw")


async def test_rule_24_money_and_dates_are_written_as_his_language_does(
    boss, engine, owner, texts
):
    subscription = await prompted_subscription(engine, owner)
    await boss.press_data(boss.messages[-1].id, f"v1:sub:{subscription.id}~home", force=True)

    assert "KES 1,500" in boss.text
    assert texts.date(date(2026, 12, 23)) in boss.text
    assert {"en": "23 December 2026", "sw": "23 Desemba 2026"}[texts.language] in boss.text
