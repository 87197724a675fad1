"""Names and addresses that people type: clean, of bearable length, and safe to show."""

import re
import unicodedata

from core.errors import InvalidValue

_MAX_EMAIL_LENGTH = 254  # RFC 5321 leaves no more for an address.
# Brackets, quotes and separators stand around addresses and between them, not in one.
_EMAIL = re.compile(
    r"""[^\s@<>()\[\],;:\\"]+@[^\s@.<>()\[\],;:\\"]+(?:\.[^\s@.<>()\[\],;:\\"]+)+"""
)

_INVISIBLE = "Cf"  # Joiners and marks: fine inside a word or an emoji, no name by themselves.
_LINE_BREAKS_AND_TABS = frozenset("\t\n\r")
# They turn the reading direction of what follows, so a name could rewrite the amount beside it.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_text(value: str, *, max_length: int, required: bool = True) -> str:
    """Return the text stripped, each run of white space inside made one space.

    Blank text, or text of invisible characters alone, is `""` if it is not required. The length
    counts code points after cleaning.

    Raises:
        InvalidValue: `bad_text`, `required` or `too_long` (max).
    """
    if any(_is_harmful(char) for char in value):
        raise InvalidValue("bad_text")
    cleaned = " ".join(value.split())
    if all(char == " " or unicodedata.category(char) == _INVISIBLE for char in cleaned):
        cleaned = ""
    if required and not cleaned:
        raise InvalidValue("required")
    if len(cleaned) > max_length:
        raise InvalidValue("too_long", max=max_length)
    return cleaned


def check_letter(value: str, *, max_length: int) -> str:
    """Return the text of a letter, its lines kept, at most one empty line between two.

    Raises:
        InvalidValue: `bad_text`, `required` or `too_long` (max).
    """
    lines = [check_text(line, max_length=len(line), required=False) for line in value.splitlines()]
    letter = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if not letter:
        raise InvalidValue("required")
    if len(letter) > max_length:
        raise InvalidValue("too_long", max=max_length)
    return letter


def check_email(value: str) -> str:
    """Return the bare address without outer white space; only sending to it proves that it works.

    Raises:
        InvalidValue: `not_an_email`.
    """
    address = value.strip()
    is_sane = len(address) <= _MAX_EMAIL_LENGTH and address.isprintable()
    if not is_sane or _EMAIL.fullmatch(address) is None:
        raise InvalidValue("not_an_email")
    return address


def _is_harmful(char: str) -> bool:
    """Tell controls and direction overrides, and lone surrogates, which no database stores."""
    if char in _LINE_BREAKS_AND_TABS:
        return False
    return char in _BIDI_CONTROLS or unicodedata.category(char) in {"Cc", "Cs"}
