"""OAuth access tokens: an hour each, and each new one kills the app's previous one."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

TOKEN_LIFE = timedelta(seconds=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    digest: str
    expires_at: datetime


class AccessTokens:
    """At most one live token per app; only its hash is kept."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._live: dict[str, _Live] = {}

    def issue(self, consumer_key: str) -> str:
        """Return a new token for this app; its previous one is worth nothing from now on."""
        token = secrets.token_urlsafe(21)
        self._live[consumer_key] = _Live(
            digest=_digest(token), expires_at=self._now() + TOKEN_LIFE
        )
        return token

    def find_consumer_key(self, token: str) -> str | None:
        """Return whose token it is, None if it is unknown, expired or superseded."""
        digest = _digest(token)
        for consumer_key, live in self._live.items():
            if secrets.compare_digest(live.digest, digest) and self._now() < live.expires_at:
                return consumer_key
        return None

    def kill_all(self) -> None:
        """Let every live token die before its time."""
        self._live.clear()

    def dump(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        return {
            consumer_key: {"digest": live.digest, "expires_at": live.expires_at.isoformat()}
            for consumer_key, live in self._live.items()
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take back what `dump` returned."""
        self._live = {
            consumer_key: _Live(
                digest=str(each["digest"]), expires_at=datetime.fromisoformat(each["expires_at"])
            )
            for consumer_key, each in saved.items()
        }


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
