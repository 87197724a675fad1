"""The switch that stops every prompt: a row in the database, so that all processes obey it."""

from core.billing.text import check_text
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue
from core.models import PromptStop
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import Notices

_ALL = "all"
_LONGEST_REASON = 300


class PromptStopService:
    """Stop all prompts, automatic ones and those that a person asks for, and let them go on."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def find(self) -> PromptStop | None:
        """Return the stop that holds now."""
        return await find_stop()

    async def stop(self, *, admin_telegram_id: int, reason: str) -> PromptStop:
        """Let nothing go out from now on, and tell every owner why. What is on its way, arrives.

        Raises:
            NotAllowed: `admin_only`.
            InvalidInput: `reason`.
            Conflict: `stopped_already`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        try:
            words = check_text(reason, max_length=_LONGEST_REASON)
        except InvalidValue as error:
            raise InvalidInput({"reason": error.fault}) from None
        async with transaction():
            if await find_stop() is not None:
                raise Conflict("stopped_already")
            now = self._context.now()
            row = PromptStop(stop_key=_ALL, reason=words, by=actor, at=now)
            await PromptStop.bulk_create([row], ignore_conflicts=True)
            await audit(self._context, actor, "stop_prompts", "prompts", reason=words)
            key = f"stopped:{now.timestamp()}"
            await self._notices.all_owners("prompts_stopped", {"reason": words}, key=key)
        return row

    async def resume(self, *, admin_telegram_id: int) -> None:
        """Let prompts go out again, and tell every owner; a repeat is harmless.

        Raises:
            NotAllowed: `admin_only`.
        """
        actor = self._context.require_admin(admin_telegram_id)
        async with transaction():
            if not await PromptStop.filter(stop_key=_ALL).delete():
                return
            await audit(self._context, actor, "resume_prompts", "prompts")
            key = f"resumed:{self._context.now().timestamp()}"
            await self._notices.all_owners("prompts_resumed", {}, key=key)


async def find_stop() -> PromptStop | None:
    """Return the stop that holds now, for whoever is about to prompt."""
    return await PromptStop.get_or_none(stop_key=_ALL)


async def check_not_stopped() -> None:
    """Refuse a prompt while all are stopped.

    Raises:
        Conflict: `prompts_stopped`, with the admin's words as `why`.
    """
    stop = await find_stop()
    if stop is not None:
        raise Conflict("prompts_stopped", why=stop.reason)
