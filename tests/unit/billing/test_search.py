import pytest

from core.billing.search import Sought, find_phone, read_search


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("asha", Sought(words=("asha",))),
        ("  Asha   Mwangi ", Sought(words=("Asha", "Mwangi"))),
        ("0712 345 678", Sought(digits="254712345678")),
        ("+254 712 345 678", Sought(digits="254712345678")),
        ("712345678", Sought(digits="254712345678")),
        ("0712", Sought(digits="254712")),
        ("345 678", Sought(digits="345678")),
        ("12", Sought(words=("12",))),
        ("123", Sought(digits="123")),
        ("Plot 12", Sought(words=("Plot", "12"))),
        ("", Sought()),
        ("a b c d e f g", Sought(words=("a", "b", "c", "d", "e"))),
    ],
)
def test_digits_are_a_number_or_part_of_one_and_words_are_a_name(text, sought):
    assert read_search(text) == sought


def test_only_a_whole_kenyan_number_is_a_phone():
    assert find_phone("0712 345 678") == "254712345678"
    assert find_phone("0712") is None
    assert find_phone("Asha") is None
