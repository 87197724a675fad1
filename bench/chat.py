"""The chat: presses on the menu through the whole bot, against a bare bot that only echoes."""

import time
from collections.abc import Awaitable, Callable

import aiohttp
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bench.bot_api import FIRST_OWNER, OWNERS
from bot.application import AT_ONCE
from bot.runner import BotRunner
from core.billing.clients import ClientDraft
from core.billing.periods import Frequency
from core.billing.plans import PlanDraft
from core.clock import SystemClock
from core.engine import Engine
from core.settings import Settings
from fluxpay.wiring import open_engine

Figures = dict[str, float]

_TOKEN = "7000000001:bench"  # noqa: S105 - of our own server
_CLIENTS_EACH = 5


async def press_menu(*, url: str, port: int, presses: int) -> Figures:
    """Let the whole bot work the presses off: intake, engine, dashboard, answer and edit."""
    settings = Settings.model_validate(
        {
            "database_url": url,
            "telegram_bot_token": _TOKEN,
            "telegram_api_url": f"http://127.0.0.1:{port}",
            "public_url": "https://pay.example.co.ke",
            "secret_key": "a secret key of the benchmark, long enough",
        }
    )
    async with open_engine(settings, SystemClock()) as engine:
        await _open_businesses(engine, min(presses, OWNERS))
        bot = BotRunner(engine, settings)
        return await _timed(port, bot.start, bot.stop)


async def _open_businesses(engine: Engine, count: int) -> None:
    """Let the owners have something to look at."""
    for number in range(count):
        owner = await engine.people.register_owner(FIRST_OWNER + number)
        plan = await engine.plans.create(
            owner.id,
            PlanDraft(name="Gold", amount_kes=1500, frequency=Frequency.MONTHLY, billing_day=23),
        )
        for client in range(_CLIENTS_EACH):
            phone = f"2547{number:04d}{client:04d}"
            subscription = await engine.subscriptions.create(
                owner.id,
                plan_id=plan.id,
                client=ClientDraft(name=f"Client {client}", phone_number=phone),
                send_invitation=False,
            )
            await engine.subscriptions.activate(owner.id, subscription.id)


async def echo(*, port: int) -> Figures:
    """Let a bare bot answer each press and write its data into the message."""
    application = (
        Application.builder()
        .token(_TOKEN)
        .base_url(f"http://127.0.0.1:{port}/bot")
        .concurrent_updates(AT_ONCE)
        .build()
    )
    application.add_handler(CallbackQueryHandler(_echo))

    async def start() -> None:
        await application.initialize()
        await application.start()
        assert application.updater is not None  # noqa: S101 - the builder makes one
        await application.updater.start_polling()

    async def stop() -> None:
        assert application.updater is not None  # noqa: S101 - as above
        await application.updater.stop()
        await application.stop()
        await application.shutdown()

    return await _timed(port, start, stop)


async def _echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    if query is not None:
        await query.answer()
        await query.edit_message_text(str(query.data))


async def _timed(
    port: int,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
) -> Figures:
    """Return how long it takes from the first press handed out to the last edit.

    `processor_s` is the processor's time of this process, its beginning included.
    """
    began_processor_s = time.process_time()
    await start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/done") as answer,
        ):
            figures: Figures = (await answer.json())["result"]
            figures["processor_s"] = time.process_time() - began_processor_s
    finally:
        await stop()
    return figures
