"""Drafts are judged whole, so that one answer tells all that is wrong."""

import pytest

from core.billing.faults import Faults
from core.errors import Fault, InvalidInput, InvalidValue


def refuse(value):
    raise InvalidValue("too_small", min=1)


def test_a_draft_without_faults_passes_with_its_cleaned_values():
    faults = Faults()

    assert faults.check("name", str.strip, " Jane ") == "Jane"
    faults.raise_if_any()


def test_each_wrong_field_is_named_and_keeps_its_value():
    faults = Faults()

    assert faults.check("amount_kes", refuse, 0) == 0
    assert faults.check("name", str.strip, " Jane ") == "Jane"
    assert faults.check("retries", refuse, -1) == -1

    with pytest.raises(InvalidInput) as refusal:
        faults.raise_if_any()
    wrong = Fault("too_small", {"min": 1})
    assert refusal.value.fields == {"amount_kes": wrong, "retries": wrong}
