"""Everything that a business has here, as a file in the chat."""

from functools import partial
from html import escape

from bot import chat
from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row, way_back
from bot.owner.office.export_file import FileKind, books_of
from core.models import User

# The Bot API's limit for a file that a bot sends.
_MAX_BYTES = 50 * 1024 * 1024


async def export(context: Context, where: Where) -> Outcome:
    """Offer the two kinds of file."""
    _ = context.texts.gettext
    await context.owner()
    text = _(
        "<b>Export</b>\nI send you a file with all plans, clients, subscriptions, transactions, "
        "prompts, payments, and which payment paid what. It names your clients and their phones: "
        "keep it safe."
    )
    kinds = [
        button(_("📊 Excel"), where.stay("exported", FileKind.EXCEL), PRIMARY),  # button
        button(_("🗂 CSV (zip)"), where.stay("exported", FileKind.CSV), PRIMARY),  # button
    ]
    return Screen(text=text, rows=[kinds, way_back(context.texts, where)])


async def make_export(context: Context, where: Where) -> Outcome:
    """Say that the file is being made; it follows below."""
    _ = context.texts.gettext
    owner = await context.owner()
    await context.engine.exports.note(owner.id)
    kind = FileKind(where.arguments[0])
    return Screen(
        text=_("📤 I am writing your books into a file. It follows below in a moment."),
        rows=[way_back(context.texts, where)],
        afterwards=partial(begin_export, context, owner, kind),
    )


async def begin_export(context: Context, owner: User, kind: FileKind, _message_id: int) -> None:
    """Make the file beside the chat, and send it when it is there."""
    context.application.create_task(_send(context, owner, kind), update=context.incoming)


async def _send(context: Context, owner: User, kind: FileKind) -> None:
    _ = context.texts.gettext
    document, count = await books_of(context.engine.exports, owner.id, context.texts, kind)
    chat_id, today = context.person.telegram_id, context.engine.today()
    if len(document) > _MAX_BYTES:
        text = _("The file is too big for Telegram. Please ask the administrator for it.")
        await chat.send(context, chat_id, Screen(text=text, rows=[home_row(context.texts)]))
        return
    caption = context.texts.ngettext(
        "📤 The books of <b>{business}</b> on {date}: {n} row.",
        "📤 The books of <b>{business}</b> on {date}: {n} rows.",
        count,
    ).format(business=escape(owner.display_name), date=context.texts.date(today), n=f"{count:,}")
    screen = Screen(text=caption, rows=[home_row(context.texts)])
    name = f"fluxpay-{today.isoformat()}.{kind}"
    await chat.send_document(context, chat_id, screen, document, name=name)
