"""Rule 9: wrong input says what is wrong and what is accepted, and loses nothing."""

from bot.words.errors import fault_sentence
from core.errors import Fault
from tests.factories import make_plan
from tests.integration.rules.reading import leading_to


async def test_rule_09_a_wrong_answer_is_explained_with_an_example(boss, engine, owner, texts):
    await make_plan(engine, owner)

    await boss.say("/newclient", "Asha Mwangi", "0712")

    assert fault_sentence(texts, Fault("phone_too_short")) in boss.text
    assert "0712 345 678" in boss.text, "an example"
    assert "Asha Mwangi" in boss.text, "the earlier answer"


async def test_rule_09_after_three_wrong_answers_the_ways_out_are_shown(
    boss, engine, owner, texts
):
    await make_plan(engine, owner)
    await boss.say("/newclient", "Asha Mwangi", "0712", "abc")
    hint = texts.gettext("If this leads nowhere, press Cancel or Help. Nothing is saved yet.")
    assert hint not in boss.text

    await boss.say("020 271 1000")

    assert hint in boss.text
    assert texts.gettext("✖️ Cancel") in boss.labels
    assert leading_to(boss, "help") in boss.labels
    await boss.say("0712 345 678")
    assert "Asha Mwangi" in boss.text
    await boss.say("no address")
    assert hint not in boss.text, "the next question begins to count anew"
