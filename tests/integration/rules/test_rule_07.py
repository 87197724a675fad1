"""Rule 7: what is usual can be pressed; anything else can be typed."""

from bot.forms.steps import COMMON_AMOUNTS_KES
from core.billing.periods import Frequency
from tests.integration.rules.reading import go, press_in_form


async def test_rule_07_usual_prices_rhythms_and_days_are_buttons(boss, texts):
    await boss.say("/newplan", "Gym Gold")
    assert {texts.kes(amount) for amount in COMMON_AMOUNTS_KES} <= set(boss.labels)

    await press_in_form(boss, "c", "amount_kes:1000")
    rhythms = [texts.frequency(frequency, 1) for frequency in Frequency]
    assert {rhythm[:1].upper() + rhythm[1:] for rhythm in rhythms} <= set(boss.labels)
    await press_in_form(boss, "c", "frequency:MONTHLY")

    for day in (1, 5, 15, 31):
        words = texts.billing_day(Frequency.MONTHLY, day)
        assert words[:1].upper() + words[1:] in boss.labels


async def test_rule_07_what_is_not_usual_is_typed(boss):
    await boss.say("/newplan", "Gym Gold", "1,234")
    assert "KES 1,234" in boss.text

    await press_in_form(boss, "c", "frequency:MONTHLY")
    await boss.say("17")

    assert "17" in boss.text


async def test_rule_07_each_setting_is_chosen_by_a_button_and_the_chosen_one_is_marked(boss):
    for places, chosen in {
        ("set", "billat"): "✓ 08:00",
        ("set", "hours", "hfrom"): "✓ 07:00",
        ("set", "hours", "huntil"): "✓ 21:00",
        ("set", "retries"): "✓ 3",
        ("set", "grace"): "✓ 3",
    }.items():
        await boss.say("/menu")
        await go(boss, *places)

        assert chosen in boss.labels, places
        assert len(boss.labels) > 4


async def test_rule_07_another_value_for_a_setting_is_typed(boss, engine, owner):
    for places, typed in {
        ("set", "billat"): "6.45 am",
        ("set", "hours", "hfrom"): "0730",
        ("set", "hours", "huntil"): "8:30pm",
        ("set", "grace"): "10 days",
        ("set", "digest"): "18:20",
    }.items():
        await boss.say("/menu")
        await go(boss, *places, f"new:{places[-1]}")
        await boss.say(typed)
        await go(boss, "set")

    wishes = await engine.preferences.of(owner.id)
    assert wishes.billing_minute == 6 * 60 + 45
    assert (wishes.start_minute, wishes.end_minute) == (7 * 60 + 30, 20 * 60 + 30)
    assert wishes.policy.grace.days == 10
    assert wishes.digest_minute == 18 * 60 + 20
    for state in ("06:45", "07:30-20:30", "10", "18:20"):
        assert any(state in label for label in boss.labels), state


async def test_rule_07_a_typed_value_is_among_the_buttons_from_then_on(boss):
    for name, typed, shown in (("digest", "18:20", "✓ 18:20"), ("grace", "10", "✓ 10")):
        await boss.say("/menu")
        await go(boss, "set", name, f"new:{name}")
        await boss.say(typed)
        await go(boss, "set", name)

        assert shown in boss.labels


async def test_rule_07_a_value_that_does_not_fit_is_refused_and_the_old_one_stays(
    boss, engine, owner, texts
):
    for places, typed, sentence in (
        (("set", "billat"), "25:00", "This is no time of the day. Examples: 08:30 or 17:00"),
        (("set", "digest"), "24:00", "This is no time of the day. Examples: 08:30 or 17:00"),
        (("set", "hours", "huntil"), "06:00", None),
        (("set", "grace"), "61", None),
    ):
        before = await engine.preferences.of(owner.id)
        await boss.say("/menu")
        await go(boss, *places, f"new:{places[-1]}")
        await boss.say(typed)

        assert "⚠️" in boss.text, "it is asked again"
        assert sentence is None or texts.gettext(sentence) in boss.text
        assert await engine.preferences.of(owner.id) == before
