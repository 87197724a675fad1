"""M-Pesa's codes as people type them."""

import pytest

from core.billing.receipts import check_receipt
from core.errors import InvalidValue


@pytest.mark.parametrize("text", ["RKTQDM7W6S", "rktqdm7w6s", " RKTQ DM7W6S. ", "rktq-dm7w-6s"])
def test_code_is_read_in_the_ways_people_copy_it(text):
    assert check_receipt(text) == "RKTQDM7W6S"


@pytest.mark.parametrize(
    "text",
    ["", "RKTQDM7W6", "RKTQDM7W6SX", "RKTQDM7W6Ş", "0712345678", "RKTQ_M7W6S", "١٢٣٤٥٦٧٨٩A"],  # noqa: RUF001 - digits of another script
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(InvalidValue) as refusal:
        check_receipt(text)

    assert refusal.value.fault.code == "not_a_receipt"
