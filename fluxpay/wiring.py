"""How the parts are put together. Nothing else builds an Engine."""

import gc
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.runner import Webhook
from core.cipher import Cipher, sha256_hex
from core.clock import Clock
from core.daraja.gateway import DarajaGateway
from core.database import migrate, open_database
from core.engine import Engine
from core.services.context import Context
from core.services.prompts.tokens import SharedTokens
from core.settings import Settings, TelegramMode
from webhook.server import TelegramInbox

_UPDATES_PATH = "/telegram/updates"
_TOKEN_BYTES = 24
# Python's own 700 is less than a few dozen calls in the air hold, so that the collector came once
# in a dozen prompts and found nothing: a sixteenth of what a prompt cost.
_YOUNG_OBJECTS = 20_000


def mint() -> str:
    """Make a token that nobody can guess: 48 lower-case hex digits."""
    return secrets.token_hex(_TOKEN_BYTES)


@asynccontextmanager
async def open_engine(settings: Settings, clock: Clock) -> AsyncIterator[Engine]:
    """Migrate and open the database, and build the engine on it."""
    await migrate(settings.database_url)
    async with open_database(settings.database_url), _open_session() as session:
        cipher = Cipher(settings.secret_keys)
        gateway = DarajaGateway(
            base_url=settings.daraja_url,
            session=session,
            tokens=SharedTokens(clock, cipher),
            clock=clock,
        )
        engine = Engine(
            Context(settings=settings, clock=clock, gateway=gateway, cipher=cipher, mint=mint)
        )
        _spare_collector()
        yield engine


def _open_session() -> aiohttp.ClientSession:
    # Daraja sets cookies at its gateway that mean nothing to us. How many calls are in the air is
    # bounded by whoever makes them: one that waited here for a free connection would time out as
    # if Daraja could not be reached.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
    )


def _spare_collector() -> None:
    """Let the garbage collector pass over what is loaded by now, since all of it stays.

    Without this each of its full rounds walks through a hundred thousand objects for nothing, and
    each of its small ones through the calls that are in the air, all of which are needed still.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


def telegram_inbox(settings: Settings) -> TelegramInbox | None:
    """Return where our server takes Telegram's updates, None when the bot polls."""
    if settings.telegram_mode is TelegramMode.POLLING:
        return None
    return TelegramInbox(path=_UPDATES_PATH, secret=_update_secret(settings))


def telegram_webhook(settings: Settings) -> Webhook | None:
    """Return where Telegram is told to send updates, None when the bot polls."""
    if settings.telegram_mode is TelegramMode.POLLING:
        return None
    return Webhook(url=f"{settings.public_url}{_UPDATES_PATH}", secret=_update_secret(settings))


def _update_secret(settings: Settings) -> str:
    """Derive what every process must know of SECRET_KEY and the token: nothing to configure."""
    token = settings.telegram_bot_token
    text = token.get_secret_value() if token else ""
    return sha256_hex(f"telegram-updates:{settings.secret_keys[0]}:{text}")
