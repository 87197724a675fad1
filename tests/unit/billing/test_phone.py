"""Kenyan mobile numbers: every way to write one, and what is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.phone import local_phone, mask_phone, normalise_phone
from core.errors import Fault, InvalidValue

WRITTEN = [
    "0712345678",
    "712345678",
    "254712345678",
    "+254712345678",
    "00254712345678",
    "0712 345 678",
    "0712-345-678",
    "0712.345.678",
    "(0712) 345678",
    "[0712] 345678",
    "+254 (0) 712 345 678",
    "(+254) 712-345-678",
    " +254\N{NO-BREAK SPACE}712\N{NON-BREAKING HYPHEN}345\N{EN DASH}678\n",
    "\N{LEFT-TO-RIGHT EMBEDDING}+254 712 345678\N{POP DIRECTIONAL FORMATTING}",
    "\N{LEFT-TO-RIGHT ISOLATE}0712345678\N{POP DIRECTIONAL ISOLATE}\N{ZERO WIDTH SPACE}",
]

REFUSALS = {
    "phone_empty": ["", "  ", "-", "()", "\N{ZERO WIDTH SPACE}"],
    "phone_bad_characters": [
        "07l2345678",
        "0712345678 Jane",
        "0712/345678",
        "07123+45678",
        "++254712345678",
        "+",
        "0712345678,0722000000",
        "\N{ARABIC-INDIC DIGIT ZERO}712345678",
        "0712345678\0",
    ],
    "phone_not_kenyan": [
        "+255712345678",
        "00447911123456",
        "+0712345678",
        "00712345678",  # abroad, or a finger that slipped: never a guess
        "447911123456",
        "812345678",
        "00",
    ],
    "phone_too_short": [
        "0",
        "07",
        "0712",
        "07123456",
        "071234567",
        "71234567",
        "25471234567",
        "0202222",
    ],
    "phone_too_long": ["07123456789", "7123456789", "+2547123456789", "0" + "7" * 5000],
    "phone_not_mobile": [
        "0202222222",  # Nairobi landline
        "+254 20 2222222",
        "041222222",  # Mombasa landline
        "02022222",  # the shortest landline
        "0800720000",  # toll free
        "0109000000",
        "0122000000",
        "0125000000",
        "0131000000",
        "0147000000",
    ],
}


def phone_or_code(text):
    try:
        return normalise_phone(text)
    except InvalidValue as refusal:
        return refusal.fault.code


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_has_one_form_however_it_is_written(text):
    assert normalise_phone(text) == "254712345678"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("0110123456", "254110123456"),
        ("110123456", "254110123456"),
        ("+254 100 123456", "254100123456"),
        ("0733123456", "254733123456"),
        ("0772123456", "254772123456"),
        ("0746123456", "254746123456"),
        ("254708374149", "254708374149"),  # the number of Safaricom's own sandbox
    ],
)
def test_a_mobile_number_of_any_network_passes(text, normal):
    assert normalise_phone(text) == normal


@pytest.mark.parametrize(
    ("text", "code"), [(text, code) for code, texts in REFUSALS.items() for text in texts]
)
def test_what_is_no_kenyan_mobile_number_is_refused_by_its_reason(text, code):
    with pytest.raises(InvalidValue) as refusal:
        normalise_phone(text)

    assert refusal.value.fault == Fault(code)


@given(st.text(alphabet="0123456789+-(). ab\N{NO-BREAK SPACE}", max_size=20) | st.text())
def test_any_text_is_either_a_normal_number_or_refused(text):
    answer = phone_or_code(text)

    assert answer in REFUSALS or re.fullmatch(r"254[17][0-9]{8}", answer)
    assert answer in REFUSALS or normalise_phone(answer) == answer


@given(st.from_regex(r"7[0-9]{8}", fullmatch=True), st.sampled_from(["0", "", "254", "+254"]))
def test_every_number_of_the_07_range_comes_back_from_each_way_to_write_it(national, prefix):
    phone = normalise_phone(prefix + national)

    assert phone == "254" + national
    assert normalise_phone(local_phone(phone)) == phone


def test_a_masked_number_keeps_its_network_and_last_three_digits():
    assert mask_phone("254712345678") == "0712***678"
    assert mask_phone("254110123456") == "0110***456"


@pytest.mark.parametrize("text", ["", "0712345678", "+254712345678", "254712345678\n", "Jane"])
def test_a_number_that_is_not_normal_is_masked_entirely(text):
    assert mask_phone(text) == "***"


def test_a_number_is_shown_as_kenyans_write_it():
    assert local_phone("254712345678") == "0712 345 678"
    assert local_phone("254110123456") == "0110 123 456"


def test_a_number_that_is_not_normal_is_shown_as_it_came():
    assert local_phone("0712-345-678") == "0712-345-678"
