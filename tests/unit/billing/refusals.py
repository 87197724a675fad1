"""What a rule says when it refuses."""

import pytest

from core.errors import InvalidValue


def fault_of(check):
    """Return the fault with which the check refuses."""
    with pytest.raises(InvalidValue) as refusal:
        check()
    return refusal.value.fault
