"""Plays scenarios for the sandbox's page, in the world that it shows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from fluxpay.play.demo_book import build_demo_book
from fluxpay.play.player import Player
from fluxpay.play.reading import SHIPPED, read_script, shipped_titles
from fluxpay.play.stage import Stage
from sandbox.control.play import PlayFailed, Progress, Title

_PAUSE_S = 0.7
"""How long each event stays in sight."""
_STARTS_WITHIN_S = 60


class FluxPayDirector:
    """Has a stage as soon as the program around it is up; who is early waits for it."""

    def __init__(self) -> None:
        self._stage: asyncio.Future[Stage] = asyncio.get_running_loop().create_future()

    def enter(self, stage: Stage) -> None:
        """Take the stage on which to play."""
        self._stage.set_result(stage)

    def titles(self) -> Sequence[Title]:
        """Return the scenarios that ship with the sandbox."""
        return shipped_titles()

    async def play(self, name: str, progress: Progress) -> str:
        """Play a shipped scenario, slowly enough to be watched.

        Raises:
            PlayFailed: Something did not come out as the scenario says.
        """
        async with self._on_stage() as stage:
            player = Player(
                stage,
                read_script(SHIPPED / f"{name}.yaml"),
                tell=lambda text, step, of: progress.tell(text, step=step, of=of),
                pause_s=_PAUSE_S,
            )
            report = await player.play()
        if report.failures:
            raise PlayFailed("; ".join(report.failures))
        return "All came out as it should."

    async def build_demo_book(self, progress: Progress) -> str:
        """Live through a year of a business, as fast as the program can."""
        async with self._on_stage() as stage:
            return await build_demo_book(stage, progress)

    async def live_until(self, instant: datetime) -> None:
        """Go from one event to the next, and to the end of what the last one began."""
        async with self._on_stage() as stage:
            await stage.go(instant)
            await stage.rest()

    @asynccontextmanager
    async def _on_stage(self) -> AsyncIterator[Stage]:
        try:
            async with asyncio.timeout(_STARTS_WITHIN_S):
                stage = await asyncio.shield(self._stage)
        except TimeoutError:
            raise PlayFailed("FluxPay did not come up within a minute.") from None
        async with stage.alone():
            yield stage
