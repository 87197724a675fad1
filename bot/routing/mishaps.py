"""What nobody foresaw: the log gets the trace first, the person an apology with its number."""

import secrets
from html import escape

import structlog
from telegram import Update
from telegram.error import Forbidden, TelegramError

from bot import chat
from bot.context import Context
from bot.looks.screen import Screen, home_row
from bot.routing.router import refusal
from core.database import tell_failure
from core.errors import FluxPayError

_log = structlog.get_logger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Log the error, then tell the person that it was ours. Error texts stay in the log."""
    incident = secrets.token_hex(4)
    error = context.error
    if isinstance(error, Forbidden):
        await _note_blocked(update, context)
        return
    _log_it(error, incident)
    if not isinstance(update, Update) or update.effective_chat is None:
        return
    await _recognise(update, context)
    screen = (
        refusal(context, error) if isinstance(error, FluxPayError) else _apology(context, incident)
    )
    try:
        await chat.show(update, context, screen, is_new=True)
    except TelegramError as second:
        _log.warning("apology_not_sent", incident=incident, reason=type(second).__name__)


def _log_it(error: Exception | None, incident: str) -> None:
    if error is None or isinstance(error, FluxPayError):
        return
    if isinstance(error, TelegramError):  # What it wraps is the network's, not the database's.
        _log.error("incident", incident=incident, exc_info=error)
    else:
        tell_failure(_log, "incident", error, incident=incident)


async def _note_blocked(update: object, context: Context) -> None:
    """He has blocked the bot while it was answering: nobody is there to be told."""
    if isinstance(update, Update) and update.effective_user is not None:
        _log.info("person_blocked_the_bot")
        await context.engine.outbox.mark_unreachable(update.effective_user.id)


async def _recognise(update: Update, context: Context) -> None:
    """Find out the person's language: the context of an error is a new one."""
    if update.effective_user is None:
        return
    try:
        context.met = await context.engine.people.find(update.effective_user.id)
    except Exception as second:  # noqa: BLE001 - with the database away English has to do
        _log.warning("person_not_found", reason=type(second).__name__)


def _apology(context: Context, incident: str) -> Screen:
    _ = context.texts.gettext
    text = _(
        "😔 Sorry, that went wrong on my side. Please try again. If it stays so, tell the "
        "administrator this number: <code>{incident}</code>"
    ).format(incident=escape(incident))
    return Screen(text=text, rows=[home_row(context.texts)])
