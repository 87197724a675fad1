"""An API caller's Idempotency-Key: the same request gets the first answer, and acts once."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from core.database import transaction
from core.errors import Conflict
from core.models import IdempotencyKey
from core.services.context import Context

# Longer than a charge may wait for Daraja; after that its process is taken for dead.
_UNFINISHED_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A POST under a caller's key. `scope` is the method and path, for example POST /api/plans."""

    owner_id: int
    scope: str
    key: str
    body: bytes

    @property
    def scope_key(self) -> str:
        """The row's unique key."""
        parts = (str(self.owner_id), self.scope, self.key)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def request_hash(self) -> str:
        """What must be the same in a repeat."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, as it was given the first time."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A request whose answer is still to be made.

    `transaction_id` is set when an earlier process died between the charge and its answer.
    """

    id: int
    transaction_id: int | None


class IdempotencyService:
    """Remember first answers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def once(self, request: KeyedRequest, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the first answer to this request, made now if there is none.

        Key, work and answer are one DB transaction, so `make` must be local work. What it raises
        comes through, and nothing is stored.

        Raises:
            Conflict: `idempotency_key_reused`, with another body.
        """
        async with transaction():
            row, is_ours = await self._row(request)
            if not is_ours and row.status is not None:
                return Answer(row.status, row.body or "")
            answer = await make()
            await self.finish(row.id, answer)
        return answer

    async def begin(self, request: KeyedRequest) -> Answer | Begun | None:
        """Claim the key for a charge, or return the first answer; None while a twin is at work.

        Raises:
            Conflict: `idempotency_key_reused`, with another body.
        """
        async with transaction():
            row, is_ours = await self._row(request)
        if row.status is not None:
            return Answer(row.status, row.body or "")
        if is_ours:
            return Begun(row.id, None)
        return Begun(row.id, row.transaction_id) if await self._take_over(row) else None

    async def _take_over(self, row: IdempotencyKey) -> bool:
        """Go on where a dead process stopped."""
        now = self._context.now()
        return bool(
            await IdempotencyKey.filter(
                id=row.id, status=None, created_at__lte=now - _UNFINISHED_FOR
            ).update(created_at=now)
        )

    async def _row(self, request: KeyedRequest) -> tuple[IdempotencyKey, bool]:
        """Return the key's row, and whether it was made by this call."""
        fresh = IdempotencyKey(
            owner_id=request.owner_id,
            scope_key=request.scope_key,
            request_hash=request.request_hash,
            created_at=self._context.now(),
        )
        while True:
            row = await IdempotencyKey.get_or_none(scope_key=request.scope_key)
            if row is None and await _insert(fresh):
                return fresh, True
            if row is not None:
                break
        if row.request_hash != request.request_hash:
            raise Conflict("idempotency_key_reused")
        return row, False

    async def finish(self, key_id: int, answer: Answer) -> None:
        """Keep the answer for every repeat."""
        await IdempotencyKey.filter(id=key_id).update(status=answer.status, body=answer.body)

    async def abandon(self, key_id: int) -> None:
        """Forget a request that was refused before anything was written."""
        await IdempotencyKey.filter(id=key_id, transaction_id=None).delete()


async def _insert(row: IdempotencyKey) -> bool:
    """Insert; False if a twin in another process was faster."""
    try:
        async with transaction():  # A savepoint: the violation must not spoil what is around it.
            await row.save(force_create=True)
    except IntegrityError:
        return False
    return True
