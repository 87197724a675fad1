"""M-Pesa's codes, as people type them."""

import re

from core.errors import InvalidValue

_RECEIPT = re.compile(r"[A-Z0-9]{10}")


def check_receipt(text: str) -> str:
    """Return the code as M-Pesa writes it, e.g. `rktq dm7w6s` -> `RKTQDM7W6S`.

    Raises:
        InvalidValue: `not_a_receipt`: not ten letters and digits, with at least one letter.
    """
    code = re.sub(r"[\s.-]", "", text).upper()
    # Ten digits are a phone number that got into the wrong field.
    if _RECEIPT.fullmatch(code) is None or code.isdigit():
        raise InvalidValue("not_a_receipt")
    return code
