"""The methods of the Bot API, by name in lower case: their names know no case.

getUpdates is missing: it waits, so it lives with the server (`sandbox.telegram.api`).
"""

from collections.abc import Callable
from typing import Any, Final

from sandbox.telegram.methods import (
    chats,
    connection,
    decoration,
    editing,
    inline,
    media,
    sending,
)
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params

Method = Callable[[Telegram, Params], Any]

METHODS: Final[dict[str, Method]] = {
    "getme": connection.get_me,
    "logout": connection.sign_off,
    "close": connection.sign_off,
    "setwebhook": connection.set_webhook,
    "deletewebhook": connection.delete_webhook,
    "getwebhookinfo": connection.get_webhook_info,
    "sendmessage": sending.send_message,
    "sendcontact": sending.send_contact,
    "sendchataction": sending.send_chat_action,
    "sendmessagedraft": sending.send_message_draft,
    "copymessage": sending.copy_message,
    "forwardmessage": sending.forward_message,
    "sendphoto": media.send_photo,
    "senddocument": media.send_document,
    "sendmediagroup": media.send_media_group,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagemedia": editing.edit_message_media,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "answercallbackquery": chats.answer_callback_query,
    "answerinlinequery": inline.answer_inline_query,
    "getchat": chats.get_chat,
    "getchatmember": chats.get_chat_member,
    "leavechat": chats.leave_chat,
    "pinchatmessage": chats.pin_chat_message,
    "unpinchatmessage": chats.unpin_chat_message,
    "unpinallchatmessages": chats.unpin_all_chat_messages,
    "setmessagereaction": chats.set_message_reaction,
    "getfile": chats.get_file,
    "setmycommands": decoration.set_my_commands,
    "getmycommands": decoration.get_my_commands,
    "deletemycommands": decoration.delete_my_commands,
    "setmyname": decoration.text_setter("name"),
    "getmyname": decoration.text_getter("name"),
    "setmydescription": decoration.text_setter("description"),
    "getmydescription": decoration.text_getter("description"),
    "setmyshortdescription": decoration.text_setter("short_description"),
    "getmyshortdescription": decoration.text_getter("short_description"),
    "setchatmenubutton": decoration.set_chat_menu_button,
    "getchatmenubutton": decoration.get_chat_menu_button,
}
