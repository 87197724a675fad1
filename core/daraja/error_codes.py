"""What the errors in Daraja's HTTP answers mean for a push.

One code has many meanings (500.001.1001 has at least five), so the words are looked at first and
the code second. What neither knows is None: nobody knows whether a prompt was sent.
"""

import re
from http import HTTPStatus

from core.ports import BusyKind, RefusalKind

Meaning = RefusalKind | BusyKind | None

TOKEN_REFUSED_CODES = frozenset({"404.001.03", "400.003.01", "401.002.01", "401.003.01"})
"""Daraja's ways to refuse a token, each from another of its APIs."""

_PHRASES: tuple[tuple[str, RefusalKind | BusyKind], ...] = (
    ("unable to lock subscriber", BusyKind.PHONE_LOCKED),
    ("spike arrest", BusyKind.SPIKE_ARREST),
    ("spikearrest", BusyKind.SPIKE_ARREST),
    ("quota violation", BusyKind.QUOTA),
    ("quotaviolation", BusyKind.QUOTA),
    ("system is busy", BusyKind.SYSTEM_BUSY),
    ("merchant does not exist", RefusalKind.MERCHANT),
    ("wrong credentials", RefusalKind.MERCHANT),
    ("invalid access token", RefusalKind.MERCHANT),
    ("no apiproduct match", RefusalKind.MERCHANT),
    # From older error pages and plugin trackers; each says that nothing was begun.
    ("merchant not allowed", RefusalKind.MERCHANT),
    ("no till is found", RefusalKind.MERCHANT),
    ("missing iccid", RefusalKind.PHONE),
)

_CODES: dict[str, RefusalKind | BusyKind] = {
    **dict.fromkeys(TOKEN_REFUSED_CODES, RefusalKind.MERCHANT),
    "400.002.05": RefusalKind.REQUEST,
    "400.003.02": RefusalKind.REQUEST,
    "400.008.01": RefusalKind.MERCHANT,
    # Wrong address, header or method: no push of anybody gets through until that is mended.
    "404.001.01": RefusalKind.MERCHANT,
    "404.001.04": RefusalKind.MERCHANT,
    "405.001": RefusalKind.MERCHANT,
    "500.003.02": BusyKind.SYSTEM_BUSY,
    "500.003.03": BusyKind.QUOTA,
}

_INVALID_FIELD_CODE = "400.002.02"
_INVALID_FIELD = re.compile(r"invalid\s+([a-z]+)", re.IGNORECASE)
_FIELDS = {
    "phonenumber": RefusalKind.PHONE,
    "partya": RefusalKind.PHONE,
    "businessshortcode": RefusalKind.MERCHANT,
    "partyb": RefusalKind.MERCHANT,
    "password": RefusalKind.MERCHANT,
}

_STATUSES: dict[int, RefusalKind | BusyKind] = {
    HTTPStatus.UNAUTHORIZED: RefusalKind.MERCHANT,
    HTTPStatus.TOO_MANY_REQUESTS: BusyKind.SPIKE_ARREST,
}

_REFUSING_STATUSES = frozenset({400, 403, 404, 405, 415, 422})
_REFUSING_CODE = re.compile(r"40[0-9]\.[0-9.]+")


def meaning_of(status: int, code: str, message: str) -> Meaning:
    """Return what an error answer to a push means, from its words, its code, its status.

    `code` and `message` are empty when the answer had none.
    """
    words = f"{message} {code}".lower()
    spoken = next((meaning for phrase, meaning in _PHRASES if phrase in words), None)
    if spoken is not None:
        return spoken
    if code == _INVALID_FIELD_CODE:
        return _refused_field(message)
    return _CODES.get(code) or _STATUSES.get(status) or _plain_refusal(status, code)


def _refused_field(message: str) -> RefusalKind:
    field = _INVALID_FIELD.search(message)
    return _FIELDS.get(field[1].lower() if field else "", RefusalKind.REQUEST)


def _plain_refusal(status: int, code: str) -> RefusalKind | None:
    """Return REQUEST if Daraja itself and HTTP both say that the request was at fault.

    A 4xx page without Daraja's own code may come from anything in between, and says nothing.
    """
    if status in _REFUSING_STATUSES and _REFUSING_CODE.fullmatch(code):
        return RefusalKind.REQUEST
    return None
