"""A running program and the world around it, for whoever plays: people's deeds and a clock."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from core.database import hurried
from fluxpay.demo import DEMO_OWNER_ID
from fluxpay.play.ahead import (
    ANNOUNCED,
    BY_CALENDAR,
    LONGEST_HOP,
    Work,
    has_unread_mail,
    look_ahead,
)
from fluxpay.program import Program
from sandbox.control.play import PlayFailed
from sandbox.telegram import acts
from sandbox.telegram.keyboards import callback_datas
from sandbox.telegram.people import Person
from sandbox.world import World

RESTING = timedelta(minutes=10)
"""What follows within this time belongs to the step that began it."""

_LATENESS = timedelta(seconds=3)
"""The timetable's ticks come as late as that, too; what falls due meanwhile is done together."""
_SETTLES_WITHIN_S = 60.0
_BREATH_S = 0.002
_FIRST_NUMBER = 254_720_000_001


class Stage:
    """Where plays take place. One at a time."""

    def __init__(
        self, world: World, program: Program, *, server: str, http: aiohttp.ClientSession
    ) -> None:
        self.world = world
        self.engine = program.engine
        self._bot = program.bot
        self._timetable = program.timetable
        self._others = program.timetable.names - ANNOUNCED - BY_CALENDAR
        """The jobs that follow on what others do: they run beside them."""
        self._server = server
        self._http = http
        self._key: str | None = None
        self._ran_at = self.now()
        """When the jobs that look at the calendar last had their turn."""

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Let no job tick beside a play, whose clock would jump in the middle of its calls.

        What is played is worth no waiting for the disk either.
        """
        async with self._timetable.held(), hurried():
            yield

    # --- the clock ------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the world's time."""
        return self.world.clock.now()

    async def settle(self) -> None:
        """Let everybody do what can be done now, without the clock moving on.

        Raises:
            PlayFailed: They did not come to rest.
        """
        await self._settle(jobs=None)

    async def go(self, until: datetime, *, pause_s: float = 0) -> None:
        """Let time pass, from one event to the next, and see each of them through.

        Those that show in a chat or on a phone stay in sight for `pause_s` of the machine's time.
        """
        work = await self._settle(jobs=None)
        while self.now() < until:
            work = await self._jump(min(self._next_event_at(work), until), pause_s=pause_s)

    async def rest(self, *, pause_s: float = 0) -> None:
        """See through what is under way: all that follows within ten minutes of the last event."""
        work = await self._settle(jobs=None)
        while (ahead := self._next_event_at(work)) <= self.now() + RESTING:
            work = await self._jump(ahead, pause_s=pause_s)

    async def _jump(self, to: datetime, *, pause_s: float) -> Work:
        before = self.world.revision
        self.world.clock.advance(max(to - self.now(), timedelta()))
        self.world.clock_changed()
        is_their_turn = self.now() - self._ran_at >= LONGEST_HOP
        work = await self._settle(
            jobs=BY_CALENDAR | self._others if is_their_turn else frozenset()
        )
        if pause_s and self.world.revision != before:  # Else there is nothing to look at.
            await asyncio.sleep(pause_s)
        return work

    async def _settle(self, *, jobs: Collection[str] | None) -> Work:
        """Do what can be done now, and return what there is to do later.

        First these jobs run, None: all, and then each while a row says that there is something for
        it. What stays due all the same waits for a better hour.
        """
        try:
            async with asyncio.timeout(_SETTLES_WITHIN_S):
                await self._until_idle()
                if jobs is None or jobs:
                    self._ran_at = self.now()
                    await self._timetable.run_now(jobs)
                    await self._until_idle()
                tried: frozenset[str] = frozenset()
                while not (work := await look_ahead(self.engine)).due <= tried:
                    await self._timetable.run_now(self._others)
                    done = await self._timetable.run_now(work.due)
                    tried = frozenset() if done else work.due
                    await self._until_idle()
        except TimeoutError:
            raise PlayFailed("The program did not come to rest within a minute.") from None
        return work

    def _next_event_at(self, work: Work) -> datetime:
        """Return when something happens next, at the latest half a day ahead."""
        work_at = work.next_at and work.next_at + _LATENESS
        instants = [self.world.next_due_at(), work_at, self.now() + LONGEST_HOP]
        return min(each for each in instants if each is not None)

    async def _until_idle(self) -> None:
        """Wait for those who work by themselves: the courier, the server and the bot."""
        while (  # noqa: ASYNC110 - rows in a database announce themselves to nobody
            self.world.courier.is_out
            or self.world.telegram.updates.waiting > 0
            or await has_unread_mail(self.engine)
        ):
            await asyncio.sleep(_BREATH_S)

    # --- people ---------------------------------------------------------------------------------

    async def owner(self) -> Person:
        """Return the owner, who has met the bot.

        Raises:
            PlayFailed: The bot does not come up.
        """
        try:
            async with asyncio.timeout(_SETTLES_WITHIN_S):
                await self._bot.is_up.wait()
        except TimeoutError:
            raise PlayFailed("The bot did not come up within a minute.") from None
        owner = self.world.telegram.people[DEMO_OWNER_ID]
        if not owner.started:
            await self.say(owner, "/start")
        return owner

    def new_number(self) -> str:
        """Return the number of a phone that nobody holds yet."""
        taken = {phone.number for phone in self.world.mpesa.phones()}
        number = _FIRST_NUMBER
        while str(number) in taken:
            number += 1
        return str(number)

    async def press(self, person: Person, data: str) -> None:
        """Press a button that the bot would show somewhere, and wait for all that follows."""
        newest = self.world.telegram.messages.of(person.id)[-1]
        acts.press(self.world.telegram, person, newest.id, data, force=True)
        await self.settle()

    async def say(self, person: Person, text: str) -> None:
        """Type something, and wait for all that follows."""
        acts.say(self.world.telegram, person, text)
        await self.settle()

    async def accept(self, person: Person, invitation_url: str) -> None:
        """Open an invitation and accept it.

        Raises:
            PlayFailed: It showed no such button.
        """
        telegram = self.world.telegram
        acts.open_link(telegram, person, invitation_url)
        await self.settle()
        for message in reversed(telegram.messages.of(person.id)):
            for data in callback_datas(message.inline_keyboard):
                if data.startswith("v1:accept:"):
                    acts.press(telegram, person, message.id, data)
                    await self.settle()
                    return
        raise PlayFailed(f"{person.first_name}'s invitation has no button to accept it.")

    # --- the HTTP API ---------------------------------------------------------------------------

    async def get(self, path: str) -> Any:
        """Ask the HTTP API as the owner."""
        return await self._call("GET", path, None)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Have the HTTP API do something for the owner."""
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        if self._key is None:
            self._key = await self.engine.api_keys.issue(telegram_id=DEMO_OWNER_ID)
        headers = {"Authorization": f"Bearer {self._key}"}
        async with self._http.request(
            method, self._server + path, json=body, headers=headers
        ) as answer:
            said = await answer.json()
        if not answer.ok:
            raise PlayFailed(f"{method} {path} was refused: {said['error']['message']}")
        return said


@asynccontextmanager
async def open_stage(world: World, program: Program, *, server: str) -> AsyncIterator[Stage]:
    """Make a stage of a running program."""
    async with aiohttp.ClientSession() as http:
        yield Stage(world, program, server=server, http=http)
