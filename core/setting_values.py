"""The values of single settings: how each is written, and what is wrong with one that is not.

What shows only when settings are seen together is said by `core.settings`.
"""

import ipaddress
import re
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from core.smtp import is_loopback

# Words that Daraja's URL filter refuses (docs/daraja.md, "Callback URL").
FORBIDDEN_URL_WORDS = ("m-pesa", "mpesa", "safaricom", "exec", "exe", "cmd", "sql", "query")
_HOURS = re.compile(r"^(\d{2}):(\d{2})-(\d{2}):(\d{2})$")
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day, in minutes after midnight; the end is exclusive."""

    start_minute: int
    end_minute: int

    def __contains__(self, moment: time) -> bool:
        """Tell whether the local time lies within."""
        return self.start_minute <= moment.hour * 60 + moment.minute < self.end_minute


def _fault(message: str) -> PydanticCustomError:
    # The message may hold braces that somebody typed: it is a parameter, never the template.
    return PydanticCustomError("setting", "{reason}", {"reason": message})


def _parse_hours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _HOURS.match(value.strip())
    if match is None:
        raise _fault("is not of the form HH:MM-HH:MM, for example 07:00-21:00")
    begin_h, begin_m, end_h, end_m = (int(part) for part in match.groups())
    start, end = begin_h * 60 + begin_m, end_h * 60 + end_m
    if max(begin_m, end_m) > 59 or not start < end <= _MINUTES_A_DAY:  # noqa: PLR2004 - minutes
        raise _fault("must begin before it ends, between 00:00 and 24:00")
    return Hours(start, end)


def _parse_ids(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = value.replace(",", " ").split()
    if any(not part.isascii() or not part.isdigit() for part in parts):
        raise _fault("is not a list of Telegram ids, for example 1001,1002")
    return frozenset(int(part) for part in parts)


def _parse_networks(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        # Strict: bits beyond the mask are a slip of the pen, not a wider net.
        return frozenset(ipaddress.ip_network(part) for part in value.replace(",", " ").split())
    except ValueError:
        raise _fault("is not a list of networks, for example 196.201.214.0/24,::1") from None


def _parse_zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _fault("is not a time zone, for example Africa/Nairobi") from None


def _check_local(value: time) -> time:
    if value.tzinfo is not None:
        raise _fault("must be HH:MM of the business's own zone")
    return value


def blank_is_absent(value: Any) -> Any:
    """Return a setting as it was written, None for one of which only blanks are."""
    if isinstance(value, str) and not value.strip():
        return None
    return value.strip() if isinstance(value, str) else value


def _check_url(value: Any) -> Any:
    value = blank_is_absent(value)
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise _fault("is not an address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise _fault("is not an address that begins with https://")
    if parts.scheme == "http" and not is_loopback(value):
        raise _fault("must begin with https:// (http:// is for this machine alone)")
    if parts.query or parts.fragment:
        raise _fault("must end without ? and #")
    return value.rstrip("/")


def _check_public_url(value: Any) -> Any:
    value = _check_url(value)
    if isinstance(value, str):
        word = next((word for word in FORBIDDEN_URL_WORDS if word in value.lower()), None)
        if word is not None:
            raise _fault(f"must not contain {word!r}: Safaricom refuses such callback addresses")
    return value


def _check_database_url(value: Any) -> Any:
    known = ("sqlite://", "postgres://", "postgresql://", "asyncpg://")
    if isinstance(value, str) and not value.startswith(known):
        raise _fault("must begin with sqlite:// or postgres://")
    if isinstance(value, str) and not _is_whole(value):
        raise _fault(
            "is not whole, for example sqlite://fluxpay.db or postgres://user:password@host/name"
        )
    return value


def _is_whole(database_url: str) -> bool:
    if database_url.startswith("sqlite://"):
        return database_url.removeprefix("sqlite://").partition("?")[0] != ""
    try:
        return urlsplit(database_url).port != 0
    except ValueError:  # What follows the host's colon is no port.
        return False


Text = Annotated[str | None, BeforeValidator(blank_is_absent)]
Secret = Annotated[SecretStr | None, BeforeValidator(blank_is_absent)]
_Digits = Annotated[str, Field(pattern=r"^\d{5,7}$")]
Shortcode = Annotated[_Digits | None, BeforeValidator(blank_is_absent)]
Url = Annotated[str, BeforeValidator(_check_url)]
OptionalUrl = Annotated[str | None, BeforeValidator(_check_url)]
PublicUrl = Annotated[str | None, BeforeValidator(_check_public_url)]
DatabaseUrl = Annotated[str, BeforeValidator(_check_database_url)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = Annotated[frozenset[Network], NoDecode, BeforeValidator(_parse_networks)]
TelegramIds = Annotated[frozenset[int], NoDecode, BeforeValidator(_parse_ids)]
Zone = Annotated[ZoneInfo, NoDecode, BeforeValidator(_parse_zone)]
LocalTime = Annotated[time, AfterValidator(_check_local)]
PartOfDay = Annotated[Hours, NoDecode, BeforeValidator(_parse_hours)]
