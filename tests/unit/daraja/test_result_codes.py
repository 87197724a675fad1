"""The table of result codes: each code's outcome, and what must never count as paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.outcomes import Outcome
from core.daraja.result_codes import RESULT_CODES, outcome_of

OUTCOMES = {
    Outcome.PAID: ["0"],
    Outcome.NO_MONEY: ["1"],
    Outcome.AMOUNT_FAULT: ["2", "3"],
    Outcome.OVER_LIMIT: ["4"],
    Outcome.MERCHANT_FAULT: ["8", "1101", "2006", "2028", "2029", "SFC_IC0003"],
    Outcome.BUSY: ["1001"],
    Outcome.TIMED_OUT: ["1019"],
    Outcome.CANCELLED: ["1032"],
    Outcome.UNREACHABLE: ["1036", "1037"],
    Outcome.WRONG_PIN: ["2001"],
    Outcome.PHONE_FAULT: ["2040", "8006"],
    Outcome.PENDING: ["4999"],
    Outcome.UNCLEAR: [
        *["17", "26", "1025", "1031", "9999"],
        *["11", "15", "18", "20", "21", "24", "25", "29", "R000001", "R000002"],
        *["1012", "1026", "1050", "1051"],
    ],
}
ROWS = [(code, outcome) for outcome, codes in OUTCOMES.items() for code in codes]


@pytest.mark.parametrize(("code", "outcome"), ROWS)
def test_each_known_code_has_its_outcome(code, outcome):
    assert outcome_of(code, "") is outcome


@pytest.mark.parametrize(("code", "outcome"), [row for row in ROWS if row[0].isdigit()])
def test_a_code_means_the_same_as_a_number(code, outcome):
    assert outcome_of(int(code), "") is outcome


def test_every_row_is_listed_here_and_says_who_says_so():
    assert set(RESULT_CODES) == {code for code, _ in ROWS}
    assert all(row.source and row.meaning for row in RESULT_CODES.values())


@pytest.mark.parametrize(
    "code", ["77777", 77777, "SFC_IC9999", "C2B00011", "", "sfc_ic0003"], ids=repr
)
def test_an_unknown_code_is_unclear(code):
    assert outcome_of(code, "The service request is processed successfully.") is Outcome.UNCLEAR


@pytest.mark.parametrize(
    "code",
    ["00", "0.0", " 0", "0 ", "0\u200b", "-0", "+0", "\u0660", 0.0, False, True, None, b"0", []],
    ids=repr,
)
def test_nothing_but_the_integer_and_the_text_zero_is_paid(code):
    assert outcome_of(code, "Success") is Outcome.UNCLEAR


@given(st.one_of(st.integers(), st.text(), st.floats(), st.booleans()), st.text())
def test_no_other_value_whatever_is_paid(code, desc):
    is_zero = (type(code) is int and code == 0) or code == "0"

    assert (outcome_of(code, desc) is Outcome.PAID) == is_zero


@pytest.mark.parametrize(
    ("desc", "outcome"),
    [
        ("DS timeout user cannot be reached", Outcome.UNREACHABLE),
        ("[STK_CB - ]DS timeout.", Outcome.UNREACHABLE),
        ("", Outcome.UNREACHABLE),
        ("No response from user.", Outcome.TIMED_OUT),
        ("[STK_CB - ]NO RESPONSE FROM THE USER", Outcome.TIMED_OUT),
    ],
)
def test_1037_is_told_apart_by_its_description(desc, outcome):
    assert outcome_of("1037", desc) is outcome


@pytest.mark.parametrize("code", ["9999", "4999", "55555", 9999], ids=repr)
def test_an_undecided_code_that_says_processing_is_pending(code):
    assert outcome_of(code, "The transaction is still under processing") is Outcome.PENDING
    assert outcome_of(code, "the request is being processed") is Outcome.PENDING


@pytest.mark.parametrize("code", ["0", "1", "1032", "2001"])
def test_a_decided_code_stays_decided_whatever_its_description_says(code):
    said = outcome_of(code, "The transaction is being processed. No response from user.")

    assert said is outcome_of(code, "")
