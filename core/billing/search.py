"""What somebody may have meant by a few words: a client's name, or a part of his number."""

import re
from dataclasses import dataclass

from core.billing.phone import normalise_phone
from core.errors import InvalidValue

_MOST_WORDS = 5
_FEWEST_DIGITS = 3
_NUMBER = re.compile(r"\+?[\d\s().-]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What to look for. With nothing in it, everybody is meant."""

    words: tuple[str, ...] = ()
    """Each must be in the name."""
    digits: str = ""
    """A part of the number in its written form, `2547…`."""


def read_search(text: str) -> Sought:
    """Return what is sought: digits are a number, or the beginning or end of one."""
    cleaned = " ".join(text.split())
    digits = re.sub(r"\D", "", cleaned)
    if _NUMBER.fullmatch(cleaned) and len(digits) >= _FEWEST_DIGITS:
        return Sought(digits=_written(cleaned, digits))
    return Sought(words=tuple(cleaned.split(" ")[:_MOST_WORDS]) if cleaned else ())


def find_phone(text: str) -> str | None:
    """Return the Kenyan mobile number that the whole text is, None if it is none."""
    try:
        return normalise_phone(text)
    except InvalidValue:
        return None


def _written(text: str, digits: str) -> str:
    whole = find_phone(text)
    if whole is not None:
        return whole
    # "0712" begins "254712…".
    return f"254{digits[1:]}" if digits.startswith("0") else digits
