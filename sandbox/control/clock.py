"""The world's clock on the page."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.clock import EAT, OnlyForwards
from sandbox.guard import Refused, json_object
from sandbox.world import World


class ClockControl:
    """Shows the time and skips it."""

    def __init__(
        self, world: World, next_billing_at: Callable[[], Awaitable[datetime | None]] | None
    ) -> None:
        self._world = world
        self._next_billing_at = next_billing_at

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/api/clock", self._show), web.post("/api/clock", self._skip)]

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._clock())

    async def _skip(self, request: web.Request) -> web.Response:
        by = await self._distance(await json_object(request))
        try:
            self._world.clock.advance(by)
        except OnlyForwards as refusal:
            raise Refused(str(refusal)) from None
        self._world.clock_changed()
        return web.json_response(await self._clock())

    async def _distance(self, body: dict[str, Any]) -> timedelta:
        match body:
            case {"advanceS": int() | float() as seconds}:
                return _seconds(seconds)
            case {"to": str() as text}:
                return _instant(text) - self._world.clock.now()
            case {"toNextBillingDay": True}:
                # What is due already needs no skipping: the product bills it by itself.
                return max(timedelta(), await self._billing_day() - self._world.clock.now())
            case _:
                raise Refused("Say advanceS, to or toNextBillingDay.")

    async def _billing_day(self) -> datetime:
        if self._next_billing_at is None:
            raise Refused("Nobody here knows when the next billing day is.", HTTPStatus.NOT_FOUND)
        instant = await self._next_billing_at()
        if instant is None:
            raise Refused(
                "No subscription is active, so no billing day is ahead.", HTTPStatus.CONFLICT
            )
        return instant

    async def _clock(self) -> dict[str, Any]:
        next_at = await self._next_billing_at() if self._next_billing_at else None
        now = self._world.clock.now()
        return {
            "now": now.isoformat(),
            "local": f"{now.astimezone(EAT):%Y-%m-%d %H:%M}",
            "offsetS": round(self._world.clock.offset.total_seconds()),
            "canFindBillingDay": self._next_billing_at is not None,
            "nextBillingAt": next_at.isoformat() if next_at else None,
        }


def _seconds(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise Refused("The clock does not go that far.") from None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("That is no ISO date and time.") from None
    if instant.tzinfo is None:
        raise Refused("Give the time its zone, such as +03:00.")
    return instant
