"""`bill`: work off by hand what is due now, and say what was done."""

import asyncio
from dataclasses import dataclass

from telegram.error import TelegramError

from bot.application import build_application
from bot.context import MESSENGER
from core.engine import Engine
from core.ports import Messenger
from core.settings import Settings
from fluxpay.demo import surroundings
from fluxpay.wiring import open_engine

# A round a second keeps Telegram's limits; what is left then stays in the outbox.
_MOST_ROUNDS = 120
_ROUND_S = 1.0


@dataclass(slots=True)
class Done:
    """What one run did."""

    callbacks: int = 0
    bills: int = 0
    retries: int = 0
    suspended: int = 0
    prompts: int = 0
    notices: int = 0
    is_telegram_reached: bool = True

    def __str__(self) -> str:
        lines = [
            f"Bills made: {self.bills}",
            f"Retries begun: {self.retries}",
            f"Prompts sent: {self.prompts}",
            f"Subscriptions suspended: {self.suspended}",
            f"Notices delivered: {self.notices}",
        ]
        if not self.is_telegram_reached:
            lines.append("Telegram could not be reached: its notices wait in the outbox.")
        return "\n".join(lines)


async def bill(settings: Settings) -> Done:
    """Process what is due, prompt within the sociable hours, deliver; safe beside a `run`."""
    async with (
        surroundings(settings) as place,
        open_engine(place.settings, place.clock) as engine,
    ):
        done = await work_off(engine)
        await _deliver(engine, place.settings, done)
    return done


async def work_off(engine: Engine) -> Done:
    """Do all that is due but the delivery of notices."""
    callbacks = await engine.inbox.handle_callbacks()
    await engine.changes.apply_due()  # Bills of the day leave out whoever is to change on it.
    bills = await engine.billing.process_due_payments()
    await engine.arrears.spend_credit()
    return Done(
        callbacks=callbacks,
        bills=bills,
        retries=await engine.billing.retry_failed_payments(),
        suspended=await engine.arrears.suspend_overdue(),
        prompts=await engine.prompts.send_due_prompts(),
    )


async def _deliver(engine: Engine, settings: Settings, done: Done) -> None:
    if settings.telegram_bot_token is None or not await engine.outbox.has_waiting():
        return
    application = build_application(
        engine,
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
    )
    try:
        await application.initialize()
    except TelegramError:
        done.is_telegram_reached = False
        return
    try:
        await _rounds(engine, application.bot_data[MESSENGER], done)
    finally:
        await application.shutdown()


async def _rounds(engine: Engine, messenger: Messenger, done: Done) -> None:
    """Deliver until nothing waits: what another process has leased is its business."""
    for _ in range(_MOST_ROUNDS):
        delivered = await engine.outbox.deliver_notifications(messenger)
        if delivered == 0:
            return
        done.notices += delivered
        if await engine.outbox.has_waiting():
            await asyncio.sleep(_ROUND_S)
