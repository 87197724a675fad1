"""The rests between the prompts of one phone, whoever asks and whoever owns the bills."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.billing.lifecycle import PushState

# Daraja locks a subscriber for a minute, and refuses the same amount for two
# (docs/daraja.md, "Limits").
REST = timedelta(seconds=60)
SAME_AMOUNT_REST = timedelta(seconds=120)
# Some say one minute, some three (docs/daraja.md, "Limits").
_LONGEST_LIFE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A prompt that a phone showed, or may have shown."""

    at: datetime
    amount_kes: int


def is_silent(state: PushState, since: datetime, *, now: datetime) -> bool:
    """Tell whether nothing is known of a prompt that nobody can answer any more, or never could.

    `since` is when it was sent.
    """
    is_over = since + _LONGEST_LIFE <= now
    return state is PushState.UNKNOWN or (state is PushState.SENT and is_over)


def wait_for(amount_kes: int, rung: Iterable[Rung], *, now: datetime) -> timedelta | None:
    """Return how long a prompt for this amount has to wait, None for not at all."""
    ends = [one.at + (SAME_AMOUNT_REST if one.amount_kes == amount_kes else REST) for one in rung]
    until = max(ends, default=now)
    return until - now if until > now else None
