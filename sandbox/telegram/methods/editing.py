"""Changing and deleting messages."""

from typing import Final

from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.keyboards import checked_markup
from sandbox.telegram.messages import Message
from sandbox.telegram.methods.delivery import caption_content, reachable_chat, text_content
from sandbox.telegram.methods.media import input_media_content
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.people import Group

_DELETABLE_S: Final = 48 * 3600
_DELETED_AT_ONCE: Final = 100


def edit_message_text(telegram: Telegram, params: Params) -> Json | bool:
    """Change a text; its buttons go unless they are given again."""
    message = _to_edit(telegram, params)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    return _changed(telegram, params, message, text_content(params))


def edit_message_caption(telegram: Telegram, params: Params) -> Json | bool:
    """Change the caption of a photo or document."""
    message = _to_edit(telegram, params)
    if not {"photo", "document"} & set(message.content):
        raise bad_request("there is no caption in the message to edit")
    bare = {k: v for k, v in message.content.items() if not k.startswith("caption")}
    return _changed(telegram, params, message, bare | caption_content(params))


def edit_message_media(telegram: Telegram, params: Params) -> Json | bool:
    """Put another photo or document in its place."""
    message = _to_edit(telegram, params)
    content = input_media_content(telegram, params, params.json("media"))
    return _changed(telegram, params, message, content)


def edit_message_reply_markup(telegram: Telegram, params: Params) -> Json | bool:
    """Change or take away the buttons alone."""
    message = _to_edit(telegram, params)
    return _changed(telegram, params, message, message.content)


def delete_message(telegram: Telegram, params: Params) -> bool:
    """Delete a message of the last 48 hours, the person's too."""
    chat = reachable_chat(telegram, params)
    message = telegram.messages.find(chat.id, params.number("message_id") or 0)
    if message is None:
        raise bad_request("message to delete not found")
    if isinstance(chat, Group) and not message.from_bot:  # It would need an admin's rights.
        raise bad_request("message can't be deleted")
    if telegram.now_s() - message.sent_at_s > _DELETABLE_S:
        raise bad_request("message can't be deleted for everyone")
    telegram.delete([message])
    return True


def delete_messages(telegram: Telegram, params: Params) -> bool:
    """Delete up to 100 messages; those that are not there or too old are passed over."""
    chat = reachable_chat(telegram, params)
    numbers = params.json("message_ids")
    if not isinstance(numbers, list) or not all(isinstance(one, int) for one in numbers):
        raise bad_request("can't parse message identifiers: expected an Array of Number")
    if not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > _DELETED_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    found = [telegram.messages.find(chat.id, number) for number in sorted(set(numbers))]
    telegram.delete(
        message
        for message in found
        if message is not None
        and (message.from_bot or not isinstance(chat, Group))
        and telegram.now_s() - message.sent_at_s <= _DELETABLE_S
    )
    return True


def _to_edit(telegram: Telegram, params: Params) -> Message:
    if params.has("inline_message_id"):
        by_way = telegram.messages.find_inline(params.text("inline_message_id"))
        if by_way is None:
            raise bad_request("MESSAGE_ID_INVALID")
        return by_way
    chat = reachable_chat(telegram, params)
    message_id = params.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = telegram.messages.find(chat.id, message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot or not message.is_editable or "forward_origin" in message.content:
        raise bad_request("message can't be edited")
    return message


def _changed(telegram: Telegram, params: Params, message: Message, content: Json) -> Json | bool:
    """Change it and return it; of a message sent by way of the bot only that it is done."""
    if "via_bot" in message.content:
        content = content | {"via_bot": message.content["via_bot"]}
    markup = checked_markup(params.json("reply_markup"))
    if not markup.is_editable:
        raise bad_request("inline keyboard expected")
    if (content, markup.inline) == (message.content, message.inline_keyboard):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message"
        )
    message.content_edited = message.content_edited or content != message.content
    message.content, message.inline_keyboard = content, markup.inline
    message.edited_at_s = telegram.now_s()
    telegram.touched()
    return True if params.has("inline_message_id") else telegram.message_json(message)
