import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.words.errors import fault_sentence, sentence_for
from bot.words.texts import texts_for
from core import errors
from core.errors import (
    Conflict,
    Fault,
    FluxPayError,
    IllegalMove,
    InvalidInput,
    InvalidValue,
    InvitationUnusable,
    NoMerchantAccount,
    NotAllowed,
    NotFound,
    PhoneHasOpenPrompt,
)
from tests.locale_tools import LONGEST_TOAST

CORE = Path(errors.__file__).parent
LANGUAGES = pytest.mark.parametrize("texts", [texts_for("en"), texts_for("sw")])
EN = texts_for("en")
LIMITS = {"min": 2, "max": 12, "choices": "en, sw", "years": 5, "detail": ""}
LIMITS |= {"start": "07:00", "end": "21:00"}


def words_raised(*names):
    """Return the first words with which the engine raises these errors anywhere in core/."""
    calls = (
        node
        for file in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    return sorted({word for call in calls for word in _word_of(call, names)})


def _word_of(call, names):
    called = ast.unparse(call.func)
    position = 1 if called == "InvalidInput.of" else 0
    if called in names and len(call.args) > position:
        word = call.args[position]
        if isinstance(word, ast.Constant):
            yield word.value


@LANGUAGES
@pytest.mark.parametrize("code", words_raised("InvalidValue", "InvalidInput.of"))
def test_every_fault_that_the_engine_finds_has_a_sentence_of_its_own(texts, code):
    said = fault_sentence(texts, Fault(code, LIMITS))

    assert said != fault_sentence(texts, Fault("no_such_code"))
    assert "{" not in said


def test_the_walk_over_the_engine_finds_what_it_should():
    found = words_raised("InvalidValue", "InvalidInput.of")

    assert {"required", "too_small", "phone_not_mobile", "in_the_past"} <= set(found)


@LANGUAGES
@pytest.mark.parametrize("what", words_raised("NotFound"))
def test_everything_that_can_be_absent_has_a_sentence(texts, what):
    assert len(sentence_for(texts, NotFound(what))) > 10


@LANGUAGES
@pytest.mark.parametrize("reason", words_raised("NotAllowed"))
def test_everything_that_is_not_allowed_says_why(texts, reason):
    assert sentence_for(texts, NotAllowed(reason)) != sentence_for(texts, NotAllowed("?"))


@LANGUAGES
@pytest.mark.parametrize(
    "reason", sorted(set(words_raised("Conflict")) - {"idempotency_key_reused"})
)
def test_every_conflict_that_a_chat_can_meet_is_explained(texts, reason):
    assert sentence_for(texts, Conflict(reason)) != sentence_for(texts, Conflict("?"))


@LANGUAGES
@pytest.mark.parametrize("reason", words_raised("InvitationUnusable"))
def test_every_unusable_invitation_is_explained(texts, reason):
    said = sentence_for(texts, InvitationUnusable(reason))

    assert said != sentence_for(texts, InvitationUnusable("?"))


@LANGUAGES
@pytest.mark.parametrize(
    "error",
    [
        FluxPayError(),
        InvalidValue("cents"),
        InvalidInput.of("name", "required"),
        NotFound("plan"),
        NotAllowed("admin_only"),
        Conflict("plan_archived"),
        IllegalMove(current="ACTIVE", wanted="PAUSED"),
        PhoneHasOpenPrompt(),
        NoMerchantAccount(),
        InvitationUnusable("used"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_a_sentence_without_its_code(texts, error):
    said = sentence_for(texts, error)

    assert said.endswith((".", "</b>")) or ". " in said
    assert error.code not in said
    assert "{" not in said


IN_DOUBT = PhoneHasOpenPrompt(decided_by=datetime(2026, 11, 24, 5, 0, tzinfo=UTC))


def test_a_prompt_without_an_answer_is_said_to_be_asked_about_and_until_when():
    said = sentence_for(EN, IN_DOUBT)

    assert "not known yet" in said
    assert "asking Safaricom" in said
    assert "by 24 Nov, 08:00, the business" in said
    assert "until it is answered" not in said


@LANGUAGES
def test_it_fits_into_an_alert(texts):
    assert len(sentence_for(texts, IN_DOUBT)) <= LONGEST_TOAST


def test_each_wrong_field_gets_a_line_with_its_name():
    error = InvalidInput(
        {"name": Fault("required"), "amount_kes": Fault("too_big", {"max": 250_000})}
    )

    assert sentence_for(EN, error).split("\n") == [
        "<b>Name</b>: Something must be entered here.",
        "<b>Amount</b>: The amount is too big: M-Pesa moves at most KES 250,000 in one payment.",
    ]


def test_the_limits_of_a_fault_are_named_and_money_as_money():
    assert "KES 2" in fault_sentence(EN, Fault("too_small", {"min": 2}))
    assert "from 1 to 7" in fault_sentence(EN, Fault("out_of_range", {"min": 1, "max": 7}))
    assert "12 characters" in fault_sentence(EN, Fault("too_long", {"max": 12}))


def test_an_illegal_move_tells_the_status_in_words():
    said = sentence_for(EN, IllegalMove(current="PENDING_ACTIVATION", wanted="PAUSED"))

    assert "Pending activation" in said


def test_a_refusal_carries_the_words_of_m_pesa_escaped():
    said = fault_sentence(EN, Fault("phone_refused", {"detail": "<Invalid> PhoneNumber"}))

    assert "&lt;Invalid&gt; PhoneNumber" in said


@pytest.mark.parametrize(
    "error",
    [
        NotFound("<b>x</b>"),
        NotAllowed("<i>"),
        Conflict("<i>"),
        IllegalMove(current="<i>", wanted="<i>"),
        InvalidInput({"<i>": Fault("<i>")}),
        InvalidValue("too_long", max="<i>"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_in_an_error_reaches_the_reader_as_markup(error):
    assert "<i>" not in sentence_for(EN, error).replace("<b>", "")
    assert "<b>x" not in sentence_for(EN, error)
