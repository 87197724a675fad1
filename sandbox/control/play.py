"""Playing scenarios in this world, for whoever brings a director along.

The sandbox knows no product, so it cannot create a plan or invite a client: a director can. It
only sees to it that one thing is played at a time, and tells how far it has come.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal, Protocol

from aiohttp import web

from sandbox.guard import Refused

_log = logging.getLogger("sandbox.play")


@dataclass(frozen=True, slots=True)
class Title:
    """A scenario on the list."""

    name: str
    title: str
    description: str


class PlayFailed(Exception):
    """What was played did not come out as it must; the text says why."""


@dataclass(slots=True)
class Progress:
    """How far the latest play has come."""

    state: Literal["idle", "playing", "done", "failed"] = "idle"
    title: str = ""
    step: int = 0
    of: int = 0
    message: str = ""
    changed: Callable[[], None] = lambda: None

    def begin(self, title: str) -> None:
        """Forget the play before."""
        self.state, self.title, self.step, self.of, self.message = "playing", title, 0, 0, ""
        self.changed()

    def tell(self, message: str, *, step: int, of: int) -> None:
        """Say what happens now."""
        self.step, self.of, self.message = step, of, message
        self.changed()

    def end(self, state: Literal["done", "failed"], message: str) -> None:
        """Say how it ended."""
        self.state, self.message = state, message
        self.changed()

    def view(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        shown = asdict(self)
        del shown["changed"]
        return shown


class Director(Protocol):
    """Knows the product well enough to play it."""

    def titles(self) -> Sequence[Title]:
        """Return the scenarios there are."""

    async def play(self, name: str, progress: Progress) -> str:
        """Play one in this world, visibly, and return a closing sentence.

        Raises:
            PlayFailed: Something did not come out as the scenario says.
        """

    async def build_demo_book(self, progress: Progress) -> str:
        """Live through a year of a business, and return a closing sentence.

        Raises:
            PlayFailed: Something did not come out as it must.
        """

    async def live_until(self, instant: datetime) -> None:
        """Let the time up to this instant pass, and see through all that happens in it.

        Raises:
            PlayFailed: The product did not come to rest.
        """


class PlayControl:
    """Starts plays, one at a time, and shows how they go.

    Args:
        director: Plays; None: nobody can.
        changed: Hears of all progress.
        is_busy: Tells whether somebody else moves the clock just now.
    """

    def __init__(
        self,
        director: Director | None,
        *,
        changed: Callable[[], None],
        is_busy: Callable[[], bool],
    ) -> None:
        self._director = director
        self._is_busy = is_busy
        self._progress = Progress(changed=changed)
        self._playing: asyncio.Task[None] | None = None

    @property
    def is_playing(self) -> bool:
        """Whether something is being played."""
        return self._playing is not None and not self._playing.done()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/scenarios", self._list),
            web.post("/api/scenarios/{name}/play", self._play),
            web.post("/api/demo-book", self._demo_book),
            web.get("/api/play", self._show),
        ]

    async def close(self) -> None:
        """Break off what is being played."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    async def _list(self, _request: web.Request) -> web.Response:
        titles = self._director.titles() if self._director else []
        return web.json_response({"items": [asdict(title) for title in titles]})

    async def _play(self, request: web.Request) -> web.Response:
        director, name = self._free_director(), request.match_info["name"]
        title = next((each for each in director.titles() if each.name == name), None)
        if title is None:
            raise Refused("There is no scenario with that name.", HTTPStatus.NOT_FOUND)
        return self._begin(title.title, lambda: director.play(name, self._progress))

    async def _demo_book(self, _request: web.Request) -> web.Response:
        director = self._free_director()
        return self._begin("A demo book", lambda: director.build_demo_book(self._progress))

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._progress.view())

    def _free_director(self) -> Director:
        if self._director is None:
            raise Refused("Nobody here can play scenarios.", HTTPStatus.NOT_FOUND)
        if self.is_playing:
            raise Refused("Something is being played already.", HTTPStatus.CONFLICT)
        if self._is_busy():
            raise Refused("A month is running: wait for its end.", HTTPStatus.CONFLICT)
        return self._director

    def _begin(self, title: str, play: Callable[[], Awaitable[str]]) -> web.Response:
        self._progress.begin(title)
        self._playing = asyncio.create_task(self._carry_out(play))
        return web.json_response(self._progress.view(), status=HTTPStatus.ACCEPTED)

    async def _carry_out(self, play: Callable[[], Awaitable[str]]) -> None:
        try:
            closing = await play()
        except PlayFailed as failure:
            self._progress.end("failed", str(failure))
        except asyncio.CancelledError:
            self._progress.end("failed", "It was broken off.")
            raise
        except Exception:  # noqa: BLE001 - the page must hear of it, whatever it is
            _log.exception("play_broke")
            self._progress.end("failed", "It broke: the log says why.")
        else:
            self._progress.end("done", closing)
