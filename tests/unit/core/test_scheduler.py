"""The ticker: one broken job stops nobody, and what is in flight is let finish."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from core.scheduler import Timetable, add_work, begin_delivery

TICK_S = 0.01


@pytest.fixture
async def timetable():
    timetable = Timetable()
    yield timetable
    await timetable.stop()


@asynccontextmanager
async def ticking(job):
    """Run a job again and again in a timetable of its own."""
    timetable = Timetable()
    timetable.every(TICK_S, job, "job")
    timetable.start()
    yield job
    await timetable.stop()


class Job:
    """Counts its runs; holds each one while it is closed."""

    def __init__(self, error=None):
        self.begun = 0
        self.ended = 0
        self.error = error
        self.has_begun = asyncio.Event()
        self.has_run_thrice = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self):
        self.begun += 1
        self.has_begun.set()
        if self.begun >= 3:
            self.has_run_thrice.set()
        await self.open.wait()
        self.ended += 1
        if self.error is not None:
            raise self.error


async def test_job_is_run_again_and_again(timetable):
    job = Job()
    timetable.every(TICK_S, job, "job")
    timetable.start()

    await job.has_run_thrice.wait()


@pytest.mark.parametrize("error", [RuntimeError("broken"), OSError("database is away")])
async def test_job_that_breaks_is_ticked_on_and_so_are_the_others(timetable, error):
    broken, sound = Job(error), Job()
    timetable.every(TICK_S, broken, "broken")
    timetable.every(TICK_S, sound, "sound")
    timetable.start()

    await broken.has_run_thrice.wait()
    await sound.has_run_thrice.wait()


async def test_job_that_takes_long_is_not_begun_a_second_time(timetable):
    slow, other = Job(), Job()
    slow.open.clear()
    timetable.every(TICK_S, slow, "slow")
    timetable.every(TICK_S, other, "other")
    timetable.start()

    await slow.has_begun.wait()
    await other.has_run_thrice.wait()
    assert slow.begun == 1
    slow.open.set()


async def test_stop_waits_for_the_job_in_flight_and_begins_no_other():
    timetable, job = Timetable(), Job()
    job.open.clear()
    timetable.every(TICK_S, job, "job")
    timetable.start()
    await job.has_begun.wait()

    stopping = asyncio.create_task(timetable.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    job.open.set()
    await stopping

    assert (job.begun, job.ended) == (1, 1)


async def test_timetable_that_never_started_can_be_stopped():
    await Timetable().stop()


async def test_jobs_can_be_run_at_once_all_or_some_of_them(timetable):
    one, other = Job(), Job()
    timetable.every(60, one, "one")
    timetable.every(60, other, "other")

    await timetable.run_now()
    await timetable.run_now({"other"})

    assert (one.ended, other.ended) == (1, 2)
    with pytest.raises(LookupError, match="third"):
        await timetable.run_now({"other", "third"})


async def test_nothing_ticks_while_the_timetable_is_held_and_what_ticked_ends_first(timetable):
    job = Job()
    job.open.clear()
    timetable.every(TICK_S, job, "job")
    timetable.start()
    await job.has_begun.wait()
    asyncio.get_running_loop().call_later(TICK_S, job.open.set)

    async with timetable.held(), ticking(Job()) as other:
        assert (job.begun, job.ended) == (1, 1)
        await other.has_run_thrice.wait()
        assert job.begun == 1
        await timetable.run_now()
        assert job.begun == 2
    await job.has_run_thrice.wait()


class Noted(Timetable):
    """Remembers what is to be ticked, and ticks nothing."""

    def __init__(self):
        super().__init__()
        self.jobs = {}

    def every(self, seconds, job, name):
        self.jobs[name] = seconds


class Outbox:
    """Remembers what was asked of it."""

    def __init__(self):
        self.is_released = False

    async def release_notices(self):
        self.is_released = True

    async def deliver_notifications(self, messenger):
        """Never called: nothing ticks."""


async def test_work_and_delivery_are_separate_so_that_one_process_delivers():
    work, delivery = Noted(), Noted()
    engine = SimpleNamespace(
        billing=SimpleNamespace(retry_failed_payments=None),
        arrears=SimpleNamespace(spend_credit=None, suspend_overdue=None),
        prompts=SimpleNamespace(send_due_prompts=None),
        inbox=SimpleNamespace(handle_callbacks=None),
        reconciliation=SimpleNamespace(reconcile=None),
        housekeeping=SimpleNamespace(forget_what_is_done=None),
        accounts=SimpleNamespace(seal_anew=None),
        outbox=Outbox(),
        changes=SimpleNamespace(apply_due=None),
        linking=SimpleNamespace(finish_checks=None),
        digests=SimpleNamespace(queue_due_digests=None),
    )

    add_work(work, engine)
    assert not engine.outbox.is_released
    await begin_delivery(delivery, engine, messenger=None)

    assert set(work.jobs) == {
        "process_due_payments",
        "spend_credit",
        "retry_failed_payments",
        "send_due_prompts",
        "handle_callbacks",
        "reconcile",
        "suspend_overdue",
        "forget_what_is_done",
        "seal_anew",
        "apply_due_changes",
        "finish_checks",
        "queue_due_digests",
    }
    assert delivery.jobs == {"deliver_notifications": 1}
    assert engine.outbox.is_released
