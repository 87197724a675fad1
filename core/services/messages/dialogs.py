"""Forms in the making: every answer is a row before the next question is asked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.models import Dialog
from core.services.context import Context

_LIFETIME = timedelta(days=7)


class DialogService:
    """Keep one form for each person."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, telegram_id: int) -> Dialog | None:
        """Return the person's form unless he left it lying for a week."""
        return await Dialog.get_or_none(
            telegram_id=telegram_id, expires_at__gt=self._context.now()
        )

    async def save(
        self,
        telegram_id: int,
        *,
        form: str,
        step: str,
        answers: Mapping[str, Any],
        message_id: int | None,
    ) -> Dialog:
        """Store the form as it stands now, in place of the one before."""
        now = self._context.now()
        values = {
            "form": form,
            "step": step,
            "answers": dict(answers),
            "message_id": message_id,
            "updated_at": now,
            "expires_at": now + _LIFETIME,
        }
        dialog, _ = await Dialog.update_or_create(values, telegram_id=telegram_id)
        return dialog

    async def clear(self, telegram_id: int) -> None:
        """Forget the person's form."""
        await Dialog.filter(telegram_id=telegram_id).delete()
