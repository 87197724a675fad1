"""The whole timetable on one page.

APScheduler only ticks: it reads the machine's clock, and what a tick does is decided by our
`Clock` and by what the database says is due.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.database import DatabaseUnavailable
from core.engine import Engine
from core.ports import Mailer, Messenger

Job = Callable[[], Awaitable[object]]
_log = structlog.get_logger()


class Timetable:
    """Tick in this process until stopped; a job in the middle of its work is let finish."""

    def __init__(self) -> None:
        # Ticks are whole intervals, so the scheduler's zone is of no consequence.
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[int]] = set()
        self._jobs: dict[str, Callable[[], Awaitable[int]]] = {}
        self._is_stopping = False

    def every(self, seconds: float, job: Job, name: str) -> None:
        """Run the job each so many seconds, never twice at a time."""
        lock = asyncio.Lock()

        async def once() -> int:
            async with lock:
                return await _run(job, name)

        async def tick() -> None:
            if self._is_stopping:
                return
            # A task of its own: the scheduler cancels its tasks when it shuts down.
            task = asyncio.create_task(once())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.shield(task)

        self._jobs[name] = once
        self._scheduler.add_job(
            tick,
            "interval",
            seconds=seconds,
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of all jobs."""
        return frozenset(self._jobs)

    def start(self) -> None:
        """Begin to tick, in the running event loop."""
        self._scheduler.start()

    async def run_now(self, names: Collection[str] | None = None) -> int:
        """Run these jobs once, or every job, in their order; return how much they did together.

        For a clock that jumps: whoever moved it need not wait for the ticks.

        Raises:
            LookupError: There is no job of that name.
        """
        wanted = self._jobs if names is None else names
        if unknown := set(wanted) - self._jobs.keys():
            raise LookupError(*sorted(unknown))
        return sum([await once() for name, once in self._jobs.items() if name in wanted])

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let nothing tick while the block lasts, for whoever runs the jobs himself.

        It begins when the ticks under way have come to their end.
        """
        is_ticking = self._scheduler.running
        if is_ticking:
            self._scheduler.pause()
        try:
            if self._running:
                await asyncio.wait(self._running)
            yield
        finally:
            if is_ticking:
                self._scheduler.resume()

    async def stop(self) -> None:
        """Tick no more, and wait for the calls in flight."""
        self._is_stopping = True
        if self._running:
            await asyncio.wait(self._running)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _run(job: Job, name: str) -> int:
    """Run a job and return how much it did, as far as it says so."""
    try:
        done = await job()
    except DatabaseUnavailable as error:
        _log.warning("database_unavailable", job=name, error=type(error).__name__)
    except Exception:  # noqa: BLE001 - one broken job must not stop the others' ticks
        _log.exception("job_failed", job=name)
    else:
        return done if isinstance(done, int) else 0
    return 0


def add_work(timetable: Timetable, engine: Engine) -> None:
    """Bills, prompts, retries, and what silence leaves behind. Any number of processes may."""
    add = partial(_add, timetable, engine)
    add(2, lambda: _bill_when_it_is_time(engine), "process_due_payments")
    add(2, engine.arrears.spend_credit, "spend_credit")
    add(2, engine.billing.retry_failed_payments, "retry_failed_payments")
    add(1, engine.prompts.send_due_prompts, "send_due_prompts")
    add(2, engine.inbox.handle_callbacks, "handle_callbacks")
    add(3, engine.reconciliation.reconcile, "reconcile")
    add(15, engine.arrears.suspend_overdue, "suspend_overdue")
    add(60, engine.housekeeping.forget_what_is_done, "forget_what_is_done")
    add(60, engine.accounts.seal_anew, "seal_anew")
    add(5, engine.changes.apply_due, "apply_due_changes")
    add(3, engine.linking.finish_checks, "finish_checks")
    add(15, engine.digests.queue_due_digests, "queue_due_digests")


def _add(timetable: Timetable, engine: Engine, seconds: float, job: Job, name: str) -> None:
    """Let the job tick, and let an admin see that it does."""

    async def noted() -> object:
        done = await job()
        await engine.pulse.beat(name)
        return done

    timetable.every(seconds, noted, name)


async def _bill_when_it_is_time(engine: Engine) -> int:
    local = engine.now().astimezone(engine.zone)
    if local.time() < engine.settings.billing_time:
        return await engine.billing.process_early_payments()
    return await engine.billing.process_due_payments()


async def begin_delivery(timetable: Timetable, engine: Engine, messenger: Messenger) -> None:
    """Notices, a round a second: in one process, so that Telegram's limits have one keeper."""
    await engine.outbox.release_notices()
    deliver = partial(engine.outbox.deliver_notifications, messenger)
    _add(timetable, engine, 1, deliver, "deliver_notifications")


def add_mail(timetable: Timetable, engine: Engine, mailer: Mailer) -> None:
    """E-mails, where the operator has named a mail server: beside the notices."""
    _add(timetable, engine, 3, partial(engine.mail.deliver_emails, mailer), "deliver_emails")
