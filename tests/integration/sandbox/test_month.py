"""The days that go by by themselves: who answers the prompts, and who may stop them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from sandbox.control.play import PlayFailed
from sandbox.mpesa.prompts import Order
from sandbox.mpesa.reactions import Reaction
from sandbox.server import Sandbox, SandboxOptions

ASHA = "254712345678"
PATIENCE_S = 60


class Director:
    """A product that prompts each day before its end, as long as it has amounts to ask for."""

    def __init__(self, amounts_kes=(), failure=None):
        self.sandbox = None
        self.prompts = []
        self.days = []
        self._amounts_kes = list(amounts_kes)
        self._failure = failure
        self.curtain = asyncio.Event()

    def titles(self):
        return []

    async def play(self, name, progress):
        """Never called: there are no titles."""

    async def build_demo_book(self, _progress):
        await self.curtain.wait()
        return "It is there."

    async def live_until(self, instant):
        if self._failure is not None:
            raise self._failure
        self.days.append(instant)
        if self._amounts_kes:
            self.prompts.append(push(self.sandbox, self._amounts_kes.pop(0)))
        self.sandbox.world.clock.advance(max(timedelta(), instant - self.sandbox.now()))
        self.sandbox.world.clock_changed()


@asynccontextmanager
async def serving(director=None):
    sandbox = Sandbox(SandboxOptions(port=0), director=director)
    if director is not None:
        director.sandbox = sandbox
    await sandbox.start()
    try:
        async with aiohttp.ClientSession(sandbox.address) as session:
            yield sandbox, session
    finally:
        await sandbox.stop()


def push(sandbox, amount_kes=1500):
    order = Order(
        shortcode="174379",
        till=None,
        business="Gym",
        phone_number=ASHA,
        amount_kes=amount_kes,
        account="FP1",
        description="Gym",
        callback_url="http://127.0.0.1:9/nobody",
    )
    return sandbox.world.mpesa.push(order)


async def run(session, **how):
    async with session.post("/api/clock/run", json=how) as answer:
        return answer.status, await answer.json()


async def until_over(session):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with session.get("/api/clock/run") as answer:
                shown = await answer.json()
            if not shown["running"]:
                return shown
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("director", [None, Director()], ids=["skipped", "lived through"])
async def test_each_day_ends_at_nine_in_the_morning_in_kenya(director):
    async with serving(director) as (sandbox, session):
        before = sandbox.now()
        status, begun = await run(session, days=2)
        assert (status, begun["running"], begun["of"]) == (202, True, 2)

        over = await until_over(session)
        assert (over["day"], over["of"], over["complaint"]) == (2, 2, "")
        assert timedelta(days=1) < sandbox.now() - before < timedelta(days=2, minutes=5)
        assert f"{sandbox.now():%H:%M}" == "06:00"


@pytest.mark.parametrize(
    ("phones", "codes"),
    [
        ("pay", [0, 0, 0, 0, 0]),
        ("most_pay", [0, 0, 1032, 0, 2001]),
        ("usual", [1, 0, 0, 0, 0]),
        ("leave", [1037, 1037, 1037, 1037, 1037]),
    ],
)
async def test_the_phones_do_as_they_are_told_about_the_prompts(phones, codes):
    director = Director([1500] * 5)
    async with serving(director) as (sandbox, session):
        sandbox.world.mpesa.phone(ASHA).reactions = [Reaction.NO_MONEY]
        await run(session, days=5, phones=phones)
        await until_over(session)

        assert [prompt.verdict.code for prompt in director.prompts] == codes


async def test_a_prompt_that_was_open_before_is_answered_too_and_none_that_comes_after():
    async with serving(Director()) as (sandbox, session):
        open_before = push(sandbox)
        await run(session, days=1)
        await until_over(session)
        after = push(sandbox)
        sandbox.world.run_due()

        assert open_before.verdict.code == 0
        assert after.verdict is None


async def test_a_product_that_does_not_come_to_rest_ends_the_days_and_the_page_reads_why():
    async with serving(Director(failure=PlayFailed("It never rests."))) as (_, session):
        await run(session)
        over = await until_over(session)

        assert (over["day"], over["complaint"]) == (1, "It never rests.")


async def test_days_and_plays_do_not_move_the_clock_at_once():
    director = Director()
    async with serving(director) as (_, session):
        await run(session, days=300)
        async with session.post("/api/demo-book", json={}) as refused:
            assert refused.status == 409
        async with session.delete("/api/clock/run") as answer:
            assert (await answer.json())["running"] is False

        async with session.post("/api/demo-book", json={}) as begun:
            assert begun.status == 202
        assert (await run(session))[0] == 409
        director.curtain.set()


async def test_the_days_go_by_once_at_a_time_until_they_are_stopped():
    async with serving() as (sandbox, session):
        await run(session, days=300)
        assert (await run(session))[0] == 409

        async with session.delete("/api/clock/run") as answer:
            assert (await answer.json())["running"] is False
        stopped_at = sandbox.world.clock.offset
        assert (await run(session, days=1))[0] == 202
        assert sandbox.world.clock.offset >= stopped_at


@pytest.mark.parametrize("how", [{"days": 0}, {"days": 367}, {"days": "1"}, {"phones": "sing"}])
async def test_a_run_that_is_none_is_refused(how):
    async with serving() as (_, session):
        assert (await run(session, **how))[0] == 400
        async with session.delete("/api/clock/run") as answer:
            assert answer.status == 200
