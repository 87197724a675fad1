"""What an owner may choose for his business, and what holds where he has chosen nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum

from core.billing.dunning import RetryPolicy
from core.errors import InvalidValue

MOST_RETRIES = 3
MOST_GRACE_DAYS = 60
MINUTES_A_DAY = 24 * 60


class NoticeKind(StrEnum):
    """The notices that an owner can have his own way."""

    PAID = "PAID"
    """Money came, as was hoped."""
    RETRIED = "RETRIED"
    """A client is asked again."""
    CLIENTS = "CLIENTS"
    """What clients do: open an invitation, accept or decline it, pause, leave."""
    FAILED = "FAILED"
    """Something went wrong, or waits for a person: it can be silent, but not off."""


class NoticeMode(StrEnum):
    """How an owner wants a kind of notice."""

    ON = "ON"
    SILENT = "SILENT"
    OFF = "OFF"


NEVER_OFF = frozenset({NoticeKind.FAILED})
Modes = Mapping[str, str]
"""A mode for each kind that the owner has an opinion on, as JSON keeps it."""

_KINDS: Mapping[str, NoticeKind] = {
    "payment_received": NoticeKind.PAID,
    "payment_retrying": NoticeKind.RETRIED,
    "invitation_accepted": NoticeKind.CLIENTS,
    "invitation_declined": NoticeKind.CLIENTS,
    "invitation_in_vain": NoticeKind.CLIENTS,
    "invitation_not_me": NoticeKind.CLIENTS,
    "invitation_opened": NoticeKind.CLIENTS,
    "client_erased": NoticeKind.CLIENTS,
    "client_left": NoticeKind.CLIENTS,
    "client_new_phone": NoticeKind.CLIENTS,
    "client_paused": NoticeKind.CLIENTS,
    "client_went_on": NoticeKind.CLIENTS,
    "subscription_ended": NoticeKind.CLIENTS,
    "subscription_resumed": NoticeKind.CLIENTS,
    "client_unreachable": NoticeKind.FAILED,
    "payment_failed": NoticeKind.FAILED,
    "prompt_unknown": NoticeKind.FAILED,
    "needs_you": NoticeKind.FAILED,
    "event_parked": NoticeKind.FAILED,
    "extra_payment": NoticeKind.FAILED,
    "prompts_halted": NoticeKind.FAILED,
    "parked": NoticeKind.FAILED,
    "suspended": NoticeKind.FAILED,
}


def kind_of(template: str) -> NoticeKind | None:
    """Return the kind of a template; None for what the owner has asked for and always gets."""
    return _KINDS.get(template)


def mode_of(kind: NoticeKind, modes: Modes) -> NoticeMode:
    """Return how the kind goes out."""
    mode = NoticeMode(modes.get(kind.value, NoticeMode.ON))
    if mode is NoticeMode.OFF and kind in NEVER_OFF:
        return NoticeMode.SILENT
    return mode


def check_mode(kind: NoticeKind, mode: NoticeMode) -> NoticeMode:
    """Return the mode.

    Raises:
        InvalidValue: `never_off`.
    """
    if mode is NoticeMode.OFF and kind in NEVER_OFF:
        raise InvalidValue("never_off")
    return mode


def check_minute(minute: int) -> int:
    """Return a minute of the day, 0 for midnight.

    Raises:
        InvalidValue: `out_of_range`.
    """
    if not 0 <= minute < MINUTES_A_DAY:
        raise InvalidValue("out_of_range", min=0, max=MINUTES_A_DAY - 1)
    return minute


def check_hours(start_minute: int, end_minute: int, *, within: tuple[int, int]) -> tuple[int, int]:
    """Return the hours; they must begin before they end, and lie within the operator's.

    Raises:
        InvalidValue: `bad_hours`, with the operator's `start` and `end`.
    """
    first, last = within
    if not first <= start_minute < end_minute <= last:
        raise InvalidValue("bad_hours", start=clock_text(first), end=clock_text(last))
    return start_minute, end_minute


def check_count(count: int, *, most: int) -> int:
    """Return a count from 0 on.

    Raises:
        InvalidValue: `out_of_range`.
    """
    if not 0 <= count <= most:
        raise InvalidValue("out_of_range", min=0, max=most)
    return count


def retry_policy(
    max_retries: int | None, grace_days: int | None, *, otherwise: RetryPolicy
) -> RetryPolicy:
    """Return the policy that was chosen, filled up with the operator's."""
    return RetryPolicy(
        max_retries=otherwise.max_retries if max_retries is None else max_retries,
        cool_down=otherwise.cool_down,
        grace=otherwise.grace if grace_days is None else timedelta(days=grace_days),
    )


def minute_of(moment: time) -> int:
    """Return how many minutes after midnight it is."""
    return moment.hour * 60 + moment.minute


def clock_text(minute: int) -> str:
    """Return `08:30`; the end of a day is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How one business runs: what its owner chose, filled up with what holds otherwise."""

    billing_minute: int
    start_minute: int
    end_minute: int
    policy: RetryPolicy
    modes: Modes
    digest_minute: int | None
    """None: no daily summary."""
