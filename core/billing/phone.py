"""Kenyan mobile numbers: one written form inside, whatever people type."""

import re

import phonenumbers

from core.errors import InvalidValue

_COUNTRY = "254"
_MOBILE_LENGTH = 9  # 7XXXXXXXX or 1XXXXXXXX, without the leading 0
_SHORTEST_LENGTH = 7  # of a landline

# What people put between digits (U+2010 to U+2015 and U+2212 are dashes), and then the invisible
# marks that come along when a number is copied from a contact card.
_ORNAMENTS = re.compile(
    r"[\s().\[\]\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff-]"
)
_DIALLED = re.compile(r"(?P<plus>\+?)(?P<digits>[0-9]+)")
_NORMAL = re.compile(r"254(?P<network>[17][0-9]{2})(?P<middle>[0-9]{3})(?P<last>[0-9]{3})")


def normalise_phone(text: str) -> str:
    """Return the number as M-Pesa wants it, e.g. `0712 345 678` -> `254712345678`.

    Any network passes, because Kenyans keep their number when they change it.

    Raises:
        InvalidValue: `phone_empty`, `phone_bad_characters`, `phone_not_kenyan`,
            `phone_too_short`, `phone_too_long`, or `phone_not_mobile` for landlines and ranges
            that nobody was given (docs/daraja.md, "Numbers").
    """
    bare = _ORNAMENTS.sub("", text)
    if not bare:
        raise InvalidValue("phone_empty")
    dialled = _DIALLED.fullmatch(bare)
    if dialled is None:
        raise InvalidValue("phone_bad_characters")
    national = _national(dialled["digits"], international=bool(dialled["plus"]))
    _check_mobile(national)
    return _COUNTRY + national


def mask_phone(phone: str) -> str:
    """Return what a log may hold, e.g. `0712***678`; of anything not normalised only `***`."""
    parts = _NORMAL.fullmatch(phone)
    return f"0{parts['network']}***{parts['last']}" if parts else "***"


def local_phone(phone: str) -> str:
    """Return the number as Kenyans write it, e.g. `0712 345 678`; the rest as it came."""
    parts = _NORMAL.fullmatch(phone)
    return f"0{parts['network']} {parts['middle']} {parts['last']}" if parts else phone


def _national(digits: str, *, international: bool) -> str:
    """Return the digits after `+254` or `0`, of any length."""
    if not international and digits.startswith("00"):
        digits, international = digits[2:], True
    if digits.startswith(_COUNTRY):
        return digits.removeprefix(_COUNTRY).removeprefix("0")  # "+254 (0)712 ..." is common
    if international or not digits.startswith(("0", "1", "7")):
        raise InvalidValue("phone_not_kenyan")
    return digits.removeprefix("0")


def _check_mobile(national: str) -> None:
    if len(national) > _MOBILE_LENGTH:
        raise InvalidValue("phone_too_long")
    if len(national) < _SHORTEST_LENGTH:
        raise InvalidValue("phone_too_short")
    if not national.startswith(("1", "7")):
        raise InvalidValue("phone_not_mobile")
    if len(national) < _MOBILE_LENGTH:
        raise InvalidValue("phone_too_short")
    number = phonenumbers.PhoneNumber(country_code=int(_COUNTRY), national_number=int(national))
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise InvalidValue("phone_not_mobile")
