"""Telegram's updates: stored before they are acknowledged, and handled in each person's order."""

import json
from collections.abc import Sequence
from datetime import timedelta

from core.cipher import sha256_hex
from core.database import transaction
from core.models import InboundEvent, InboundSource
from core.services.context import Context
from core.services.messages.intake import Intake

_MOST_LOOKED_AT = 100
# Held until the event is handled, or until the one bot process starts anew and lets all go.
_FOR_GOOD = timedelta(days=36_500)
_HIDDEN = "•••"


class UpdateService:
    """Store updates, and hand them to the one bot process."""

    def __init__(self, context: Context, intake: Intake) -> None:
        self._context = context
        self._intake = intake

    async def receive(self, update_id: int, user_id: int | None, body: bytes) -> bool:
        """Store one of Telegram's updates; False for a repeat.

        Each bot counts its own: another token on the same database repeats nothing.
        """
        return await self._intake.store(
            {
                "source": InboundSource.TELEGRAM,
                "dedupe_key": self._guard(update_id),
                "sort_key": update_id,
                "subject": user_id,
                "body": body,
            }
        )

    def _guard(self, update_id: int) -> str:
        """Return an update's guard; what stands before the colon of a token is its bot's id."""
        token = self._context.settings.telegram_bot_token
        bot_id = token.get_secret_value().partition(":")[0] if token else ""
        return sha256_hex(f"TELEGRAM:{bot_id}:{update_id}")

    async def claim(self, limit: int = 20, *, finished: Sequence[int] = ()) -> list[InboundEvent]:
        """Return updates to handle now: in order, and one of each person at a time.

        For the one bot process. Each must be finished, by `finish` or by the next claim,
        which marks the `finished` ones in its own commit.
        """
        async with transaction():
            await self._mark_finished(finished)
            waiting = (
                await InboundEvent.filter(source=InboundSource.TELEGRAM, handled_at=None)
                .order_by("sort_key")
                .limit(_MOST_LOOKED_AT)
            )
            claimed = _first_of_each(waiting)[:limit]
            if not claimed:
                return []
            await InboundEvent.filter(id__in=[event.id for event in claimed]).update(
                leased_until=self._context.now() + _FOR_GOOD
            )
        return claimed

    async def finish(self, event_ids: Sequence[int]) -> None:
        """Mark these updates as handled."""
        async with transaction():
            await self._mark_finished(event_ids)

    async def _mark_finished(self, event_ids: Sequence[int]) -> None:
        if event_ids:
            await InboundEvent.filter(id__in=list(event_ids)).update(
                handled_at=self._context.now(), leased_until=None, outcome="handled"
            )

    async def hide_text(self, update_id: int) -> None:
        """Forget what somebody typed in this update: a secret must not stay in the clear."""
        row = await InboundEvent.get_or_none(dedupe_key=self._guard(update_id))
        if row is None:
            return
        update = json.loads(bytes(row.body))
        update["message"] = {**update.get("message", {}), "text": _HIDDEN}
        update["message"].pop("entities", None)
        await InboundEvent.filter(id=row.id).update(body=json.dumps(update).encode())

    async def release(self) -> None:
        """Let go of what an earlier bot process held when it died; the new one calls it first."""
        await InboundEvent.filter(source=InboundSource.TELEGRAM, handled_at=None).update(
            leased_until=None
        )


def _first_of_each(waiting: Sequence[InboundEvent]) -> list[InboundEvent]:
    busy = {event.subject for event in waiting if event.leased_until is not None}
    first: list[InboundEvent] = []
    for event in waiting:
        if event.leased_until is None and (event.subject is None or event.subject not in busy):
            first.append(event)
            busy.add(event.subject)
    return first
