"""How each owner wants his business run, and whom that keeps waiting at a given moment."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, TypeVar

from tortoise.expressions import Q

from core.billing.dunning import RetryPolicy
from core.billing.preferences import (
    MOST_GRACE_DAYS,
    MOST_RETRIES,
    NoticeKind,
    NoticeMode,
    Wishes,
    check_count,
    check_hours,
    check_minute,
    check_mode,
    minute_of,
    retry_policy,
)
from core.database import transaction
from core.errors import InvalidInput, InvalidValue
from core.models import Preferences
from core.services.audit import audit
from core.services.context import Context
from core.services.incoming import AnyBill

T = TypeVar("T")


class PreferenceService:
    """Read and change them. What an owner has not chosen is as the operator has it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def of(self, owner_id: int) -> Wishes:
        """Return how this business runs."""
        row = await Preferences.get_or_none(owner_key=owner_id) or Preferences(notices={})
        start, end = self._hours_of(row)
        billing_time = minute_of(self._context.settings.billing_time)
        return Wishes(
            billing_minute=billing_time if row.billing_minute is None else row.billing_minute,
            start_minute=start,
            end_minute=end,
            policy=_policy(row, self._context),
            modes=row.notices,
            digest_minute=row.digest_minute,
        )

    def _hours_of(self, row: Preferences) -> tuple[int, int]:
        """Return the hours, within the operator's of today: he may have changed them since."""
        hours = self._context.settings.sociable_hours
        start = max(hours.start_minute, row.start_minute or 0)
        end = min(hours.end_minute, row.end_minute or hours.end_minute)
        return (start, end) if start < end else (hours.start_minute, hours.end_minute)

    async def set_billing_time(self, owner_id: int, minute: int) -> None:
        """Make this business's bills from this minute of the day on.

        Raises:
            InvalidInput: `billing_time`.
        """
        checked = _checked("billing_time", lambda: check_minute(minute))
        await self._change(owner_id, billing_minute=checked)

    async def set_hours(self, owner_id: int, start_minute: int, end_minute: int) -> None:
        """Let this business's prompts go out by themselves between these minutes of the day.

        Raises:
            InvalidInput: `sociable_hours`: `bad_hours`, outside of the operator's.
        """
        hours = self._context.settings.sociable_hours
        within = (hours.start_minute, hours.end_minute)
        start, end = _checked(
            "sociable_hours", lambda: check_hours(start_minute, end_minute, within=within)
        )
        await self._change(owner_id, start_minute=start, end_minute=end)

    async def set_start(self, owner_id: int, minute: int) -> None:
        """Let the hours for prompts begin at this minute of the day; their end stays.

        Raises:
            InvalidInput: As for `set_hours`.
        """
        await self.set_hours(owner_id, minute, (await self.of(owner_id)).end_minute)

    async def set_end(self, owner_id: int, minute: int) -> None:
        """Let the hours for prompts end at this minute of the day; their beginning stays.

        Raises:
            InvalidInput: As for `set_hours`.
        """
        await self.set_hours(owner_id, (await self.of(owner_id)).start_minute, minute)

    async def set_retries(self, owner_id: int, count: int) -> None:
        """Ask for a failed bill so many times more. Bills that have failed before keep theirs.

        Raises:
            InvalidInput: `max_retries`.
        """
        checked = _checked("max_retries", lambda: check_count(count, most=MOST_RETRIES))
        await self._change(owner_id, max_retries=checked)

    async def set_grace(self, owner_id: int, days: int) -> None:
        """Suspend so many days after the last retry. Bills that have failed before keep theirs.

        Raises:
            InvalidInput: `grace_days`.
        """
        checked = _checked("grace_days", lambda: check_count(days, most=MOST_GRACE_DAYS))
        await self._change(owner_id, grace_days=checked)

    async def set_digest(self, owner_id: int, minute: int | None) -> None:
        """Send the daily summary from this minute of the day on, or (None) not at all.

        Raises:
            InvalidInput: `digest`.
        """
        if minute is not None:
            _checked("digest", lambda: check_minute(minute))
        # Today's hour may be over: then the first one comes tomorrow.
        is_over = minute is not None and minute <= self.minute_now()
        today = self._context.today()
        digest_on = today if is_over else today - timedelta(days=1)
        await self._change(owner_id, digest_minute=minute, digest_on=digest_on)

    async def set_notice(self, owner_id: int, kind: NoticeKind, mode: NoticeMode) -> None:
        """Have a kind of notice this way from now on.

        Raises:
            InvalidInput: `notices`: `never_off`.
        """
        _checked("notices", lambda: check_mode(kind, mode))
        async with transaction():
            await self._row(owner_id)
            await Preferences.filter(owner_key=owner_id).select_for_update()
            row = await self._row(owner_id)
            await self._change(owner_id, notices={**row.notices, kind.value: mode.value})

    async def _row(self, owner_id: int) -> Preferences:
        new = Preferences(owner_id=owner_id, owner_key=owner_id, notices={})
        await Preferences.bulk_create([new], ignore_conflicts=True)
        return await Preferences.get(owner_key=owner_id)

    async def _change(self, owner_id: int, **values: Any) -> None:
        async with transaction():
            await self._row(owner_id)
            await Preferences.filter(owner_key=owner_id).update(**values)
            told = {name: value for name, value in values.items() if name != "digest_on"}
            actor, subject = f"user:{owner_id}", f"preferences:{owner_id}"
            await audit(self._context, actor, "change_settings", subject, **told)

    # --- for the timetable ----------------------------------------------------------------------

    def minute_now(self) -> int:
        """Return the minute of the day in the business zone."""
        return minute_of(self._context.now().astimezone(self._context.zone).time())

    async def billed_later(self) -> list[int]:
        """Return the owners whose own billing time is still to come today."""
        return await _owners(Q(billing_minute__gt=self.minute_now()))

    async def billed_by_now(self) -> list[int]:
        """Return the owners whose own billing time has come today."""
        return await _owners(Q(billing_minute__lte=self.minute_now()))

    async def asleep(self) -> list[int]:
        """Return the owners outside of whose own hours it is."""
        minute = self.minute_now()
        return await _owners(Q(start_minute__gt=minute) | Q(end_minute__lte=minute))

    async def policies(self, bills: Collection[AnyBill]) -> dict[int, RetryPolicy]:
        """Return by which policy each bill is dunned, by the bill's id.

        One that has failed before keeps what it was dunned by then.
        """
        new = {bill.owner_id for bill in bills if bill.max_retries is None}
        rows = await Preferences.filter(owner_key__in=list(new)) if new else []
        usual = self._context.policy
        chosen = {row.owner_id: _policy(row, self._context) for row in rows}
        return {bill.id: dunned_by(bill, chosen.get(bill.owner_id, usual)) for bill in bills}


def dunned_by(bill: AnyBill, otherwise: RetryPolicy) -> RetryPolicy:
    """Return the policy that a bill took on with its first failure, else the other one."""
    return retry_policy(bill.max_retries, bill.grace_days, otherwise=otherwise)


def _policy(row: Preferences, context: Context) -> RetryPolicy:
    return retry_policy(row.max_retries, row.grace_days, otherwise=context.policy)


async def _owners(condition: Q) -> list[int]:
    return [row.owner_id for row in await Preferences.filter(condition).only("owner_id", "id")]


def _checked(field: str, check: Callable[[], T]) -> T:
    """Return what the rule returns; its fault gets the field's name."""
    try:
        return check()
    except InvalidValue as error:
        raise InvalidInput({field: error.fault}) from None
