"""Replies to letters: whoever swipes one to answer it means the person who wrote it."""

from telegram import Message, Update

from bot import chat
from bot.context import Context
from bot.looks.screen import Screen, home_row
from bot.words.errors import sentence_for
from core.errors import FluxPayError


async def take_reply(update: Update, context: Context, message: Message) -> bool:
    """Bring a reply to whoever wrote the letter; False when it replies to no letter."""
    behind = message.reply_to_message
    if behind is None or message.text is None:
        return False
    letter = await context.engine.care.letter_behind(context.person.telegram_id, behind.message_id)
    if letter is None:
        return False
    _ = context.texts.gettext
    template, client_id = letter
    text = _("✅ Your answer is on its way.")
    try:
        await _bring(context, template, client_id, message.text, key=str(update.update_id))
    except FluxPayError as error:
        text = sentence_for(context.texts, error)
    await chat.show(update, context, Screen(text=text, rows=[home_row(context.texts)]))
    return True


async def _bring(context: Context, template: str, client_id: int, text: str, *, key: str) -> None:
    care = context.engine.care
    if template == "client_letter":
        await care.write_to_owner(context.person.telegram_id, client_id, text, key=key)
    else:
        owner = await context.owner()
        await care.write_to_client(owner.id, client_id, text, key=key)
