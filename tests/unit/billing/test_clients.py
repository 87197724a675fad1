"""Clients: a clean one passes, and a wrong one names every wrong field."""

import pytest

from core.billing.clients import ClientDraft, check_client
from core.errors import Fault, InvalidInput


def faults_of(**changes):
    fields = {"name": "Jane", "phone_number": "0712345678", **changes}
    with pytest.raises(InvalidInput) as refusal:
        check_client(ClientDraft(**fields))
    return refusal.value.fields


def test_a_client_comes_back_cleaned_and_with_a_normal_phone():
    typed = ClientDraft(
        name=" Jane   Doe ",
        phone_number="0712 345 678",
        email=" jane@example.com ",
        another_person=True,
    )

    assert check_client(typed) == ClientDraft(
        name="Jane Doe",
        phone_number="254712345678",
        email="jane@example.com",
        another_person=True,
    )


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_blank_email_is_none(email):
    client = check_client(ClientDraft(name="Jane", phone_number="0712345678", email=email))

    assert client.email is None


def test_a_name_of_100_characters_is_the_longest():
    longest = ClientDraft(name="J" * 100, phone_number="254712345678")

    assert check_client(longest) == longest
    assert faults_of(name="J" * 101) == {"name": Fault("too_long", {"max": 100})}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "required"),
        ("name", "Jane\N{RIGHT-TO-LEFT OVERRIDE}", "bad_text"),
        ("phone_number", "", "phone_empty"),
        ("phone_number", "0202222222", "phone_not_mobile"),
        ("email", "jane", "not_an_email"),
    ],
)
def test_a_wrong_field_is_named_with_its_fault(field, value, code):
    assert faults_of(**{field: value}) == {field: Fault(code)}


def test_every_wrong_field_is_named_at_once():
    assert faults_of(name=" ", phone_number="0712", email="jane@") == {
        "name": Fault("required"),
        "phone_number": Fault("phone_too_short"),
        "email": Fault("not_an_email"),
    }
