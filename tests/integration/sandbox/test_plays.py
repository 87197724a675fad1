"""Plays on the page: one at a time, with their progress, by whoever knows the product."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox.control.play import PlayFailed, Title
from sandbox.server import Sandbox, SandboxOptions


class Director:
    """Plays until the test lets it end, and fails if it is to."""

    def __init__(self, error=None):
        self.error = error
        self.curtain = asyncio.Event()
        self.played = []

    def titles(self):
        return [Title("first", "The first", "It is paid.")]

    async def play(self, name, progress):
        self.played.append(name)
        progress.tell("Asha joins", step=1, of=2)
        await self.curtain.wait()
        if self.error is not None:
            raise self.error
        return "All well."

    async def build_demo_book(self, progress):
        return await self.play("demo book", progress)

    async def live_until(self, instant):
        """Never called: no month is run."""


@asynccontextmanager
async def serving(director):
    sandbox = Sandbox(SandboxOptions(port=0), director=director)
    await sandbox.start()
    try:
        async with aiohttp.ClientSession(sandbox.address) as session:
            yield session
    finally:
        await sandbox.stop()


async def get(session, path):
    async with session.get(path) as answer:
        return await answer.json()


async def post(session, path):
    async with session.post(path, json={}) as answer:
        return answer.status, await answer.json()


async def until(session, state):
    for _ in range(1000):
        shown = await get(session, "/api/play")
        if shown["state"] == state:
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError(f"it never was {state}: {shown}")


@pytest.mark.parametrize("path", ["/api/scenarios/first/play", "/api/demo-book"])
async def test_play_begins_tells_how_far_it_is_and_ends(path):
    director = Director()
    async with serving(director) as session:
        assert (await get(session, "/api/play"))["state"] == "idle"
        status, begun = await post(session, path)
        director.curtain.set()
        ended = await until(session, "done")

    assert (status, begun["state"]) == (202, "playing")
    assert ended == begun | {"state": "done", "step": 1, "of": 2, "message": "All well."}


async def test_scenarios_are_listed():
    async with serving(Director()) as session:
        listed = await get(session, "/api/scenarios")

    item = {"name": "first", "title": "The first", "description": "It is paid."}
    assert listed == {"items": [item]}


@pytest.mark.parametrize("path", ["/api/scenarios/first/play", "/api/demo-book"])
async def test_nothing_begins_while_something_is_played(path):
    director = Director()
    async with serving(director) as session:
        await post(session, "/api/scenarios/first/play")
        status, said = await post(session, path)

        assert (status, said["error"]) == (409, "Something is being played already.")
        assert director.played == ["first"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PlayFailed("bills should be [SUCCESS]"), "bills should be [SUCCESS]"),
        (RuntimeError("boom"), "It broke: the log says why."),
    ],
)
async def test_play_that_fails_says_why_and_makes_room_for_the_next(error, message):
    director = Director(error)
    director.curtain.set()
    async with serving(director) as session:
        await post(session, "/api/scenarios/first/play")
        assert (await until(session, "failed"))["message"] == message
        assert (await post(session, "/api/demo-book"))[0] == 202


async def test_scenario_that_is_not_there_is_not_found():
    async with serving(Director()) as session:
        assert (await post(session, "/api/scenarios/second/play"))[0] == 404


async def test_sandbox_alone_plays_nothing():
    async with serving(None) as session:
        assert await get(session, "/api/scenarios") == {"items": []}
        assert (await post(session, "/api/demo-book"))[0] == 404


async def test_play_is_broken_off_when_the_sandbox_stops():
    director = Director()
    async with serving(director) as session:
        await post(session, "/api/scenarios/first/play")
        await until(session, "playing")

    assert not director.curtain.is_set()
