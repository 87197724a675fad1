"""One-off charges: what Daraja takes, and nothing else."""

import pytest

from core.billing.charges import ChargeDraft, check_charge
from core.errors import Fault, InvalidInput


def draft(**changes):
    return ChargeDraft(**{"phone_number": "254712345678", "amount_kes": 1500, **changes})


def faults_of(**changes):
    with pytest.raises(InvalidInput) as refusal:
        check_charge(draft(**changes))
    return refusal.value.fields


def test_a_charge_comes_back_cleaned_and_with_a_normal_phone():
    typed = draft(
        phone_number="+254 712 345678", account_reference=" HOUSE12 ", description=" Rent  Nov "
    )

    assert check_charge(typed) == draft(account_reference="HOUSE12", description="Rent Nov")


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_reference_or_description_is_none(blank):
    charge = check_charge(draft(account_reference=blank, description=blank))

    assert (charge.account_reference, charge.description) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_kes": 2},
        {"amount_kes": 250_000},
        {"account_reference": "A23456789012"},
        {"description": "Rent, 'Nov' ~"},
    ],
)
def test_a_charge_on_the_edge_of_what_is_allowed_passes(changes):
    assert check_charge(draft(**changes)) == draft(**changes)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("phone_number", "0712", Fault("phone_too_short")),
        ("amount_kes", 1, Fault("too_small", {"min": 2})),
        ("amount_kes", 250_001, Fault("too_big", {"max": 250_000})),
        ("account_reference", "A234567890123", Fault("too_long", {"max": 12})),
        ("account_reference", "HOUSE 12", Fault("not_alphanumeric")),
        ("account_reference", "HOUSE-12", Fault("not_alphanumeric")),
        ("account_reference", "NYUMBÃ", Fault("not_alphanumeric")),
        ("description", "Rent for Nov.!", Fault("too_long", {"max": 13})),
        ("description", "Café", Fault("bad_text")),
        ("description", "Rent\0", Fault("bad_text")),
    ],
)
def test_a_wrong_field_is_named_with_its_fault(field, value, fault):
    assert faults_of(**{field: value}) == {field: fault}


def test_every_wrong_field_is_named_at_once():
    faults = faults_of(
        phone_number="", amount_kes=0, account_reference="#", description="\N{EURO SIGN}"
    )

    assert {field: fault.code for field, fault in faults.items()} == {
        "phone_number": "phone_empty",
        "amount_kes": "too_small",
        "account_reference": "not_alphanumeric",
        "description": "bad_text",
    }
