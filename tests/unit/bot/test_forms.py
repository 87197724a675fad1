"""The forms engine, without Telegram and without a database."""

import pytest

from bot.forms.form import (
    KEEP,
    NOTHING,
    SUMMARY,
    Asking,
    Choice,
    ChoiceGone,
    Form,
    Step,
    answered_text,
    asked,
    chosen,
    next_open,
    question_text,
    shown,
    step_before,
    summary_text,
    with_answer,
)
from bot.words.texts import texts_for

TEXTS = texts_for("en")


def step(field, **changes):
    values = {
        "field": field,
        "title": lambda _: field.capitalize(),
        "question": lambda _: f"{field}?",
        "parse": lambda _, text: text,
    }
    return Step(**(values | changes))


FORM = Form(
    name="tea",
    title=lambda _: "Tea & more",
    confirm=lambda _: "Brew",
    question=lambda _: "Shall I brew it?",
    steps=(
        step("kind", choices=lambda _: [Choice(label="Green", value="green")]),
        step(
            "milk",
            applies=lambda asking: asking.answers.get("kind") != "green",
            depends_on=frozenset({"kind"}),
            choices=lambda _: [Choice(label="None", value=None)],
        ),
        step("sugar", show=lambda _, value: f"{value} spoons"),
    ),
)
KIND, MILK, SUGAR = FORM.steps


def asking(**answers):
    return Asking(texts=TEXTS, answers=answers)


def test_a_form_begins_with_its_first_question():
    assert next_open(FORM, asking()) == "kind"


def test_a_question_that_does_not_apply_is_skipped():
    assert next_open(FORM, asking(kind="green")) == "sugar"
    assert next_open(FORM, asking(kind="black")) == "milk"
    assert [s.field for s in asked(FORM, asking(kind="green"))] == ["kind", "sugar"]


def test_when_all_is_answered_the_summary_follows():
    assert next_open(FORM, asking(kind="green", sugar=2)) == SUMMARY


def test_a_skipped_question_is_answered():
    assert next_open(FORM, asking(kind="black", milk=None)) == "sugar"


def test_back_leads_to_the_question_before_and_from_the_first_out_of_the_form():
    assert step_before(FORM, asking(kind="black"), "milk") == "kind"
    assert step_before(FORM, asking(kind="green"), "sugar") == "kind"
    assert step_before(FORM, asking(), "kind") is None


def test_back_from_an_edited_field_leads_to_the_summary():
    assert step_before(FORM, asking(kind="green", sugar=1), "kind") == SUMMARY


def test_a_changed_answer_voids_what_depends_on_it():
    before = {"kind": "black", "milk": "a lot", "sugar": 2}

    assert with_answer(FORM, before, "kind", "white") == {"kind": "white", "sugar": 2}


def test_the_same_answer_again_voids_nothing():
    before = {"kind": "black", "milk": "a lot"}

    assert with_answer(FORM, before, "kind", "black") == before


def test_answers_are_copied_and_not_changed():
    before = {"kind": "black"}

    with_answer(FORM, before, "sugar", 1)

    assert before == {"kind": "black"}


def test_a_choice_is_found_by_its_key():
    assert chosen(KIND, asking(), "green") == "green"
    assert chosen(MILK, asking(), NOTHING) is None


def test_an_earlier_answer_can_be_kept():
    assert chosen(KIND, asking(kind="black"), KEEP) == "black"


@pytest.mark.parametrize("key", ["purple", KEEP, ""])
def test_a_choice_that_is_not_offered_is_refused(key):
    with pytest.raises(ChoiceGone):
        chosen(KIND, asking(), key)


def test_a_question_says_where_one_is_and_what_is_known():
    text = question_text(FORM, SUGAR, asking(kind="green"))

    assert text == ("<b>Tea &amp; more</b>\nStep 2 of 2 · Sugar\n\nKind: <b>green</b>\n\nsugar?")


def test_a_question_repeats_what_was_wrong():
    assert "⚠️ Too sweet." in question_text(FORM, SUGAR, asking(), wrong="Too sweet.")


def test_answers_are_escaped_and_shown_in_the_forms_own_words():
    text = summary_text(FORM, asking(kind="<b>", sugar=2))

    assert "Kind: <b>&lt;b&gt;</b>" in text
    assert "Sugar: <b>2 spoons</b>" in text
    assert text.endswith("Shall I brew it?")


def test_the_summary_leaves_out_what_does_not_apply():
    assert "Milk" not in summary_text(FORM, asking(kind="green", milk="old", sugar=1))


def test_a_skipped_answer_is_shown_as_a_dash():
    assert shown(MILK, asking(milk=None)) == "–"  # noqa: RUF001 - the dash itself


def test_what_is_left_of_a_question_is_its_answer():
    assert answered_text(SUGAR, asking(sugar=3)) == "✓ Sugar: <b>3 spoons</b>"


def test_a_field_of_an_older_version_is_no_step():
    assert FORM.step("lemon") is None
    assert FORM.step(SUMMARY) is None
