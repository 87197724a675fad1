import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.errors import Refusal
from webhook.reading import MAX_ID, parse_id, parse_object


def refusal_of(body: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse_object(body)
    assert caught.value.status == 400
    return caught.value


def test_an_object_comes_back_as_it_was_sent():
    assert parse_object(b'{"a": [1, {"b": null}], "c": "\xc3\xa9"}') == {
        "a": [1, {"b": None}],
        "c": "é",
    }


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 01}', b"\xef\xbb\xbf{}"],
)
def test_what_is_no_json_is_refused(body):
    assert refusal_of(body).code == "not_json"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true", b"1e400"])
def test_json_that_is_no_object_is_refused(body):
    refusal = refusal_of(body)

    assert refusal.code == "not_an_object"
    assert refusal.fields == {}


def test_bytes_that_are_no_utf8_are_refused():
    assert refusal_of(b'{"name": "\xff"}').code == "not_utf8"


def test_nesting_deeper_than_the_parser_goes_is_refused():
    assert refusal_of(b'{"a": ' * 9000).code == "not_json"
    assert refusal_of(b"[" * 60_000).code == "not_json"


def test_a_name_that_stands_twice_in_one_object_is_refused():
    assert refusal_of(b'{"amountKes": 10, "amountKes": 1000}').code == "repeated_name"
    assert refusal_of(b'{"client": {"name": "A", "name": "B"}}').code == "repeated_name"


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "x\\udfffy"])
def test_text_that_no_database_stores_is_refused_by_its_field(text):
    refusal = refusal_of(f'{{"client": {{"name": "{text}"}}}}'.encode())

    assert refusal.code == "unreadable_text"
    assert list(refusal.fields) == ["client.name"]


def test_a_surrogate_pair_written_as_two_escapes_is_one_character():
    assert parse_object(b'{"name": "\\ud83d\\ude00"}') == {"name": "\U0001f600"}


def test_a_name_that_can_not_be_stored_is_refused_without_repeating_it():
    assert refusal_of(b'{"\\u0000": 1}').fields == {}


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_of_ten_thousand_digits_is_read_as_far_beyond_any_limit(sign):
    number = parse_object(f'{{"a": {sign}{"9" * 10_000}}}'.encode())["a"]

    assert abs(number) > 10**30
    assert (number < 0) is (sign == "-")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_or_refused_and_nothing_else_is_raised(value):
    try:
        read = parse_object(json.dumps(value).encode())
    except Refusal:
        return
    assert set(read) == set(value)


@given(st.binary())
def test_any_bytes_are_read_or_refused_and_nothing_else_is_raised(body):
    try:
        read = parse_object(body)
    except Refusal:
        return
    assert isinstance(read, dict)


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "01", "1.0", "1e3", "x", " 1", "1 ", "\u0661", str(MAX_ID + 1)]
)
def test_what_can_be_no_rows_id_is_none(text):
    assert parse_id(text) is None


@pytest.mark.parametrize("row_id", [1, 7, MAX_ID])
def test_an_id_is_read_up_to_64_bits(row_id):
    assert parse_id(str(row_id)) == row_id
