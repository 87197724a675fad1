"""Logging: events with fields on stderr, and no secret or whole phone number in any of them."""

import contextlib
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, TextIO

import structlog

# However it is grouped: 0712345678, +254 712-345-678, 0712 34 56 78.
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)?254|0)[ -]?(?=[17])((?:\d[ -]?){8}\d)(?!\d)")
_SECRETS = re.compile(
    r"(?<!\d)\d{3,}:[A-Za-z0-9_-]{20,}"  # a bot's token, also behind /bot in an address
    r"|\bfp_[0-9a-f]{16,}"  # an API key
    r"|\b[0-9a-f]{48}\b"  # what the wiring mints: tokens of callbacks and invitations
    r"|(?<=\bws_CO_)\w+"  # Daraja ends a CheckoutRequestID with the phone number
    r"|(?i:(?<=\bbearer )|(?<=\bbasic ))[\w.~+/=-]+"
    r"|(?<=://)[^\s/:]*:[^\s/]+(?=@)"  # the login in an address, the database's for one
)
_CALLBACK = re.compile(r"(/api/payments/callback/)(?!\{)[^\s/?\"']+")
# Most of what is logged is one of these: nothing of the above can hide there.
_HARMLESS = re.compile(
    r"(?!fp_)[A-Za-z][a-z_]{0,39}"  # a plain word
    r"|\d{1,8}"  # a short number
    r"|(?:/(?!callback/[a-z])[a-z]{1,15})+/\{[a-z]{1,15}\}"  # a template such as /api/plans/{id}
)
_LEAST_PHONE = 10**8
_SECRET_FIELDS = frozenset(
    {"token", "password", "passkey", "consumer_key", "consumer_secret", "secret_key", "api_key"}
    | {"authorization", "access_token", "pin"}
)
_SECRET_ENDINGS = tuple(f"_{name}" for name in _SECRET_FIELDS)
_HIDDEN = "***"
# They write down addresses with a token in them, rows as they are stored, or each tick.
_TALKATIVE = (
    "aiohttp.access",
    "aiosqlite",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "telegram",
    "tortoise",
)

Event = MutableMapping[str, Any]


def mask(text: str) -> str:
    """Return the text with phone numbers shortened and tokens taken out."""
    if _HARMLESS.fullmatch(text):
        return text
    text = _CALLBACK.sub(rf"\1{_HIDDEN}", text)
    text = _SECRETS.sub(_HIDDEN, text)
    return _PHONE.sub(_shorten, text)


def _shorten(phone: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", phone[1])
    return f"0{digits[:3]}{_HIDDEN}{digits[-3:]}"


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _mask_field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(item) for item in value]
    # Ids of chats and rows are not phone numbers, but a phone as a number is still a phone.
    if isinstance(value, int) and abs(value) >= _LEAST_PHONE:
        masked = mask(str(value))
        return value if masked == str(value) else masked
    if isinstance(value, BaseException | bytes):
        return mask(str(value))
    return value


def _mask_field(name: str, value: Any) -> Any:
    return _HIDDEN if _is_secret(name.lower()) else _mask_value(value)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return name in _SECRET_FIELDS or name.endswith(_SECRET_ENDINGS)


def _mask_event(_logger: Any, _method: str, event: Event) -> Event:
    return {
        # The processor before this one wrote the timestamp.
        name: value if name == "timestamp" else _mask_field(name, value)
        for name, value in event.items()
    }


class _Lines:
    """Where structlog hands its events: each becomes one line at once.

    Not through the standard library's loggers, which would cost more than all else about a line.
    """

    def __init__(self, processors: Sequence[Any], stream: TextIO) -> None:
        self._processors = processors
        self._stream = stream

    def _write(self, /, **event: Any) -> None:
        # As with a handler of the standard library: a line that can't be written, the stream's
        # reader being gone for one, must not stop whoever wrote it.
        with contextlib.suppress(Exception):
            line: Any = event
            for processor in self._processors:
                line = processor(self, "", line)
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = exception = _write


def configure_logs(log_format: str, *, level: str = "info") -> None:
    """Send our events and other libraries' lines to stderr, as `console` text or as `json`."""
    lowest = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.processors.format_exc_info, _mask_event, renderer]
    lines = _Lines(last, sys.stderr)
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=lowest, force=True)
    quiet(_TALKATIVE)


def quiet(names: Iterable[str]) -> None:
    """Let these libraries speak only of trouble, whatever LOG_LEVEL says."""
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)
