"""Rule 6: a form says where one is and what is known, and each question shows an example."""

import re

import pytest

from bot.owner.clients.plan_forms import NEW_PLAN
from tests.factories import make_plan
from tests.integration.rules.reading import go, in_form, press_in_form

_TAG = re.compile(r"</?\w+>")


def header(texts, form, number, total, title):
    """The first two lines of a question, as they are read."""
    pattern = texts.gettext("<b>{form}</b>\nStep {number} of {total} · {title}")
    return _TAG.sub("", pattern).format(form=form, number=number, total=total, title=title)


def has_example(message):
    """An example is set apart: typed as it stands, or a name in italics."""
    return any(entity["type"] in {"code", "italic"} for entity in message.entities)


async def test_rule_06_each_step_says_its_number_its_name_and_what_was_answered(boss, texts):
    form = NEW_PLAN.form.title(texts)
    titles = [step.title(texts) for step in NEW_PLAN.form.steps]
    await boss.say("/newplan")
    total = int(re.findall(r"\d+", boss.text.split("\n")[1])[1])
    assert boss.text.startswith(header(texts, form, 1, total, titles[0]))

    await boss.say("Gym Gold")
    assert boss.text.startswith(header(texts, form, 2, total, titles[1]))
    assert f"{titles[0]}: Gym Gold" in boss.text
    await boss.say("1,500")

    assert boss.text.startswith(header(texts, form, 3, total, titles[2]))
    assert f"{titles[1]}: KES 1,500" in boss.text


async def answer_all(boss, answers):
    """Answer question after question; return the questions that were typed answers to."""
    for answer in answers:
        if answer.startswith(":"):
            await press_in_form(boss, "c", answer[1:])
            continue
        yield boss.messages[-1]
        await boss.say(answer)


FORMS = {
    "plan": ("/newplan", ["Gym Gold", "1500", ":frequency:MONTHLY", "10"]),
    "client": ("/newclient", ["Asha", "0712345678", "asha@example.com"]),
    "push": ("/push", ["0712345678", "150", "HOUSE12", "Gym"]),
}


@pytest.mark.parametrize("name", FORMS)
async def test_rule_06_each_question_to_be_typed_shows_an_example(boss, engine, owner, name):
    await make_plan(engine, owner)
    command, answers = FORMS[name]
    await boss.say(command)

    async for question in answer_all(boss, answers):
        assert has_example(question), question.text


async def test_rule_06_the_account_form_shows_all_but_the_secrets(boss, texts):
    await go(boss, "set", "account", "new:account")
    await press_in_form(boss, "c", "kind:PAYBILL")
    await boss.say("600111")
    await boss.say("the-consumer-key")

    assert "600111" in boss.text
    assert "the-consumer-key" not in boss.text
    assert "•••" in boss.text
    assert in_form(boss, "b")
