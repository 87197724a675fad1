"""Faults to come, and the log of what was said over HTTP."""

from typing import Any

from aiohttp import web

from sandbox.guard import Refused, json_object
from sandbox.mpesa.faults import DEFAULT_SECONDS, ON_A_CALL, Call, Fault, FaultKind
from sandbox.world import World

_COUNTS = range(1, 1001)
_SECONDS_LIMIT = 30 * 86_400


class TroubleControl:
    """Orders faults and shows what happened."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/faults", self._list),
            web.post("/api/faults", self._add),
            web.delete("/api/faults", self._clear),
            web.get("/api/exchanges", self._exchanges),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response([_view(fault) for fault in self._world.mpesa.faults])

    async def _add(self, request: web.Request) -> web.Response:
        fault = _fault(await json_object(request))
        self._world.mpesa.faults.add(fault)
        self._world.phones_changed()
        return web.json_response(_view(fault), status=201)

    async def _clear(self, request: web.Request) -> web.Response:
        """Forget all faults, or those of one `?kind=`."""
        kind = request.query.get("kind")
        if kind is None:
            self._world.mpesa.faults.clear()
        else:
            self._world.mpesa.faults.forget(_kind(kind))
        self._world.phones_changed()
        return await self._list(request)

    async def _exchanges(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            raise Refused("after is the id of an exchange.")
        return web.json_response(self._world.exchanges.after(int(after)))


def _kind(name: str) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError as unknown:
        raise Refused(f"{unknown}.") from None


def _fault(body: dict[str, Any]) -> Fault:
    kind = _kind(str(body.get("kind")))
    try:
        call = Call(body.get("call", Call.PUSH))
    except ValueError as unknown:
        raise Refused(f"{unknown}.") from None
    count, seconds = body.get("count", 1), body.get("seconds", DEFAULT_SECONDS.get(kind, 0))
    if type(count) is not int or count not in _COUNTS:
        raise Refused("The count is a whole number from 1 to 1000.")
    if type(seconds) not in {int, float} or not 0 <= seconds <= _SECONDS_LIMIT:
        raise Refused("The seconds are a number from 0 to thirty days of them.")
    return Fault(kind=kind, count=count, call=call, seconds=seconds)


def _view(fault: Fault) -> dict[str, Any]:
    view: dict[str, Any] = {"kind": fault.kind, "count": fault.count}
    if fault.kind in DEFAULT_SECONDS:
        view["seconds"] = fault.seconds
    if fault.kind in ON_A_CALL:
        view["call"] = fault.call
    return view
