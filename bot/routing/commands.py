"""What people send as messages: commands, answers to forms, and everything else."""

from telegram import Chat, ChatMember, InlineKeyboardButton, Update
from telegram.ext import ApplicationHandlerStop
from telegram.helpers import create_deep_linked_url

from bot import chat
from bot.admin import actions
from bot.client import acceptance
from bot.context import Context
from bot.decoration import dress_chat
from bot.forms.filling import abandon
from bot.forms.inputs import plain_digits
from bot.forms.typed_answers import say_what_is_expected, take_answers, take_contact, take_text
from bot.looks.screen import PRIMARY, Screen, home_row
from bot.owner.office import staff_links
from bot.routing import inline, letters
from bot.routing.guessing import guess, guess_contact
from bot.routing.home import one_line_help
from bot.routing.router import refusal, show_outcome, show_place
from bot.routing.sheets import SHEETS
from bot.words.texts import Texts, texts_for
from core.errors import FluxPayError
from core.services.office.staff import LINK_PREFIX


async def on_start(update: Update, context: Context) -> None:
    """Greet, or open the invitation that the link carries."""
    token = context.args[0] if context.args else None
    if token is None:
        await on_menu(update, context)
        return
    try:
        screen = await _opened(context, token)
    except FluxPayError as error:
        screen = refusal(context, error)
    await chat.show(update, context, screen)


async def _opened(context: Context, token: str) -> Screen:
    """Return what the link leads to: work in a business, or something to pay for."""
    if token.startswith(LINK_PREFIX):
        return await staff_links.invitation(context, token.removeprefix(LINK_PREFIX))
    return await acceptance.invitation(context, token)


async def on_menu(update: Update, context: Context) -> None:
    """Show the menu, always as a new message: an old one may have scrolled far away."""
    await dress_chat(context)
    await show_place(update, context, "home")


async def on_help(update: Update, context: Context) -> None:
    """Say what can be done."""
    await show_place(update, context, "help")


async def on_status(update: Update, context: Context) -> None:
    """Show what this person pays for."""
    await dress_chat(context)
    await show_place(update, context, "status")


async def on_privacy(update: Update, context: Context) -> None:
    """Show what is kept about this person."""
    await show_place(update, context, "privacy")


async def on_language(update: Update, context: Context) -> None:
    """Show the settings."""
    await show_place(update, context, "set")


async def on_new_plan(update: Update, context: Context) -> None:
    """Begin a plan."""
    await show_place(update, context, "new", "plan")


async def on_new_client(update: Update, context: Context) -> None:
    """Begin a client."""
    await show_place(update, context, "new", "client")


async def on_push(update: Update, context: Context) -> None:
    """Begin a simulated STK push."""
    await show_place(update, context, "new", "push")


async def on_plans(update: Update, context: Context) -> None:
    """List the plans."""
    await show_place(update, context, "plans")


async def on_clients(update: Update, context: Context) -> None:
    """List the clients."""
    await show_place(update, context, "clients", "all")


async def on_transactions(update: Update, context: Context) -> None:
    """List the transactions."""
    await show_place(update, context, "txns", 0)


async def on_admin(update: Update, context: Context) -> None:
    """Show the administration; for anybody but an admin there is no such command."""
    if not context.engine.people.is_admin(context.person.telegram_id):
        await on_unknown(update, context)
        return
    await dress_chat(context)
    await show_place(update, context, "admin")


async def on_block(update: Update, context: Context) -> None:
    """Block the number after the command; for anybody but an admin there is no such command."""
    await _block(update, context, blocks=True)


async def on_unblock(update: Update, context: Context) -> None:
    """Let the number after the command go; for anybody but an admin there is no such command."""
    await _block(update, context, blocks=False)


async def _block(update: Update, context: Context, *, blocks: bool) -> None:
    if not context.engine.people.is_admin(context.person.telegram_id):
        await on_unknown(update, context)
        return
    number = plain_digits(" ".join(context.args or []))
    await chat.show(update, context, await actions.block(context, number, blocks=blocks))


async def on_cancel(update: Update, context: Context) -> None:
    """Leave the form, if there is one."""
    _ = context.texts.gettext
    text = _("Nothing was open, so there is nothing to cancel.")
    if await abandon(context):
        text = _("Cancelled. Nothing was saved.")
    await chat.show(update, context, Screen(text=text, rows=[home_row(context.texts)]))


async def on_unknown(update: Update, context: Context) -> None:
    """Show the way to the menu; a command is never the answer to a question."""
    await chat.show(update, context, one_line_help(context))


async def on_text(update: Update, context: Context) -> None:
    """Take an answer to the open form or to a letter; else guess what was meant."""
    message = update.message
    if message is None or message.text is None or inline.is_result(context, message):
        return
    if await letters.take_reply(update, context, message):
        return
    if not await take_text(update, context, SHEETS, message.text):
        await show_outcome(update, context, await guess(context, message.text))


async def on_contact(update: Update, context: Context) -> None:
    """Take a shared contact: as the answer to a question, or as somebody to bill."""
    contact = update.message.contact if update.message else None
    if contact is None:
        return
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    answers = {"name": name, "phone_number": contact.phone_number}
    if await take_answers(update, context, SHEETS, answers):
        return
    if not await take_contact(update, context, SHEETS, contact):
        outcome = await guess_contact(context, name=name, phone=contact.phone_number)
        await show_outcome(update, context, outcome)


async def on_other(update: Update, context: Context) -> None:
    """Say what is expected instead of a sticker, a voice note or a photo."""
    if await say_what_is_expected(update, context, SHEETS):
        return
    _ = context.texts.gettext
    text = _("I read text only. The menu shows what I can do.")
    await chat.show(update, context, Screen(text=text, rows=[home_row(context.texts)]))


async def on_membership(update: Update, context: Context) -> None:
    """Note that somebody blocked the bot or let it in again; in a group say where it works."""
    change, chat_of = update.my_chat_member, update.effective_chat
    if change is None or chat_of is None:
        raise ApplicationHandlerStop
    is_in = change.new_chat_member.status in {ChatMember.MEMBER, ChatMember.ADMINISTRATOR}
    if chat_of.type == Chat.PRIVATE:
        outbox = context.engine.outbox
        await (outbox.mark_reachable if is_in else outbox.mark_unreachable)(chat_of.id)
    elif is_in and chat_of.type != Chat.CHANNEL:
        await on_group(update, context)
    raise ApplicationHandlerStop


async def on_group_press(update: Update, context: Context) -> None:
    """Answer a press outside of a private chat, and show nothing."""
    _ = _group_texts(update).gettext
    text = _("I work in a private chat only: nobody else should see your money matters.")
    await chat.answer(update, context, text, is_alert=True)


async def on_group(update: Update, context: Context) -> None:
    """Say that money is no matter for a group."""
    if update.effective_chat is None:
        return
    _ = _group_texts(update).gettext
    url = create_deep_linked_url(context.bot.username)
    open_chat = InlineKeyboardButton(_("💬 Open our chat"), url=url, style=PRIMARY)  # button
    text = _("I work in a private chat only: nobody else should see your money matters.")
    await chat.send(context, update.effective_chat.id, Screen(text=text, rows=[[open_chat]]))


def _group_texts(update: Update) -> Texts:
    """Nobody is met in a group, so Telegram's own word for his language has to do."""
    language = update.effective_user.language_code if update.effective_user else None
    return texts_for(language or "en")
