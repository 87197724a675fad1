"""The log of what was said over HTTP to the doubles and by them, with the secrets left out."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sandbox.deleted import HIDDEN, IsGone, hide_all, without_words, wrote_gone
from sandbox.rows import Part, Shelf, Whole

KEPT = 200
BODY_LIMIT = 4_000
"""Characters of a body that are kept."""

_SECRET_FIELDS = frozenset(
    {"password", "pin", "access_token", "secret_token", "securitycredential", "token"}
)
_BOT_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}")
_BOT_PATH = re.compile(r"(?<=/bot)[^/?#]+")
_LONG_SEGMENT = re.compile(r"(?<=/)[A-Za-z0-9_-]{24,}(?=[/?#]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer; `status` is None if there was none."""

    id: int
    at: str
    service: str
    """`daraja`, `telegram`, or `callback` for what the sandbox sent."""
    method: str
    path: str
    status: int | None
    request: Any
    response: Any
    note: str = ""


class Exchanges:
    """The last 200 exchanges."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        changed: Callable[[], None] = lambda: None,
        is_gone: IsGone = lambda _message_id: False,
    ) -> None:
        self._now = now
        self._is_gone = is_gone
        self._changed = changed
        self._last: Shelf[int, Exchange] = Shelf(asdict)
        self._next_id = 1

    def record(  # noqa: PLR0913 - the parts of an exchange, all named
        self,
        *,
        service: str,
        method: str,
        path: str,
        status: int | None,
        request: Any = None,
        response: Any = None,
        note: str = "",
    ) -> None:
        """Add an exchange; its secrets are hidden here, so callers need not think of them."""
        exchange = Exchange(
            id=self._next_id,
            at=self._now().isoformat(timespec="milliseconds"),
            service=service,
            method=method,
            path=hide_in_text(path),
            status=status,
            request=_cut(hide_secrets(request)),
            response=_cut(hide_secrets(response)),
            note=note,
        )
        self._next_id += 1
        self._last[exchange.id] = self._without_deleted(exchange)
        for old in list(self._last)[:-KEPT]:
            del self._last[old]
        self._changed()

    def forget_deleted(self) -> None:
        """Leave nothing here of what deleted messages said."""
        for exchange in list(self._last.values()):
            shown = self._without_deleted(exchange)
            if shown != exchange:
                self._last[exchange.id] = shown

    def after(self, exchange_id: int) -> list[dict[str, Any]]:
        """Return the exchanges younger than this one, oldest first."""
        return [asdict(each) for each in self._last.values() if each.id > exchange_id]

    def parts(self) -> dict[str, Part]:
        """Return the parts of its state."""
        return {"next_id": Whole(lambda: self._next_id), "last": self._last}

    def load(self, saved: dict[str, Any]) -> None:
        """Take back the state that its parts were."""
        self._next_id = int(saved["next_id"])
        self._last.replace((each["id"], Exchange(**each)) for each in saved["last"])

    def _without_deleted(self, exchange: Exchange) -> Exchange:
        if exchange.service != "telegram":
            return exchange
        is_of_gone = wrote_gone(exchange.response, self._is_gone)
        request = exchange.request
        return replace(
            exchange,
            request=hide_all(request) if is_of_gone else without_words(request, self._is_gone),
            response=without_words(exchange.response, self._is_gone),
        )


def readable(body: bytes, content_type: str) -> Any:
    """Return a body as JSON can show it: parsed JSON, form fields, or text."""
    if not body:
        return None
    if content_type.startswith("multipart/"):
        return "(an upload)"
    text = body.decode(errors="replace")
    if content_type == "application/x-www-form-urlencoded":
        return {name: _parsed(value) for name, value in parse_qsl(text, keep_blank_values=True)}
    return _parsed(text)


def hide_secrets(value: Any) -> Any:
    """Return a body with passwords, PINs, tokens and callback tokens replaced by dots."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if str(name).lower() in _SECRET_FIELDS else hide_secrets(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [hide_secrets(each) for each in value]
    return hide_in_text(value) if isinstance(value, str) else value


def hide_in_text(text: str) -> str:
    """Return text without bot tokens and without long path segments of URLs."""
    text = _BOT_TOKEN.sub(HIDDEN, text)
    if not text.startswith(("/", "http://", "https://")):
        return text
    return _LONG_SEGMENT.sub(HIDDEN, _BOT_PATH.sub(HIDDEN, text))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _cut(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= BODY_LIMIT else f"{text[:BODY_LIMIT]} …"
