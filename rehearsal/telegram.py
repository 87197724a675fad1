"""Telegram as the outbox meets it: floods, timeouts, and people who block the bot."""

import asyncio
from collections import Counter
from datetime import timedelta

from core.ports import Delivery, Failure, Notice
from rehearsal.baton import current
from rehearsal.weather import Fault
from rehearsal.world import World


class Telegram:
    """The engine's core.ports.Messenger."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._weather = world.weather
        self._blocked: set[int] = set()
        self.shown: Counter[int] = Counter()
        """How often each notice has appeared in its chat."""

    async def deliver(self, notice: Notice) -> Delivery:
        """Show one message, or say why not."""
        await self._pass(f"send {notice.template}")
        if notice.chat_id in self._blocked or self._weather.strikes(Fault.BLOCKED):
            self._blocked.add(notice.chat_id)
            return Delivery(failure=Failure.BLOCKED, detail="403 bot was blocked by the user")
        if self._weather.strikes(Fault.FLOOD):
            wait = timedelta(seconds=int(self._weather.seconds(1, 300)))
            return Delivery(failure=Failure.LATER, retry_after=wait, detail="429")
        if self._weather.strikes(Fault.TELEGRAM_TIMEOUT):
            return await self._time_out(notice)
        self.shown[notice.notification_id] += 1
        await self._pass("sent")
        return Delivery(message_id=1000 + notice.notification_id)

    async def _time_out(self, notice: Notice) -> Delivery:
        """Nobody answers in time; the message may have been shown."""
        if self._weather.rng.random() < 0.5:  # noqa: PLR2004 - as likely as not
            self.shown[notice.notification_id] += 1
        await asyncio.sleep(self._weather.seconds(5, 30))
        return Delivery(failure=Failure.LATER, detail="timed out")

    async def _pass(self, label: str) -> None:
        process = current.get()
        if process is not None:
            await process.turn(f"telegram {label}")
        await asyncio.sleep(self._weather.seconds(0.01, 0.2))
