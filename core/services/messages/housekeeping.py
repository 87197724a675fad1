"""What may be forgotten: it has done its work, and keeping it would only keep what people wrote.

Callbacks, notices and everything about money stay for good.
"""

from datetime import timedelta

from core.models import Dialog, IdempotencyKey, InboundEvent, InboundSource
from core.services.context import Context

# Telegram keeps an update for 24 hours (core.telegram.org/bots/api#getting-updates): after twice
# that no repeat can come. Its ids may begin anew after a week, or with another bot.
_UPDATES_KEPT = timedelta(days=2)
_KEYS_KEPT = timedelta(days=30)
# A statement that deletes more would hold up those who write meanwhile.
_AT_ONCE = 1_000


class HousekeepingService:
    """Forget, a little at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def forget_what_is_done(self) -> int:
        """Delete handled updates, old idempotency keys and abandoned forms; return how many."""
        now = self._context.now()
        updates = InboundEvent.filter(
            source=InboundSource.TELEGRAM, handled_at__lte=now - _UPDATES_KEPT
        )
        keys = IdempotencyKey.filter(status__not_isnull=True, created_at__lte=now - _KEYS_KEPT)
        forms = Dialog.filter(expires_at__lte=now)
        forgotten = 0
        for rows in (updates, keys, forms):
            ids = await rows.order_by("id").limit(_AT_ONCE).values_list("id", flat=True)
            if ids:
                forgotten += await rows.model.filter(id__in=list(ids)).delete()
        return forgotten
