"""The Telegram application: built here, fed by bot/intake.py, driven by bot/runner.py."""

import asyncio
import ssl
from collections.abc import Awaitable
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

import httpx
from telegram import LinkPreviewOptions, Update
from telegram.constants import ParseMode
from telegram.ext import Application, BaseUpdateProcessor, ContextTypes, Defaults
from telegram.request import HTTPXRequest

from bot.context import ENGINE, MESSENGER, App, Context
from bot.handlers import register_handlers
from bot.notices.messenger import ChatMessenger
from core.engine import Engine

AT_ONCE = 24
"""Updates of so many people are handled at the same time.

Each waits in turn for one of the database's ten connections, and gives up after seconds: more at
once would not be faster, and in a rush the last ones would meet an apology.
"""

_CONNECTIONS = AT_ONCE + 32  # The outbox and charges send beside the handlers.
# A torn long poll blocks its connection for ever; with a pool of one the bot would fall silent.
_POLL_CONNECTIONS = 8
_CONNECT_S = 10.0
_READ_S = 20.0
_POOL_S = 30.0


class PerUserProcessor(BaseUpdateProcessor):
    """Handle many people at once, and the updates of each one after the other."""

    def __init__(self, at_once: int) -> None:
        super().__init__(at_once)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Run the handlers when this person's earlier update is done."""
        async with self._lock_for(update):
            await coroutine

    def _lock_for(self, update: object) -> asyncio.Lock:
        user = update.effective_user if isinstance(update, Update) else None
        if user is None:
            return asyncio.Lock()  # Nobody's: it need not wait for anybody.
        return self._locks.setdefault(user.id, asyncio.Lock())

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""


def build_application(engine: Engine, *, token: str, api_url: str) -> App:
    """Build the application around the engine; `api_url` is a Bot API server's address.

    It has no Updater: updates come from the inbox, whether they were polled or pushed.
    """
    application: App = (
        Application.builder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .defaults(
            Defaults(
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        .context_types(ContextTypes(context=Context))
        .concurrent_updates(PerUserProcessor(AT_ONCE))
        .request(
            HTTPXRequest(
                connection_pool_size=_CONNECTIONS,
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                pool_timeout=_POOL_S,
                httpx_kwargs=_verifying(),
            )
        )
        .get_updates_request(
            HTTPXRequest(connection_pool_size=_POLL_CONNECTIONS, httpx_kwargs=_verifying())
        )
        .updater(None)
        .job_queue(None)
        .build()
    )
    application.bot_data[ENGINE] = engine
    application.bot_data[MESSENGER] = ChatMessenger(application.bot, engine)
    register_handlers(application)
    return application


@cache
def _verifying() -> dict[str, ssl.SSLContext]:
    """Read whom to trust once: it takes longer than all the rest of the building."""
    return {"verify": httpx.create_ssl_context()}
