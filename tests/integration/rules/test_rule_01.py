"""Rule 1: the first /start says in at most six lines who this is, what for, and one example."""

from tests.integration.rules.reading import go, leading_to


async def test_rule_01_first_start_greets_briefly_with_few_buttons(visit, language, texts):
    visitor = visit(3001, language=language)

    await visitor.say("/start")

    lines = [line for line in visitor.text.split("\n") if line]
    assert len(lines) <= 6
    assert "FluxPay" in lines[0]
    assert "KES 1,500" in visitor.text, "an example"
    assert "/" not in visitor.text, "no wall of commands"
    assert 2 <= len(visitor.buttons) <= 4
    assert visitor.button(leading_to(visitor, "new:signup"))["style"] == "success"


async def test_rule_01_the_other_language_is_one_press_away(visit, language, texts):
    visitor = visit(3001, language=language)
    await visitor.say("/start")
    before, other = visitor.text, {"en": "Kiswahili", "sw": "English"}[language]

    await visitor.press(other)

    assert visitor.text != before
    assert len(visitor.messages) == 1, "in place"
    await go(visitor, "speak")
    assert visitor.text == before
