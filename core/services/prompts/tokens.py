"""Daraja's OAuth token, shared through the database: each new one kills the one before it.

A process keeps the token that it has found until that expires or Daraja refuses it. Whoever
fetches a new one meanwhile costs the others the calls that Daraja turns away at the door, unread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tortoise.expressions import Q

from core.cipher import Cipher, InvalidToken, sha256_hex
from core.clock import Clock
from core.models import DarajaToken
from core.ports import AccessToken

# Longer than a token request may take (core/daraja/client.py); after that its process is taken for
# dead. Until then every prompt waits.
_FETCH_LEASE = timedelta(seconds=15)
_POLL_S = 0.05


class SharedTokens:
    """The engine's core.ports.TokenStore."""

    def __init__(self, clock: Clock, cipher: Cipher) -> None:
        self._clock = clock
        self._cipher = cipher
        self._known: dict[str, AccessToken] = {}
        self._flights: dict[tuple[str, str | None], asyncio.Task[AccessToken]] = {}

    async def get(
        self,
        credentials: str,
        *,
        refused: str | None,
        fetch: Callable[[], Awaitable[AccessToken]],
    ) -> str:
        """Return the live token; see core.ports.TokenStore."""
        known = self._known.get(credentials)
        if known is None or known.value == refused or known.expires_at <= self._clock.now():
            known = await self._share((sha256_hex(credentials), refused), fetch)
            self._known[credentials] = known
        return known.value

    async def _share(
        self, flight: tuple[str, str | None], fetch: Callable[[], Awaitable[AccessToken]]
    ) -> AccessToken:
        """Find a token together with whoever is looking for the same one."""
        task = self._flights.get(flight)
        if task is None:
            # All who wait share its end, a failure too: twenty timeouts one by one take too long.
            task = asyncio.create_task(self._find(*flight, fetch))
            self._flights[flight] = task
            task.add_done_callback(lambda _: self._flights.pop(flight))
        return await asyncio.shield(task)

    async def _find(
        self, key_hash: str, refused: str | None, fetch: Callable[[], Awaitable[AccessToken]]
    ) -> AccessToken:
        while True:
            token = await self._stored(key_hash)
            if token is not None and token.value != refused:
                return token
            if await self._may_fetch(key_hash):
                break
            await asyncio.sleep(_POLL_S)
        # Another process may have put a new one there between our look and our turn.
        token = await self._stored(key_hash)
        if token is not None and token.value != refused:
            await DarajaToken.filter(key_hash=key_hash).update(fetching_until=None)
            return token
        return await self._fetch(key_hash, fetch)

    async def _stored(self, key_hash: str) -> AccessToken | None:
        row = await DarajaToken.get_or_none(key_hash=key_hash, expires_at__gt=self._clock.now())
        if row is None or row.expires_at is None or row.token_encrypted is None:
            return None
        try:
            value = self._cipher.decrypt(row.token_encrypted)
        except InvalidToken:
            return None
        return AccessToken(value=value, expires_at=row.expires_at)

    async def _may_fetch(self, key_hash: str) -> bool:
        """Take the right to fetch, which one process has at a time."""
        now = self._clock.now()
        await DarajaToken.bulk_create([DarajaToken(key_hash=key_hash)], ignore_conflicts=True)
        taken = await DarajaToken.filter(
            Q(fetching_until=None) | Q(fetching_until__lte=now), key_hash=key_hash
        ).update(fetching_until=now + _FETCH_LEASE)
        return bool(taken)

    async def _fetch(
        self, key_hash: str, fetch: Callable[[], Awaitable[AccessToken]]
    ) -> AccessToken:
        row = DarajaToken.filter(key_hash=key_hash)
        try:
            token = await fetch()
        except BaseException:
            await row.update(fetching_until=None)
            raise
        await row.update(
            token_encrypted=self._cipher.encrypt(token.value),
            expires_at=token.expires_at,
            fetching_until=None,
        )
        return token
