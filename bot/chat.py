"""The one way in which a handler speaks: answer a press, show a screen, edit or send.

Telegram refuses some edits for reasons that are no faults of ours; exactly those are swallowed
here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from telegram import (
    BotCommandScopeChat,
    CallbackQuery,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.context import Context
from bot.looks.fitting import LONGEST_CAPTION, LONGEST_TEXT, fitted
from bot.looks.screen import Screen

_MAX_TOAST = 200
_HTML = ParseMode.HTML
_SAME = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited")
_UNDELETABLE = ("message to delete not found", "message can't be deleted")
_TOO_LATE = "query is too old"
# A reply that has to wait longer than this is of no use to the person any more.
_LONGEST_WAIT_S = 30.0

Result = TypeVar("Result")
_log = structlog.get_logger(__name__)


async def answer(
    update: Update, context: Context, text: str | None = None, *, is_alert: bool = False
) -> None:
    """Answer the press, once: the first answer counts and later calls do nothing."""
    query = update.callback_query
    if query is None or context.is_answered:
        return
    context.is_answered = True
    try:
        toast = text[:_MAX_TOAST] if text else None
        await _patiently(lambda: query.answer(toast, show_alert=is_alert))
    except BadRequest as error:
        if _TOO_LATE not in error.message.lower():
            raise
    except NetworkError as error:
        # The spinner ends by itself; the screen that follows is what he waits for.
        _log.warning("press_not_answered", reason=type(error).__name__)


async def show(update: Update, context: Context, screen: Screen, *, is_new: bool = False) -> None:
    """Show the screen in place of the pressed message, else below."""
    await answer(update, context, screen.toast, is_alert=screen.is_alert)
    # A text can't become a picture, nor a picture a text: then the screen comes below.
    is_same_kind = _is_photo(update.callback_query) == (screen.photo is not None)
    pressed = pressed_message(update)
    if is_new or not is_same_kind:
        pressed = None
    try:
        pressed = await _put(context, _chat_id(update), pressed, screen)
    finally:
        # What was confirmed is committed: it is carried out even if Telegram fails just now.
        if screen.afterwards is not None and pressed is not None:
            await screen.afterwards(pressed)


async def _put(context: Context, chat_id: int, pressed: int | None, screen: Screen) -> int:
    if screen.photo is not None:
        return await _put_photo(context, chat_id, pressed, screen, screen.photo)
    if pressed is None:
        return await send(context, chat_id, screen)
    return await edit(context, chat_id, pressed, screen)


async def _put_photo(
    context: Context, chat_id: int, pressed: int | None, screen: Screen, photo: bytes
) -> int:
    if pressed is None:
        return await send_photo(context, chat_id, screen, photo)
    media = InputMediaPhoto(photo, caption=_caption(context, screen), parse_mode=_HTML)
    if await _try_call(
        lambda: context.bot.edit_message_media(
            media, chat_id=chat_id, message_id=pressed, reply_markup=screen.keyboard
        )
    ):
        return pressed
    return await send_photo(context, chat_id, screen, photo)


async def send_photo(context: Context, chat_id: int, screen: Screen, photo: bytes) -> int:
    """Send a picture with the screen's text as its caption; return the message's id."""
    message = await _patiently(
        lambda: context.bot.send_photo(
            chat_id,
            photo,
            caption=_caption(context, screen),
            reply_markup=screen.keyboard,
        )
    )
    return message.message_id


async def send(context: Context, chat_id: int, screen: Screen) -> int:
    """Send the screen as a new message; return its id."""
    message = await _patiently(
        lambda: context.bot.send_message(
            chat_id, _marked(context, screen.text), reply_markup=screen.keyboard
        )
    )
    return message.message_id


async def send_document(
    context: Context, chat_id: int, screen: Screen, document: bytes, *, name: str
) -> int:
    """Send a file with the screen as its caption, not to be forwarded; return the message's id."""
    message = await _patiently(
        lambda: context.bot.send_document(
            chat_id,
            document,
            filename=name,
            caption=_caption(context, screen),
            reply_markup=screen.keyboard,
            protect_content=True,
        )
    )
    return message.message_id


async def delete(context: Context, chat_id: int, message_id: int) -> None:
    """Take a message out of the chat; one that is gone, or too old, is left as it is."""
    try:
        await _patiently(lambda: context.bot.delete_message(chat_id, message_id))
    except BadRequest as error:
        if not any(words in error.message.lower() for words in _UNDELETABLE):
            raise


async def edit(context: Context, chat_id: int, message_id: int, screen: Screen) -> int:
    """Put the screen in place of a message, or below if that one is out of reach."""
    text = _marked(context, screen.text)
    if await _try_edit(context, chat_id, message_id, text=text, keyboard=screen.keyboard):
        return message_id
    return await send(context, chat_id, screen)


async def close(context: Context, chat_id: int, message_id: int, text: str) -> None:
    """Leave a question behind as what was answered, without buttons."""
    await _try_edit(context, chat_id, message_id, text=_marked(context, text), keyboard=None)


async def offer_contact_button(context: Context, chat_id: int) -> None:
    """Put a button for sharing one's own number under the text field."""
    _ = context.texts.gettext
    share = KeyboardButton(_("📱 Share my number"), request_contact=True)  # button
    keyboard = ReplyKeyboardMarkup(
        [[share]],
        resize_keyboard=True,
        one_time_keyboard=True,
        input_field_placeholder="0712 345 678",
    )
    text = _marked(context, _("👇 Press the button under the text field, or type your number."))
    await _patiently(lambda: context.bot.send_message(chat_id, text, reply_markup=keyboard))


async def put_keyboard_away(context: Context, chat_id: int) -> None:
    """Take the button under the text field away: only a message can, so one comes and goes."""
    text = _marked(context, "✓")
    sent = await _patiently(
        lambda: context.bot.send_message(chat_id, text, reply_markup=ReplyKeyboardRemove())
    )
    with suppress(BadRequest):
        await context.bot.delete_message(chat_id, sent.message_id)


async def forget_commands(context: Context, chat_id: int) -> None:
    """Give the chat back the menu that everybody has."""
    with suppress(TelegramError):
        await context.bot.delete_my_commands(scope=BotCommandScopeChat(chat_id))


async def drop_keyboard(update: Update) -> None:
    """Take the buttons off the pressed message, whose words stay."""
    query = update.callback_query
    if query is None:
        return
    try:
        await query.edit_message_reply_markup(None)
    except BadRequest as error:
        if not _is_harmless(error):
            raise


async def _try_edit(
    context: Context,
    chat_id: int,
    message_id: int,
    *,
    text: str,
    keyboard: InlineKeyboardMarkup | None,
) -> bool:
    """Edit a message; False when it can't be reached any more."""
    return await _try_call(
        lambda: context.bot.edit_message_text(
            text, chat_id=chat_id, message_id=message_id, reply_markup=keyboard
        )
    )


async def _try_call(call: Callable[[], Awaitable[object]]) -> bool:
    """Make an edit; False when its message can't be reached any more."""
    try:
        await _patiently(call)
    except BadRequest as error:
        if not _is_harmless(error):
            raise
        return _SAME in error.message.lower()
    return True


def _is_harmless(error: BadRequest) -> bool:
    said = error.message.lower()
    return _SAME in said or any(words in said for words in _GONE)


async def _patiently(call: Callable[[], Awaitable[Result]]) -> Result:
    """Make the call; if Telegram asks to wait, wait exactly that and make it once more."""
    try:
        return await call()
    except RetryAfter as error:
        wait_s = _seconds(error)
        if wait_s > _LONGEST_WAIT_S:
            raise
        await asyncio.sleep(wait_s)
    return await call()


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _caption(context: Context, screen: Screen) -> str:
    return _marked(context, screen.text, limit=LONGEST_CAPTION)


def _marked(context: Context, text: str, *, limit: int = LONGEST_TEXT) -> str:
    """Say DEMO where no real money moves, and keep within Telegram's limit."""
    return fitted(f"<b>DEMO</b>\n{text}" if context.engine.settings.demo else text, limit)


def pressed_message(update: Update | None) -> int | None:
    """Return the id of the message whose button was pressed; None if none was."""
    query = update.callback_query if update is not None else None
    return query.message.message_id if query is not None and query.message is not None else None


def _is_photo(query: CallbackQuery | None) -> bool:
    """Tell whether the pressed message is a picture. An inaccessible one is taken for a text."""
    message = query.message if query is not None else None
    return isinstance(message, Message) and bool(message.photo)


def _chat_id(update: Update) -> int:
    if update.effective_chat is not None:
        return update.effective_chat.id
    if update.effective_user is not None:
        return update.effective_user.id
    raise LookupError("an update from nobody has no chat to answer in")
