"""Rule 8: input is forgiving, and the cleaned value is shown."""

from tests.factories import make_plan, make_subscription
from tests.integration.rules.reading import go, press_in_form

AMOUNTS = ("1,500", "1500/=", "Ksh 1.5k", "KES 1500", " 1500 ", "\u0661\u0665\u0660\u0660")
PHONES = ("0712 345 678", "+254712345678", "712345678", "254 712-345-678")


async def test_rule_08_an_amount_is_read_as_people_write_it(boss):
    for typed in AMOUNTS:
        await boss.say("/newplan", "Gym Gold", typed)

        assert "KES 1,500" in boss.text, typed


async def test_rule_08_a_number_is_read_as_people_write_it(boss, engine, owner):
    await make_plan(engine, owner)
    for typed in PHONES:
        await boss.say("/newclient", "Asha", typed)

        assert "0712 345 678" in boss.text, typed


async def test_rule_08_digits_of_another_script_count_outside_a_form_too(boss, engine, owner):
    await make_subscription(engine, owner, name="Asha")
    await boss.say("\u0661\u0665\u0660\u0660")
    assert boss.text.startswith("KES 1,500: ")

    await boss.say("\u0660\u0667\u0661\u0662345678")

    assert boss.text.startswith("Asha")
    assert "0712 345 678" in boss.text


async def test_rule_08_a_shared_contact_fills_in_name_and_number(boss, engine, owner, texts):
    await make_plan(engine, owner)
    await boss.say("/newclient")

    await boss.share_contact("+254 712 345 678", "Asha Mwangi")

    assert "Asha Mwangi" in boss.text
    assert "0712 345 678" in boss.text
    assert texts.gettext("E-mail") in boss.text, "it goes on behind both questions"
    await press_in_form(boss, "c", "email")


async def test_rule_08_whoever_types_a_buttons_words_means_the_button(boss, engine, owner, texts):
    await make_plan(engine, owner)
    await boss.say("/newclient", "Asha", "0712345678")

    await boss.say(texts.gettext("Skip").upper(), "gold")

    assert texts.gettext("First bill") in boss.text, "neither was refused"
    assert "⚠️" not in boss.text


async def test_rule_08_a_time_is_read_as_people_write_it(boss, engine, owner):
    for typed in ("6.45", "06:45", "0645", "6:45 am"):
        await engine.preferences.set_billing_time(owner.id, 8 * 60)
        await boss.say("/settings")
        await go(boss, "billat", "new:billat")
        await boss.say(typed)

        assert "06:45" in boss.text, typed
