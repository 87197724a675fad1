"""Shillings: what people may type, the limits, and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.money import (
    MAX_KES,
    MIN_CHARGE_KES,
    MIN_PLAN_KES,
    check_amount,
    format_kes,
    parse_kes,
)
from core.errors import Fault, InvalidValue

ORNAMENTED = [
    ("1500", 1500),
    (" 1500 ", 1500),
    ("1,500", 1500),
    ("1,500,000", 1_500_000),
    ("1 500", 1500),
    ("1\N{NO-BREAK SPACE}500", 1500),
    ("1\N{NARROW NO-BREAK SPACE}500", 1500),
    ("1500/=", 1500),
    ("1,500 /=", 1500),
    ("1500/-", 1500),
    ("1500=", 1500),
    ("Ksh 1.5k", 1500),
    ("Kshs. 1,500/=", 1500),
    ("ksh1500", 1500),
    ("Sh 200", 200),
    ("shs.200", 200),
    ("KES 1 500", 1500),
    ("KES\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}500", 1500),
    ("1500 KES", 1500),
    ("200 bob", 200),
    ("200 shillings", 200),
    ("1500.00", 1500),
    ("1,500.0", 1500),
    ("1500.", 1500),
    ("2K", 2000),
    ("2 k", 2000),
    ("0.5k", 500),
    ("1.2340k", 1234),
    ("2.5k/=", 2500),
    ("0", 0),
    ("9" * 40, int("9" * 40)),
]

NOT_AMOUNTS = [
    "",
    " ",
    "rent",
    "KES",
    "k",
    ".",
    ".5k",
    "-500",
    "+500",
    "1,50",
    "1,5000",
    "1,500 000",
    "1500,00",
    "1.5.0",
    "1e3",
    "0x10",
    "1_500",
    "5m",
    "1500 USD",
    "$15",
    "15 00",
    "10\N{SUPERSCRIPT TWO}",
    "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}",
    "NaN",
    "inf",
    "9" * 41,
    "9" * 5000,
]


def amount_or_code(text):
    try:
        return parse_kes(text)
    except InvalidValue as refusal:
        return refusal.fault.code


@pytest.mark.parametrize(("text", "amount_kes"), ORNAMENTED)
def test_an_amount_is_read_with_the_ornaments_people_give_it(text, amount_kes):
    assert parse_kes(text) == amount_kes


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InvalidValue) as refusal:
        parse_kes(text)

    assert refusal.value.fault == Fault("not_an_amount")


@pytest.mark.parametrize("text", ["1500.50", "1.500", "0.01", "1.2345k", "KES 99.99/="])
def test_an_amount_with_cents_is_refused_and_never_rounded(text):
    with pytest.raises(InvalidValue) as refusal:
        parse_kes(text)

    assert refusal.value.fault == Fault("cents")


@given(st.integers(min_value=0, max_value=10**12))
def test_a_written_amount_reads_back_as_itself(amount_kes):
    assert parse_kes(format_kes(amount_kes)) == amount_kes


@given(st.text() | st.text(alphabet="0123456789,. kKESsh/=-", max_size=12))
def test_any_text_is_either_whole_shillings_or_refused(text):
    answer = amount_or_code(text)

    assert answer in {"not_an_amount", "cents"} or (type(answer) is int and answer >= 0)


@pytest.mark.parametrize("amount_kes", [MIN_PLAN_KES, 2, MAX_KES - 1, MAX_KES])
def test_an_amount_within_the_limits_passes(amount_kes):
    assert check_amount(amount_kes) == amount_kes


@pytest.mark.parametrize("amount_kes", [-1, 0])
def test_an_amount_below_one_shilling_is_too_small(amount_kes):
    with pytest.raises(InvalidValue) as refusal:
        check_amount(amount_kes)

    assert refusal.value.fault == Fault("too_small", {"min": 1})


def test_a_higher_minimum_holds_instead_of_the_plans_own():
    assert check_amount(2, minimum=MIN_CHARGE_KES) == 2

    with pytest.raises(InvalidValue) as refusal:
        check_amount(1, minimum=MIN_CHARGE_KES)

    assert refusal.value.fault == Fault("too_small", {"min": 2})


def test_more_than_m_pesa_moves_at_once_is_too_big():
    with pytest.raises(InvalidValue) as refusal:
        check_amount(250_001)

    assert refusal.value.fault == Fault("too_big", {"max": 250_000})


@pytest.mark.parametrize("value", [True, 1500.0, "1500", None])
def test_only_an_int_is_an_amount(value):
    with pytest.raises(InvalidValue) as refusal:
        check_amount(value)

    assert refusal.value.fault == Fault("not_an_amount")


@pytest.mark.parametrize(
    ("amount_kes", "written"),
    [
        (0, "KES 0"),
        (999, "KES 999"),
        (1500, "KES 1,500"),
        (250_000, "KES 250,000"),
        (1_234_567, "KES 1,234,567"),
        (-1500, "-KES 1,500"),
    ],
)
def test_an_amount_is_written_with_its_currency_and_commas(amount_kes, written):
    assert format_kes(amount_kes) == written
