"""The loop, the baton, and the processes that die."""

import asyncio
import contextvars
import random
from datetime import UTC, datetime

import pytest

from rehearsal.baton import Baton, BatonLock, Process, adopt_tasks
from rehearsal.loop import Deadlock, VirtualClock, VirtualLoop
from rehearsal.trace import Trace


@pytest.fixture
def loop():
    loop = VirtualLoop()
    yield loop
    loop.close()


def _baton(loop, seed=1):
    baton = Baton(loop, random.Random(seed), Trace())  # noqa: S311 - repeatable on purpose
    loop.choose = baton.choose
    adopt_tasks(loop)
    return baton


def _process(name, baton):
    return Process(name, baton, contextvars.copy_context())


def test_a_year_of_sleep_takes_no_time(loop):
    clock = VirtualClock(loop, datetime(2026, 1, 1, tzinfo=UTC))

    loop.run_until_complete(asyncio.sleep(365 * 86_400))

    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)


def test_sleepers_wake_in_the_order_of_their_alarms(loop):
    woken = []

    async def sleep(seconds):
        await asyncio.sleep(seconds)
        woken.append(seconds)

    async def all_of_them():
        await asyncio.gather(sleep(30), sleep(0.001), sleep(86_400))

    loop.run_until_complete(all_of_them())

    assert woken == [0.001, 30, 86_400]


def test_waiting_for_what_never_comes_is_reported(loop):
    async def wait():
        await asyncio.Event().wait()

    task = loop.create_task(wait())

    with pytest.raises(Deadlock):
        loop.run_until_complete(task)
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))


def _order_of_turns(seed):
    loop = VirtualLoop()
    baton = _baton(loop, seed)
    order = []

    async def work(process):
        for step in range(5):
            await process.turn(f"step {step}")
            order.append(process.name)

    async def together():
        processes = [_process(name, baton) for name in "abc"]
        await asyncio.gather(*(process.spawn(work(process)) for process in processes))

    loop.run_until_complete(together())
    loop.close()
    return order


def test_the_seed_picks_who_goes_on():
    orders = {tuple(_order_of_turns(seed)) for seed in range(10)}

    assert _order_of_turns(3) == _order_of_turns(3)
    assert len(orders) > 5


def test_one_task_at_a_time_holds_the_lock(loop):
    baton = _baton(loop)
    lock = BatonLock()
    inside = []

    async def work(process):
        await lock.acquire()
        inside.append(process.name)
        assert len(inside) == 1
        await asyncio.sleep(1)
        inside.remove(process.name)
        lock.release()

    async def together():
        processes = [_process(name, baton) for name in "abcd"]
        await asyncio.gather(*(process.spawn(work(process)) for process in processes))

    loop.run_until_complete(together())

    assert loop.time() == pytest.approx(4)


def test_a_killed_process_does_nothing_more_and_takes_its_children_along(loop):
    baton = _baton(loop)
    process = _process("worker", baton)
    done = []

    async def child():
        await asyncio.sleep(10)
        done.append("child")

    async def work():
        try:
            await asyncio.gather(child(), child())
        finally:
            await process.turn("too late")
            done.append("parent")

    async def kill_it():
        task = process.spawn(work())
        await asyncio.sleep(5)
        process.kill()
        await asyncio.gather(task, return_exceptions=True)
        return task

    task = loop.run_until_complete(kill_it())

    assert task.cancelled()
    assert done == []
    assert process.is_dead


def test_what_another_process_does_outlives_a_killed_one(loop):
    baton = _baton(loop)
    dying, living = _process("dying", baton), _process("living", baton)
    done = []

    async def work():
        await asyncio.sleep(10)
        done.append("lived")

    async def kill_one():
        doomed, other = dying.spawn(work()), living.spawn(work())
        await asyncio.sleep(5)
        dying.kill()
        await asyncio.gather(doomed, other, return_exceptions=True)

    loop.run_until_complete(kill_one())

    assert done == ["lived"]
