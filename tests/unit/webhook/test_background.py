import asyncio

import structlog

from webhook.background import settle_callbacks


class Inbox:
    """Count the rounds; fail in those that are told to."""

    def __init__(self, *, failing_rounds: int) -> None:
        self.failing_rounds = failing_rounds
        self.rounds = 0
        self.went_round = asyncio.Condition()

    async def handle_callbacks(self) -> int:
        async with self.went_round:
            self.rounds += 1
            self.went_round.notify_all()
        if self.rounds <= self.failing_rounds:
            raise RuntimeError("database is away")
        return 0

    async def reach(self, rounds: int) -> None:
        async with self.went_round:
            await self.went_round.wait_for(lambda: self.rounds >= rounds)


class Engine:
    def __init__(self, *, failing_rounds: int = 0) -> None:
        self.inbox = Inbox(failing_rounds=failing_rounds)
        self.inbox_stirred = asyncio.Event()


async def test_callbacks_left_by_a_crash_are_settled_without_a_stir():
    engine, stopping = Engine(), asyncio.Event()

    task = asyncio.create_task(settle_callbacks(engine, stopping))
    await engine.inbox.reach(1)

    stopping.set()
    await task


async def test_each_stir_is_followed_by_a_round():
    engine, stopping = Engine(), asyncio.Event()
    task = asyncio.create_task(settle_callbacks(engine, stopping))
    await engine.inbox.reach(1)

    async with asyncio.timeout(4):  # It looks by itself each 5 seconds.
        for rounds in (2, 3, 4):
            engine.inbox_stirred.set()
            await engine.inbox.reach(rounds)

    stopping.set()
    await task


async def test_an_error_is_logged_and_the_round_tried_again():
    engine, stopping = Engine(failing_rounds=2), asyncio.Event()

    with structlog.testing.capture_logs() as lines:
        task = asyncio.create_task(settle_callbacks(engine, stopping, retry_after_s=0))
        await engine.inbox.reach(3)
        stopping.set()
        await task

    assert [line["event"] for line in lines] == ["callbacks_not_settled"] * 2


async def test_it_stops_while_it_waits_to_try_again():
    engine, stopping = Engine(failing_rounds=1), asyncio.Event()
    task = asyncio.create_task(settle_callbacks(engine, stopping, retry_after_s=3600))
    await engine.inbox.reach(1)

    stopping.set()

    await task
    assert engine.inbox.rounds == 1
