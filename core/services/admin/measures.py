"""What an operator's instruments show: how callbacks end, and how much waits."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tortoise.functions import Count

from core.billing.lifecycle import TransactionStatus
from core.models import (
    InboundEvent,
    InboundSource,
    Notification,
    NotificationState,
    Transaction,
)
from core.services.context import Context

# Longer than a batch of callbacks takes to commit: what is counted once is never looked at again.
_LAG = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """How much waits now."""

    callbacks: int
    """Stored and not settled."""
    updates: int
    """Telegram's updates that the bot has not handled."""
    notices: int
    prompts: int
    """Bills whose time to be asked for has come, within the sociable hours or not."""


class MeasureService:
    """Read only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counted: Counter[str] = Counter()
        self._counted_until = context.now() - _LAG
        self._counting = asyncio.Lock()

    async def outcomes(self) -> Mapping[str, int]:
        """Return how many callbacks ended in each word, whichever process handled them.

        Counted from the database, since this process began and up to half a minute ago: each call
        looks only at what is new.
        """
        async with self._counting:
            until = self._context.now() - _LAG
            rows = (
                await InboundEvent.filter(
                    source=InboundSource.STK,
                    handled_at__gt=self._counted_until,
                    handled_at__lte=until,
                )
                .annotate(number=Count("id"))
                .group_by("outcome")
                .values("outcome", "number")
            )
            for row in rows:
                self._counted[str(row["outcome"])] += int(str(row["number"]))
            self._counted_until = max(until, self._counted_until)
            return dict(self._counted)

    async def queues(self) -> Queues:
        """Return the depths."""
        return Queues(
            callbacks=await self._unhandled(InboundSource.STK),
            updates=await self._unhandled(InboundSource.TELEGRAM),
            notices=await Notification.filter(state=NotificationState.QUEUED).count(),
            prompts=await Transaction.filter(
                status=TransactionStatus.PENDING, next_attempt_at__lte=self._context.now()
            ).count(),
        )

    async def _unhandled(self, source: InboundSource) -> int:
        return await InboundEvent.filter(source=source, handled_at=None).count()
