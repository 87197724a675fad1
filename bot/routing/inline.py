"""`@bot name`, typed anywhere: an owner finds his own clients, and nobody else finds any.

What is posted where he typed holds a name alone: the card with its money opens in his own chat.
"""

from html import escape

from telegram import (
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Message,
    Update,
)
from telegram.error import BadRequest

from bot.context import Context
from bot.looks.client_cards import state_sign, state_words
from bot.looks.message import client_button
from bot.routing.router import show_place
from bot.words.texts import Texts, texts_for
from core.errors import NotAllowed
from core.models import User
from core.services.clients.directory import Entry

_A_PAGE = 20
_TOO_LATE = "query is too old"
_PREFIX = "client:"


async def on_query(update: Update, context: Context) -> None:
    """Offer the asker's own clients."""
    query = update.inline_query
    if query is None:
        return
    try:
        await _answer(context, query)
    except BadRequest as error:
        if _TOO_LATE not in error.message.lower():  # He has typed on meanwhile.
            raise


async def _answer(context: Context, query: InlineQuery) -> None:
    owner = await _owner(context, query.from_user.id)
    if owner is None:
        texts = texts_for(query.from_user.language_code or "en")
        await query.answer([], cache_time=0, is_personal=True, button=_way_in(texts))
        return
    texts = texts_for(owner.language, zone=context.engine.zone)
    offset = int(query.offset) if query.offset.isdigit() else 0
    page = await context.engine.directory.page(
        owner.id, text=query.query, offset=offset, limit=_A_PAGE
    )
    seen = offset + len(page.entries)
    await query.answer(
        [_result(texts, entry) for entry in page.entries],
        cache_time=0,
        is_personal=True,
        next_offset=str(seen) if page.entries and seen < page.total else "",
    )


async def _owner(context: Context, telegram_id: int) -> User | None:
    try:
        return await context.engine.people.require_owner(telegram_id)
    except NotAllowed:
        return None


def _way_in(texts: Texts) -> InlineQueryResultsButton:
    _ = texts.gettext
    return InlineQueryResultsButton(_("Open FluxPay"), start_parameter="menu")  # button


def _result(texts: Texts, entry: Entry) -> InlineQueryResultArticle:
    _ = texts.gettext
    name = entry.client.name
    about = _("{sign} {amount} · {state}").format(
        sign=state_sign(entry.standing.state),
        amount=texts.kes(entry.standing.amount_kes),
        state=state_words(texts, entry.standing),
    )
    return InlineQueryResultArticle(
        id=f"{_PREFIX}{entry.client.id}",
        title=name,
        description=about,
        input_message_content=InputTextMessageContent(f"👤 {escape(name)}"),
        reply_markup=InlineKeyboardMarkup([[client_button(texts, entry.client.id)]]),
    )


async def on_choice(update: Update, context: Context) -> None:
    """Open the chosen client's card in the owner's own chat."""
    choice = update.chosen_inline_result
    if choice is None or not choice.result_id.startswith(_PREFIX):
        return
    await show_place(update, context, "client", choice.result_id.removeprefix(_PREFIX))


def is_result(context: Context, message: Message) -> bool:
    """Tell whether somebody posted one of our results: `on_choice` has its card."""
    return message.via_bot is not None and message.via_bot.id == context.bot.id
