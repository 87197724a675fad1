"""Whole Kenyan shillings: read what people type, hold it to the limits, write it back."""

import re

from core.errors import InvalidValue

MIN_PLAN_KES = 1  # M-Pesa moves nothing smaller (docs/daraja.md, "Limits").
MIN_CHARGE_KES = 2
MAX_KES = 250_000  # M-Pesa moves no more in one payment (docs/daraja.md, "Limits").

# Longer than any amount with its ornaments, and far below the digits that int() refuses.
_MAX_LENGTH = 40
_THOUSAND_DIGITS = 3

_AMOUNT = re.compile(
    r"""
    (?:(?:kshs?|kes|shs?)\.?\ ?)?
    (?P<whole>\d{1,3}(?:,\d{3})+|\d{1,3}(?:\ \d{3})+|\d+)
    (?:\.(?P<fraction>\d*))?
    (?:\ ?(?P<thousand>k))?
    (?:\ ?(?:/=|/-|=|kshs?|kes|shs?|shillings?|bob)\.?)?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


def parse_kes(text: str) -> int:
    """Return the whole shillings that somebody typed, e.g. `Ksh 1.5k` -> 1500.

    Commas or spaces may part the thousands, `k` multiplies by one. Whether the amount is allowed
    is `check_amount`'s business. There is no sign: nobody is billed less than nothing.

    Raises:
        InvalidValue: `not_an_amount`, or `cents` if it is not whole shillings.
    """
    # split() knows every white space, the no-break ones that telephones put in as well.
    found = _AMOUNT.fullmatch(" ".join(text.split())) if len(text) <= _MAX_LENGTH else None
    if found is None:
        raise InvalidValue("not_an_amount")
    fraction = (found["fraction"] or "").rstrip("0")
    shift = _THOUSAND_DIGITS if found["thousand"] else 0
    if len(fraction) > shift:
        raise InvalidValue("cents")
    whole = found["whole"].replace(",", "").replace(" ", "")
    return int(whole + fraction.ljust(shift, "0"))


def check_amount(amount_kes: int, *, minimum: int = MIN_PLAN_KES) -> int:
    """Return the amount if M-Pesa can move it at once.

    Raises:
        InvalidValue: `too_small` (min), `too_big` (max), or `not_an_amount` for what is no int:
            JSON brings floats and booleans, and neither may touch money.
    """
    if type(amount_kes) is not int:
        raise InvalidValue("not_an_amount")
    if amount_kes < minimum:
        raise InvalidValue("too_small", min=minimum)
    if amount_kes > MAX_KES:
        raise InvalidValue("too_big", max=MAX_KES)
    return amount_kes


def format_kes(amount_kes: int) -> str:
    """Return the amount as people read it, e.g. `KES 1,500`; below zero `-KES 1,500`."""
    sign = "-" if amount_kes < 0 else ""
    return f"{sign}KES {abs(amount_kes):,}"
