"""When the jobs run: soon after something falls due for them, and now and then for nothing.

The production timetable ticks each second or so. Here a tick that would find nothing to do is left
out, for speed; `due` says when the next one would find something.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.settings import Settings
from rehearsal.offices import Offices
from rehearsal.world import World

_AT_MOST_S = 3600.0
_TOGETHER = 0.3
"""How often a second process ticks at the same time."""
_IDLE_HOURS = (3.0, 12.0)


@dataclass(frozen=True, slots=True)
class _Due:
    """What makes a job's work: the earliest instant of these, each with a delay to add."""

    tables: frozenset[str]
    queries: tuple[tuple[str, timedelta], ...]


_NOW = timedelta()
_DUES: Mapping[str, _Due] = {
    "process_due_payments": _Due(
        frozenset({"subscriptions"}),
        (
            (
                (
                    "SELECT min(next_billing_date) FROM subscriptions"
                    " WHERE status IN ('ACTIVE', 'PAST_DUE') AND parked_at IS NULL"
                    " AND cancel_at IS NULL AND next_plan_id IS NULL"
                ),
                _NOW,
            ),
        ),
    ),
    "spend_credit": _Due(
        frozenset({"payments", "transactions", "subscriptions", "stk_pushes"}),
        (
            (
                (
                    "SELECT min(p.created_at) FROM payments p"
                    " JOIN transactions t ON t.client_id = p.client_id"
                    " JOIN subscriptions s ON s.id = t.subscription_id"
                    " WHERE p.credit_kes > 0 AND t.status IN ('PENDING', 'FAILED')"
                    " AND s.status IN ('ACTIVE', 'PAST_DUE', 'SUSPENDED') AND NOT EXISTS"
                    " (SELECT 1 FROM stk_pushes u WHERE u.live_transaction_id = t.id)"
                ),
                _NOW,
            ),
        ),
    ),
    "retry_failed_payments": _Due(
        frozenset({"transactions", "subscriptions"}),
        (
            (
                (
                    "SELECT min(t.next_attempt_at) FROM transactions t"
                    " JOIN subscriptions s ON s.id = t.subscription_id"
                    " WHERE t.status = 'FAILED' AND t.retry_count < 3"
                    " AND s.status IN ('ACTIVE', 'PAST_DUE')"
                ),
                _NOW,
            ),
        ),
    ),
    "send_due_prompts": _Due(
        frozenset({"transactions", "subscriptions"}),
        (
            (
                (
                    "SELECT min(t.next_attempt_at) FROM transactions t"
                    " JOIN subscriptions s ON s.id = t.subscription_id"
                    " WHERE t.status = 'PENDING' AND s.status IN ('ACTIVE', 'PAST_DUE')"
                ),
                _NOW,
            ),
        ),
    ),
    "handle_callbacks": _Due(
        frozenset({"inbound_events"}),
        (
            (
                (
                    "SELECT min(coalesce(leased_until, received_at)) FROM inbound_events"
                    " WHERE handled_at IS NULL"
                ),
                _NOW,
            ),
        ),
    ),
    "reconcile": _Due(
        frozenset({"stk_pushes"}),
        (
            (
                (
                    "SELECT min(next_query_at) FROM stk_pushes"
                    " WHERE checkout_request_id IS NOT NULL AND state <> 'SUCCESS'"
                ),
                _NOW,
            ),
            (
                "SELECT min(created_at) FROM stk_pushes WHERE state IN ('CREATED', 'SENDING')",
                timedelta(seconds=150),
            ),
            (
                (
                    "SELECT min(created_at) FROM stk_pushes"
                    " WHERE state = 'UNKNOWN' AND live_phone IS NOT NULL"
                ),
                timedelta(minutes=5),
            ),
            (
                (
                    "SELECT min(created_at) FROM stk_pushes"
                    " WHERE state = 'UNKNOWN' OR (state = 'SENT' AND queries >= 5)"
                ),
                timedelta(hours=24),
            ),
        ),
    ),
    "suspend_overdue": _Due(
        frozenset({"subscriptions"}),
        (("SELECT min(suspend_at) FROM subscriptions WHERE status = 'PAST_DUE'", _NOW),),
    ),
    "apply_due_changes": _Due(
        frozenset({"subscriptions", "transactions"}),
        (
            ("SELECT min(cancel_at) FROM subscriptions WHERE status <> 'CANCELLED'", _NOW),
            ("SELECT min(resume_on) FROM subscriptions WHERE status = 'PAUSED'", _NOW),
            (
                (
                    "SELECT min(next_billing_date) FROM subscriptions"
                    " WHERE status IN ('ACTIVE', 'PAST_DUE') AND next_plan_id IS NOT NULL"
                    " AND parked_at IS NULL AND cancel_at IS NULL"
                ),
                _NOW,
            ),
        ),
    ),
    "deliver_notifications": _Due(
        frozenset({"notifications"}),
        (
            (
                (
                    "SELECT min(CASE WHEN leased_until > not_before THEN leased_until"
                    " ELSE not_before END) FROM notifications WHERE state = 'QUEUED'"
                ),
                _NOW,
            ),
        ),
    ),
}


class Ticker:
    """Ticks for all processes."""

    def __init__(self, world: World, offices: Offices, settings: Settings) -> None:
        self._world = world
        self._offices = offices
        self._settings = settings
        self._rng = world.rng("ticks")
        self._stirred = asyncio.Event()
        self._dirty: set[str] = set(_DUES)
        self._due: dict[str, datetime | None] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._in_vain: dict[str, int] = {}

    def wrote(self, tables: set[str]) -> None:
        """Look again at what is due for the jobs that live on these tables."""
        self._dirty |= {name for name, due in _DUES.items() if due.tables & tables}

    def all_changed(self) -> None:
        """Look again at everything: a process came up."""
        self._dirty |= set(_DUES)

    def still(self) -> bool:
        """Nobody has anything to do at this instant: see what is due before time goes on."""
        if not self._dirty or self._stirred.is_set():
            return False
        self._stirred.set()
        return True

    async def run(self) -> None:
        """Work until cancelled."""
        self._tick_for_nothing()
        while True:
            await self._stirred.wait()
            dirty, self._dirty = self._dirty, set()
            for name in sorted(dirty):
                self._plan(name, await self._next(name))
            self._stirred.clear()

    async def _next(self, name: str) -> datetime | None:
        """Return when this job's next tick would find something to do."""
        found = []
        for sql, delay in _DUES[name].queries:
            value = (await self._world.observer.rows(sql))[0][0]
            if value is not None:
                found.append(self._instant(value) + delay)
        if not found:
            return None
        earliest = min(found)
        return self._sociable(earliest) if name == "send_due_prompts" else earliest

    def _instant(self, value: datetime | date | str) -> datetime:
        """Return a column's instant; a date is that day's billing time."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)  # noqa: PLR2004 - a date has 10 characters
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        return self._local(value, self._settings.billing_time)

    def _local(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self._settings.timezone).astimezone(UTC)

    def _sociable(self, instant: datetime) -> datetime:
        """Return the first sociable instant from then on."""
        hours = self._settings.sociable_hours
        local = max(instant, self._world.clock.now()).astimezone(self._settings.timezone)
        if local.time() in hours:
            return instant
        begins = time(hours.start_minute // 60, hours.start_minute % 60)
        is_early = local.time() < begins
        return self._local(local.date() + timedelta(days=0 if is_early else 1), begins)

    def _plan(self, name: str, due_at: datetime | None) -> None:
        """Set the job's next tick."""
        if due_at != self._due.get(name):
            self._in_vain[name] = 0
        self._due[name] = due_at
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if due_at is None:
            return
        wait_s = self._world.clock.seconds_until(due_at)
        # A job that leaves its work undone, as the engine may have good reason to do, is not
        # asked again each second.
        wait_s = max(wait_s, min(_AT_MOST_S, 2.0 ** self._in_vain.get(name, 0) - 1))
        interval_s = self._interval_s(name)
        self._timers[name] = self._world.later(
            wait_s + self._rng.uniform(0.0, interval_s), lambda: self._tick(name)
        )

    def _interval_s(self, name: str) -> float:
        return next(
            (office.ticks[name].every_s for office in self._offices.all if name in office.ticks),
            1.0,
        )

    def _tick(self, name: str) -> None:
        """Run the job in one living process, or in two."""
        self._timers.pop(name, None)
        offices = self._offices.with_job(name)
        self._rng.shuffle(offices)
        together = 2 if self._rng.random() < _TOGETHER else 1
        self._in_vain[name] = self._in_vain.get(name, 0) + 1
        for office in offices[:together]:
            self._offices.run(office, name, self._ended)

    def _ended(self, name: str) -> None:
        if name in _DUES:
            self._dirty.add(name)

    def _tick_for_nothing(self) -> None:
        """Let some job tick in every process, due or not."""
        for name in sorted({name for office in self._offices.all for name in office.ticks}):
            for office in self._offices.with_job(name):
                if self._rng.random() < 0.5:  # noqa: PLR2004 - every other one
                    self._offices.run(office, name, self._ended)
        hours = self._rng.uniform(*_IDLE_HOURS)
        self._world.later(hours * 3600, self._tick_for_nothing)
