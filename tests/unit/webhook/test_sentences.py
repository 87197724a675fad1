import re
from pathlib import Path

import pytest

from core.billing.outcomes import UNDECIDED, Outcome
from core.errors import Fault
from webhook import sentences

CORE = Path(__file__).parents[3] / "core"


def codes_in(*patterns: str) -> set[str]:
    source = "\n".join(path.read_text() for path in CORE.rglob("*.py"))
    return {code for pattern in patterns for code in re.findall(pattern, source)}


def test_every_fault_that_the_engine_finds_in_a_value_has_a_sentence():
    codes = codes_in(r'InvalidValue\(\s*"(\w+)"', r'InvalidInput\.of\(\s*"\w+", "(\w+)"')

    assert "too_small" in codes
    assert {
        code for code in codes if sentences.reason(Fault(code)) == code.replace("_", " ")
    } == set()


def test_every_conflict_has_a_sentence():
    codes = codes_in(r'Conflict\(\s*"(\w+)"', r'super\(\)\.__init__\(\s*"(\w+)"')

    assert "plan_archived" in codes
    fallback = sentences.conflict("no such code", {})
    params = {"current": "ACTIVE", "wanted": "PAUSED"}
    assert {code for code in codes if sentences.conflict(code, params) == fallback} == set()


def test_every_outcome_that_ends_a_prompt_unpaid_has_a_sentence():
    for outcome in set(Outcome) - UNDECIDED - {Outcome.PAID}:
        assert sentences.failure(outcome).lower() != f"{outcome.lower().replace('_', ' ')}."


def test_a_limit_stands_in_the_reason():
    assert sentences.reason(Fault("too_big", {"max": 250_000})) == "must be at most 250000"


def test_a_reason_lacking_its_limit_is_still_a_sentence():
    assert sentences.reason(Fault("too_long")) == "must be at most ? characters long"


def test_braces_in_what_safaricom_says_are_left_alone():
    refusal = Fault("request_refused", {"detail": "Bad {Amount} {0}"})

    assert sentences.push_refusal(refusal).endswith("Safaricom says: Bad {Amount} {0}")


@pytest.mark.parametrize("refusal", [None, Fault("brand_new")])
def test_a_refusal_without_a_known_code_still_says_that_nothing_was_sent(refusal):
    assert sentences.push_refusal(refusal) == "No prompt was sent."


def test_a_prompt_that_was_never_sent_has_a_reason_too():
    assert sentences.failure("phone_locked").startswith("M-Pesa is still busy")
    assert sentences.failure("BRAND_NEW") == "Brand new."
