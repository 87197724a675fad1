"""What an owner tells about his own Paybill or Till."""

import re

from core.errors import InvalidValue

_SHORTCODE = re.compile(r"\d{5,7}")
_SECRET = re.compile(r"[\x21-\x7e]{8,200}")


def check_shortcode(text: str) -> str:
    """Return a Paybill, store or Till number: 5 to 7 digits.

    Raises:
        InvalidValue: `not_a_shortcode`.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and _SHORTCODE.fullmatch(digits)):
        raise InvalidValue("not_a_shortcode")
    return digits


def check_secret(text: str) -> str:
    """Return a key of the Daraja portal: 8 to 200 printable characters without a space.

    Raises:
        InvalidValue: `not_a_secret`.
    """
    secret = text.strip()
    if not _SECRET.fullmatch(secret):
        raise InvalidValue("not_a_secret")
    return secret
