"""What an owner tells about his own Paybill or Till."""

import pytest

from core.billing.merchants import check_secret, check_shortcode
from core.errors import Fault
from tests.unit.billing.refusals import fault_of


@pytest.mark.parametrize(
    ("typed", "shortcode"),
    [
        ("12345", "12345"),
        ("1234567", "1234567"),
        (" 174 379 ", "174379"),
        ("174-379", "174379"),
    ],
)
def test_a_shortcode_has_five_to_seven_digits_however_they_are_grouped(typed, shortcode):
    assert check_shortcode(typed) == shortcode


@pytest.mark.parametrize("typed", ["", "1234", "12345678", "17437a", "174.379", "١٧٤٣٧٩"])
def test_anything_else_is_no_shortcode(typed):
    assert fault_of(lambda: check_shortcode(typed)) == Fault("not_a_shortcode")


@pytest.mark.parametrize("secret", ["8letters", "x" * 200, "!~bfb279f9aa9bdbcf158e97dd71a467c"])
def test_a_key_is_taken_without_the_space_around_it(secret):
    assert check_secret(f" {secret}\n") == secret


@pytest.mark.parametrize(
    "typed", ["", "7letter", "x" * 201, "two words", "tab\there1", "schlüssel", "null\x00null"]
)
def test_anything_else_is_no_key(typed):
    assert fault_of(lambda: check_secret(typed)) == Fault("not_a_secret")
