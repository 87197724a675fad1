"""Why nobody may be prompted beside a prompt that is out: it waits for a PIN, or nobody knows."""

from core.billing.spacing import is_silent
from core.errors import PhoneHasOpenPrompt
from core.models import StkPush
from core.services.context import Context


async def open_prompt(context: Context, *phones: str) -> PhoneHasOpenPrompt:
    """Return the refusal that the live prompts of these phones give cause for."""
    return _refusal(context, await StkPush.filter(live_phone__in=list(phones)))


async def open_prompt_for(context: Context, *transaction_ids: int) -> PhoneHasOpenPrompt:
    """Return the refusal that the live prompts for these transactions give cause for."""
    pushes = await StkPush.filter(live_transaction_id__in=list(transaction_ids))
    return _refusal(context, pushes)


def _refusal(context: Context, pushes: list[StkPush]) -> PhoneHasOpenPrompt:
    now = context.now()
    if not all(is_silent(push.state, push.sent_at or push.created_at, now=now) for push in pushes):
        return PhoneHasOpenPrompt()
    closes_after = context.settings.unknown_closes_after
    last = max((push.created_at for push in pushes), default=None)
    return PhoneHasOpenPrompt(decided_by=last and last + closes_after)
