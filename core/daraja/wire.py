"""Daraja's JSON, numbers, times and texts as they really come, read without ever raising."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

EAT = timezone(timedelta(hours=3), "EAT")
"""Daraja's timestamps are Kenya's local time, which has had no other offset since 1960."""

TIMESTAMP_FORMAT = "%Y%m%d%H%M%S"

MAX_ID_LENGTH = 120
"""Ids come in many shapes of 16 to some 60 characters; a longer one is cut alike everywhere."""
MAX_TEXT_LENGTH = 500

_MAX_NUMBER_LENGTH = 40
"""A longer literal is no code, amount, date or phone; reading it would cost memory for nothing."""
_MAX_WHOLE = 10**15
_WHOLE_TEXT = re.compile(r"[0-9]{1,15}(\.0{1,15})?")
_RESULT_CODE = re.compile(r"[A-Za-z0-9_.-]{1,30}")
_TIMESTAMP = re.compile(r"[0-9]{14}")
_STRAY_PREFIX = re.compile(r"^\[[A-Za-z_ -]{0,40}\]\s*(?:-\s*)?")
_PRIVATE = re.compile(r"https?://\S+|\d{9,}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})  # controls and NUL, bidi marks, lone surrogates


def decode_json(body: bytes) -> object:
    """Return what the JSON says, fractions as `Decimal`; None for anything that is no JSON.

    NaN, Infinity and absurdly long numbers read as None; bytes that are no UTF-8 read as U+FFFD.
    """
    # Not "utf-8-sig", which Python decodes in Python.
    text = body.decode(errors="replace").removeprefix("\ufeff")
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def as_object(value: object) -> Mapping[str, object]:
    """Return a JSON object as it is and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def clean_text(value: object, max_length: int) -> str:
    """Return text on one line without unseen characters, cut; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    # The beginning is enough: a hostile text of megabytes is not searched to its end.
    text = value[: 4 * max_length]
    if not (text.isascii() and text.isprintable()):
        text = "".join(_seen(character) for character in text)
    return " ".join(text.split())[:max_length].rstrip()


def clean_description(value: object) -> str:
    """Return a cleaned text without a stray prefix such as "[STK_CB - ]"."""
    return _STRAY_PREFIX.sub("", clean_text(value, MAX_TEXT_LENGTH))


def without_private_parts(text: str) -> str:
    """Return a text fit for a log: what may be an address, a phone or an id is blotted out."""
    return _PRIVATE.sub("...", text)


def read_whole(value: object) -> int | None:
    """Return a whole number given as 1500, 1500.0, "1500" or "1500.00"; None for all else."""
    if isinstance(value, str):
        text = value.strip()
        value = Decimal(text) if _WHOLE_TEXT.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    # The size is compared first: 1e999999 as an int would fill the memory.
    if not -_MAX_WHOLE < value < _MAX_WHOLE or value != int(value):
        return None
    return int(value)


def read_result_code(value: object) -> str | None:
    """Return a result code as text; None for what can't be one.

    The text is "0" for the integer 0 and the string "0" alone. A fraction keeps its point ("0.0"),
    because Daraja never sends one: whoever did must not be believed to have said "paid".
    """
    if isinstance(value, str):
        return value if _RESULT_CODE.fullmatch(value) else None
    if isinstance(value, Decimal):
        text = str(value)
        return text if "." in text and _RESULT_CODE.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value) if abs(value) < _MAX_WHOLE else None


def timestamp(at: datetime) -> str:
    """Return the instant as Daraja wants it: Kenya's local time, e.g. 20261123081500."""
    return _timestamp(int(at.timestamp()))


@lru_cache(maxsize=8)  # Hundreds of pushes are signed within one second.
def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, EAT).strftime(TIMESTAMP_FORMAT)


def read_timestamp(value: object) -> datetime | None:
    """Return the UTC instant of a number or text such as 20261123081500."""
    digits = str(read_whole(value))
    if not _TIMESTAMP.fullmatch(digits):
        return None
    try:
        # As ISO 8601 writes it without separators: read six times as fast as by a format.
        local = datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
        return local.replace(tzinfo=EAT).astimezone(UTC)
    except ValueError:
        return None


def _read_integer(literal: str) -> int | None:
    return int(literal) if len(literal) <= _MAX_NUMBER_LENGTH else None


def _read_fraction(literal: str) -> Decimal | None:
    if len(literal) > _MAX_NUMBER_LENGTH:
        return None
    try:
        return Decimal(literal)
    except ArithmeticError:  # an exponent beyond Decimal's own
        return None


_DECODER = json.JSONDecoder(
    parse_float=_read_fraction, parse_int=_read_integer, parse_constant=lambda _: None
)


def _seen(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSEEN else character
