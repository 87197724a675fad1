"""What Telegram shows around the chat: the commands and the bot's description.

Telegram limits how often these are set, so they are set only when they differ. None of it is
needed for the bot to work: a refusal is logged and that is all.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.context import Context
from bot.words.texts import LANGUAGES, Texts, texts_for
from core.cipher import sha256_hex
from core.models import Approval

_log = structlog.get_logger(__name__)


async def decorate(bot: Bot) -> None:
    """Bring commands and descriptions up to date in every language."""
    for language in LANGUAGES:
        texts = texts_for(language)
        # English is what people of any other language see: it has no code of its own.
        code = None if language == LANGUAGES[0] else language
        await _try(partial(_set_commands, bot, texts, code))
        await _try(partial(_set_description, bot, texts, code))
        await _try(partial(_set_short_description, bot, texts, code))


class Role(StrEnum):
    """Whose commands a chat shows. It shows, and never allows: that is the engine's business."""

    EVERYBODY = "everybody"
    CLIENT = "client"
    OWNER = "owner"
    ADMIN = "admin"


async def role_of(context: Context) -> Role:
    """Return what the person is here, the highest first."""
    person = context.person
    if context.engine.people.is_admin(person.telegram_id):
        return Role.ADMIN
    if person.approval is Approval.APPROVED:
        return Role.OWNER
    is_client = bool(await context.engine.standings.standings(person.telegram_id))
    return Role.CLIENT if is_client else Role.EVERYBODY


async def dress_chat(context: Context) -> None:
    """Give a chat the commands of its person's role, in the language that he chose.

    What was set last is remembered by its digest, so that Telegram is bothered only when the
    commands, the role or the language have changed.
    """
    person = context.person
    commands = commands_for(await role_of(context), context.texts)
    digest = sha256_hex("\n".join(f"{one.command}:{one.description}" for one in commands))
    name = f"commands:{person.telegram_id}"
    if await context.engine.facts.get(name) == digest:
        return
    scope = BotCommandScopeChat(person.telegram_id)
    if await _try(partial(context.bot.set_my_commands, commands, scope=scope)):
        await context.engine.facts.put(name, digest)


def commands_for(role: Role, texts: Texts) -> list[BotCommand]:
    """Return the commands of a role."""
    match role:
        case Role.EVERYBODY:
            return everybodys_commands(texts)
        case Role.CLIENT:
            return client_commands(texts)
        case Role.OWNER:
            return owner_commands(texts)
        case Role.ADMIN:
            _ = texts.gettext
            admin = BotCommand("admin", _("Run this installation"))
            return [*owner_commands(texts), admin]


def everybodys_commands(texts: Texts) -> list[BotCommand]:
    """Return the commands of somebody who has no business here."""
    _ = texts.gettext
    return [
        BotCommand("start", _("Begin")),
        BotCommand("status", _("What you pay for")),
        BotCommand("language", _("English or Kiswahili")),
        BotCommand("privacy", _("What I keep about you")),
        BotCommand("help", _("How FluxPay works")),
    ]


def client_commands(texts: Texts) -> list[BotCommand]:
    """Return the commands of somebody who pays a business here."""
    _ = texts.gettext
    return [
        BotCommand("status", _("What you pay for")),
        BotCommand("menu", _("Begin")),
        BotCommand("privacy", _("What I keep about you")),
        BotCommand("language", _("English or Kiswahili")),
        BotCommand("help", _("How FluxPay works")),
        BotCommand("cancel", _("Leave a form")),
    ]


def owner_commands(texts: Texts) -> list[BotCommand]:
    """Return the commands of an owner."""
    _ = texts.gettext
    return [
        BotCommand("menu", _("Your business at a glance")),
        BotCommand("newplan", _("Make a plan")),
        BotCommand("newclient", _("Add a client")),
        BotCommand("push", _("Simulate an STK push")),
        BotCommand("plans", _("Your plans")),
        BotCommand("clients", _("Your clients and how they stand")),
        BotCommand("transactions", _("What was paid and what was not")),
        BotCommand("status", _("What you pay for")),
        BotCommand("privacy", _("What I keep about you")),
        BotCommand("language", _("English or Kiswahili")),
        BotCommand("help", _("How FluxPay works")),
        BotCommand("cancel", _("Leave a form")),
    ]


async def _set_commands(bot: Bot, texts: Texts, code: str | None) -> None:
    scope: BotCommandScope = BotCommandScopeAllPrivateChats()
    wanted = everybodys_commands(texts)
    if list(await bot.get_my_commands(scope=scope, language_code=code)) != wanted:
        await bot.set_my_commands(wanted, scope=scope, language_code=code)


async def _set_description(bot: Bot, texts: Texts, code: str | None) -> None:
    _ = texts.gettext
    wanted = _(
        "FluxPay collects regular payments by M-Pesa. A business makes its plans and adds its "
        "clients here; each client gets an M-Pesa prompt on the billing day, and both sides are "
        "told how it went. Press Start to begin."
    )
    if (await bot.get_my_description(language_code=code)).description != wanted:
        await bot.set_my_description(wanted, language_code=code)


async def _set_short_description(bot: Bot, texts: Texts, code: str | None) -> None:
    _ = texts.gettext
    wanted = _("Regular payments by M-Pesa, run from a chat.")
    if (await bot.get_my_short_description(language_code=code)).short_description != wanted:
        await bot.set_my_short_description(wanted, language_code=code)


async def _try(call: Callable[[], Awaitable[object]]) -> bool:
    """Make the call; a refusal is a warning in the log."""
    try:
        await call()
    except Exception as error:  # noqa: BLE001 - another server may answer what PTB can't read
        detail = error.message if isinstance(error, TelegramError) else type(error).__name__
        _log.warning("decoration_refused", detail=detail)
        return False
    return True
