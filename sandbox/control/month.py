"""A month in less than a minute: the days go by, and the phones answer by themselves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from itertools import cycle
from typing import Any

from aiohttp import web

from sandbox.clock import EAT
from sandbox.control.play import PlayFailed
from sandbox.guard import Refused, json_object
from sandbox.mpesa.phones import Phone
from sandbox.mpesa.reactions import Reaction
from sandbox.world import World

Live = Callable[[datetime], Awaitable[None]]

_MORNING = timedelta(hours=9)
"""When each day ends and the next begins: by then the bills of a morning are usually paid."""
_DAY_S = 1.0
"""How long a day takes that is lived through, in seconds of the player: time to see it."""
_SKIPPED_DAY_S = 1.8
"""The same of one that is skipped, as nobody here knows when the product has done its work."""
_DAYS = range(1, 367)

_log = logging.getLogger("sandbox.month")


class Phones(StrEnum):
    """What the phones do about their prompts meanwhile."""

    PAY = "pay"
    MOST_PAY = "most_pay"
    USUAL = "usual"
    """Each phone does as its holder usually does; those who are played by hand pay."""
    LEAVE = "leave"


_REACTIONS: dict[Phones, tuple[Reaction, ...]] = {
    Phones.PAY: (Reaction.PAY,),
    Phones.MOST_PAY: (
        Reaction.PAY,
        Reaction.PAY,
        Reaction.CANCEL,
        Reaction.PAY,
        Reaction.WRONG_PIN,
    ),
    Phones.LEAVE: (Reaction.IGNORE,),
}


class Month:
    """Lets days go by, one at a time.

    Args:
        world: Where they go by.
        live: Lives through all that happens up to an instant, for whoever knows the product;
            without it the clock skips from morning to morning.
        is_busy: Tells whether somebody else moves the clock just now.
    """

    def __init__(self, world: World, live: Live | None, *, is_busy: Callable[[], bool]) -> None:
        self._world = world
        self._live = live
        self._is_busy = is_busy
        self._running: asyncio.Task[None] | None = None
        self._is_wanted = False
        self._days = 0
        self._day = 0
        self._complaint = ""

    @property
    def is_running(self) -> bool:
        """Whether the days go by."""
        return self._running is not None and not self._running.done()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/clock/run", self._show),
            web.post("/api/clock/run", self._begin),
            web.delete("/api/clock/run", self._end),
        ]

    async def stop(self) -> None:
        """Let the day end, and no other begin: who is in the middle of a call finishes it."""
        self._is_wanted = False
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._view())

    async def _begin(self, request: web.Request) -> web.Response:
        days, phones = _checked(await json_object(request))
        if self.is_running:
            raise Refused("The days are going by already.", HTTPStatus.CONFLICT)
        if self._is_busy():
            raise Refused("Something is being played: wait for its end.", HTTPStatus.CONFLICT)
        self._days, self._day, self._is_wanted, self._complaint = days, 0, True, ""
        self._running = asyncio.create_task(self._run(phones))
        return web.json_response(self._view(), status=HTTPStatus.ACCEPTED)

    async def _end(self, _request: web.Request) -> web.Response:
        await self.stop()
        return web.json_response(self._view())

    def _view(self) -> dict[str, Any]:
        return {
            "running": self.is_running,
            "day": self._day,
            "of": self._days,
            "complaint": self._complaint,
        }

    async def _run(self, phones: Phones) -> None:
        self._world.mpesa.let_react(_chooser(phones))
        try:
            while self._is_wanted and self._day < self._days:
                self._day += 1
                await self._let_a_day_go_by()
        except PlayFailed as failure:
            self._complaint = str(failure)
        except Exception:  # noqa: BLE001 - the page must hear of it, whatever it is
            _log.exception("month_broke")
            self._complaint = "It broke: the log says why."
        finally:
            self._world.mpesa.let_react(None)
            asyncio.get_running_loop().call_soon(self._world.clock_changed)  # It is over.

    async def _let_a_day_go_by(self) -> None:
        morning = self._next_morning()
        loop = asyncio.get_running_loop()
        if self._live is None:
            over_at = loop.time() + _SKIPPED_DAY_S
            self._world.clock.advance(max(timedelta(), morning - self._world.clock.now()))
            self._world.clock_changed()
        else:
            over_at = loop.time() + _DAY_S
            self._world.clock_changed()  # Another day is counted.
            await self._live(morning)
        await asyncio.sleep(max(0, over_at - loop.time()))

    def _next_morning(self) -> datetime:
        now = self._world.clock.now()
        midnight = now.astimezone(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
        morning = midnight + _MORNING
        return morning if morning > now else morning + timedelta(days=1)


def _chooser(phones: Phones) -> Callable[[Phone], Reaction]:
    if phones is Phones.USUAL:
        return lambda phone: phone.take_reaction() or Reaction.PAY
    reactions = cycle(_REACTIONS[phones])
    return lambda _phone: next(reactions)


def _checked(body: dict[str, Any]) -> tuple[int, Phones]:
    days = body.get("days", 30)
    if type(days) is not int or days not in _DAYS:
        raise Refused("The days are a whole number from 1 to 366.")
    try:
        return days, Phones(str(body.get("phones", Phones.PAY)))
    except ValueError:
        raise Refused(f"The phones do one of {', '.join(Phones)}.") from None
