"""Every handler, in order: the first one of a group that fits takes the update."""

from telegram import Update
from telegram.constants import UpdateType
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ChatMemberHandler,
    ChosenInlineResultHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.context import App, Context
from bot.routing import commands, inline
from bot.routing.mishaps import on_error
from bot.routing.router import on_press

# What is asked of Telegram by name: it keeps the old list otherwise, and sends kinds that
# nobody here handles.
ALLOWED_UPDATES = [
    UpdateType.MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
    UpdateType.EDITED_MESSAGE,
    UpdateType.INLINE_QUERY,
    UpdateType.CHOSEN_INLINE_RESULT,
]

_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_IN_GROUP = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE & filters.COMMAND

_COMMANDS = {
    "start": commands.on_start,
    "menu": commands.on_menu,
    "help": commands.on_help,
    "cancel": commands.on_cancel,
    "status": commands.on_status,
    "privacy": commands.on_privacy,
    "language": commands.on_language,
    "settings": commands.on_language,
    "newplan": commands.on_new_plan,
    "newclient": commands.on_new_client,
    "push": commands.on_push,
    "plans": commands.on_plans,
    "clients": commands.on_clients,
    "transactions": commands.on_transactions,
    "admin": commands.on_admin,
    "block": commands.on_block,
    "unblock": commands.on_unblock,
}


def register_handlers(application: App) -> None:
    """Register them all."""
    # An edit is no new answer, on purpose: what was answered before stands.
    application.add_handler(MessageHandler(filters.UpdateType.EDITED, _ignore), group=-2)
    application.add_handler(ChatMemberHandler(commands.on_membership), group=-2)
    # Whoever writes or presses is known before anything else happens.
    application.add_handler(TypeHandler(Update, _meet), group=-1)

    application.add_handler(CallbackQueryHandler(_on_press_anywhere))
    application.add_handler(InlineQueryHandler(inline.on_query))
    application.add_handler(ChosenInlineResultHandler(inline.on_choice))
    application.add_handler(MessageHandler(_IN_GROUP, commands.on_group))
    for name, handler in _COMMANDS.items():
        application.add_handler(CommandHandler(name, handler, _PRIVATE))
    application.add_handler(MessageHandler(_PRIVATE & filters.COMMAND, commands.on_unknown))
    application.add_handler(MessageHandler(_PRIVATE & filters.TEXT, commands.on_text))
    application.add_handler(MessageHandler(_PRIVATE & filters.CONTACT, commands.on_contact))
    # Not the service messages, such as that a message was pinned.
    anything_else = _PRIVATE & ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(anything_else, commands.on_other))
    application.add_error_handler(on_error)


async def _ignore(_update: Update, _context: Context) -> None:
    raise ApplicationHandlerStop


async def _on_press_anywhere(update: Update, context: Context) -> None:
    """Handle a press in a private chat; a button that got into a group does nothing there."""
    if context.met is None:
        await commands.on_group_press(update, context)
    else:
        await on_press(update, context)


async def _meet(update: Update, context: Context) -> None:
    context.incoming = update
    account, chat = update.effective_user, update.effective_chat
    # A result of ours that stands in any chat has a button, too, and tells nothing of the chat.
    is_elsewhere = chat is None and (update.callback_query or update.chosen_inline_result)
    if account is not None and (is_elsewhere or (chat and chat.type == chat.PRIVATE)):
        await context.meet(account)
