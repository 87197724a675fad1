"""Run the bot beside everything else: it comes up when Telegram can be reached, not before."""

import asyncio
from dataclasses import dataclass

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.application import build_application
from bot.context import MESSENGER
from bot.decoration import decorate
from bot.handlers import ALLOWED_UPDATES
from bot.intake import BackOff, Intake, complain
from bot.notices.messenger import ChatMessenger
from core.database import tell_failure
from core.engine import Engine
from core.settings import Settings

BOT_USERNAME = "bot_username"
"""The fact under which the engine finds the name for invitation links."""

_FINISH_WITHIN_S = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to push updates, and the secret that it shows there."""

    url: str
    secret: str

    def __repr__(self) -> str:
        return f"Webhook(url={self.url!r})"


class BotRunner:
    """The bot as one part of the program: `start` returns at once, `stop` finishes its work."""

    def __init__(
        self, engine: Engine, settings: Settings, *, webhook: Webhook | None = None
    ) -> None:
        """Poll, or with a webhook work off what the server stores.

        Raises:
            ValueError: The settings hold no bot token.
        """
        if settings.telegram_bot_token is None:
            raise ValueError("a bot needs a token")
        self._engine = engine
        self._webhook = webhook
        self._application = build_application(
            engine,
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
        )
        self._intake = Intake(self._application, engine)
        self._running: asyncio.Task[None] | None = None
        self.is_up = asyncio.Event()
        """Set once Telegram has answered and updates are being handled."""

    @property
    def messenger(self) -> ChatMessenger:
        """Whom the outbox hands its notices to."""
        messenger: ChatMessenger = self._application.bot_data[MESSENGER]
        return messenger

    async def start(self) -> None:
        """Begin, in the background: an unreachable Telegram must not hold up the rest."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, say goodbye."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._intake.settle(within_s=_FINISH_WITHIN_S)
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()

    async def _run(self) -> None:
        await self._come_up()
        await self._application.start()
        self.is_up.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._intake.work())
            bring_in = self._intake.poll if self._webhook is None else self._intake.listen
            group.create_task(bring_in())
            group.create_task(decorate(self._application.bot))

    async def _come_up(self) -> None:
        back_off = BackOff()
        while True:
            try:
                await self._introduce()
                await self._engine.updates.release()
            except TelegramError as error:
                await back_off.wait(at_least_s=complain(error))
            except Exception as error:  # noqa: BLE001 - the database may come up after us
                tell_failure(_log, "bot_not_up_yet", error)
                await back_off.wait()
            else:
                return

    async def _introduce(self) -> None:
        """Learn the bot's name, and tell Telegram how updates are to come."""
        await self._application.initialize()
        bot = self._application.bot
        await self._engine.facts.put(BOT_USERNAME, bot.username)
        if self._webhook is None:
            await self._clear_webhook()
        else:
            await bot.set_webhook(
                self._webhook.url,
                secret_token=self._webhook.secret,
                allowed_updates=ALLOWED_UPDATES,
            )
        _log.info("bot_is_up", username=bot.username)

    async def _clear_webhook(self) -> None:
        """Let polling work; a Bot API server that knows no webhooks refuses, which is as well.

        `getMe` was answered just before, so a 404 is about the method and not about the token.
        """
        try:
            await self._application.bot.delete_webhook(drop_pending_updates=False)
        except (BadRequest, InvalidToken) as error:
            _log.warning("webhook_not_cleared", reason=type(error).__name__)
