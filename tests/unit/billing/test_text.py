"""Names and email addresses that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.text import check_email, check_letter, check_text
from core.errors import Fault, InvalidValue
from tests.unit.billing.refusals import fault_of


def refusal_of(value, **limits):
    with pytest.raises(InvalidValue) as refusal:
        check_text(value, **{"max_length": 10, **limits})
    return refusal.value.fault


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("Jane", "Jane"),
        ("  Jane  ", "Jane"),
        ("Jane \t\r\n  Doe", "Jane Doe"),
        ("Jane\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}Doe", "Jane Doe"),
        ("<b>&", "<b>&"),
        ("Wanjikũ", "Wanjikũ"),
        ("\U0001fae9", "\U0001fae9"),  # an emoji younger than this Python
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", "\U0001f469\u200d\U0001f4bb"),
    ],
)
def test_a_text_is_stripped_and_its_white_space_made_single(typed, cleaned):
    assert check_text(typed, max_length=10) == cleaned


@pytest.mark.parametrize("blank", ["", "  ", "\n", "\N{ZERO WIDTH SPACE}", "\u200b \u2060"])
def test_a_text_that_nobody_can_see_is_required_or_empty(blank):
    assert refusal_of(blank) == Fault("required")
    assert check_text(blank, max_length=10, required=False) == ""


def test_the_length_counts_after_cleaning():
    assert check_text("  12345    6789  ", max_length=10) == "12345 6789"
    assert refusal_of("12345678901") == Fault("too_long", {"max": 10})


@pytest.mark.parametrize(
    "harmful",
    [
        "\0",
        "\x07",
        "\x1b",
        "\x1f",
        "\x7f",
        "\x85",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{LEFT-TO-RIGHT EMBEDDING}",
        "\N{POP DIRECTIONAL FORMATTING}",
        "\N{LEFT-TO-RIGHT ISOLATE}",
        "\N{POP DIRECTIONAL ISOLATE}",
        "\ud800",
    ],
)
def test_controls_direction_overrides_and_lone_surrogates_are_refused(harmful):
    assert refusal_of(f"Jane{harmful}") == Fault("bad_text")
    assert refusal_of(harmful, required=False) == Fault("bad_text")


SPACED = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cf"]) | st.just(" "))


@given(SPACED)
def test_a_clean_text_is_clean_for_good(value):
    cleaned = check_text(value, max_length=len(value), required=False)

    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert cleaned.split() == value.split()
    assert check_text(cleaned, max_length=len(cleaned), required=False) == cleaned


@pytest.mark.parametrize(
    "address", ["jane@example.com", "j.doe+rent@mail.example.co.ke", "j@ü.example"]
)
def test_an_address_with_one_at_and_a_dotted_domain_passes(address):
    assert check_email(f" {address} ") == address


def test_an_address_of_254_characters_is_the_longest():
    domain = "@example.com"

    assert check_email("a" * (254 - len(domain)) + domain)
    with pytest.raises(InvalidValue) as refusal:
        check_email("a" * (255 - len(domain)) + domain)
    assert refusal.value.fault == Fault("not_an_email")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "jane@",
        "@example.com",
        "jane@example",
        "jane@@example.com",
        "jane@doe@example.com",
        "jane doe@example.com",
        "jane@exam ple.com",
        "jane@.com",
        "jane@example.",
        "jane@example..com",
        "ja\0ne@example.com",
        "ja\nne@example.com",
        "jane@example.com\N{RIGHT-TO-LEFT OVERRIDE}",
        "jane\ud800@example.com",
        "<jane@example.com>",
        "Jane<jane@example.com>",
        "jane@example.com>",
        '"jane"@example.com',
        "mailto:jane@example.com",
        "jane@example.com;",
        "(jane)@example.com",
        "jane@[example.com]",
    ],
)
def test_what_cannot_be_an_address_is_refused(address):
    with pytest.raises(InvalidValue) as refusal:
        check_email(address)

    assert refusal.value.fault == Fault("not_an_email")


@pytest.mark.parametrize(
    ("typed", "letter"),
    [
        ("Dear Asha,\n\nwe are closed  on\tMonday.", "Dear Asha,\n\nwe are closed on Monday."),
        ("a\r\nb", "a\nb"),
        ("\n\n a \n", "a"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\n\n\nb\n\n\nc", "a\n\nb\n\nc"),
        ("x" * 10, "x" * 10),
    ],
)
def test_a_letter_keeps_its_lines_and_at_most_one_empty_one_between(typed, letter):
    assert check_letter(typed, max_length=max(10, len(letter))) == letter


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault("required")),
        (" \n\u200b\n ", Fault("required")),
        ("x" * 11, Fault("too_long", {"max": 10})),
        ("one\ntwo\x00", Fault("bad_text")),
    ],
)
def test_a_letter_of_nothing_too_much_or_controls_is_refused(typed, fault):
    assert fault_of(lambda: check_letter(typed, max_length=10)) == fault
