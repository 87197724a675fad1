"""What the methods share: whom a call reaches, what it says, and how a message gets there."""

from dataclasses import dataclass

from sandbox.telegram.acts import reply_json
from sandbox.telegram.entities import CAPTION_LIMIT, TEXT_LIMIT, checked_entities, formatted
from sandbox.telegram.errors import Json, Refusal, bad_request
from sandbox.telegram.html_parser import parse_html
from sandbox.telegram.keyboards import Markup, checked_markup
from sandbox.telegram.messages import Message
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.people import Chat, Person


@dataclass(frozen=True)
class Delivery:
    """How a message is sent, besides what it says."""

    markup: Markup
    reply_to: Json | None
    is_protected: bool
    is_silent: bool


def known_chat(telegram: Telegram, params: Params, name: str = "chat_id") -> Chat:
    """Return the chat that is meant.

    Raises:
        Refusal: It does not exist for the bot: a bot cannot write to a person first.
    """
    if not params.text(name).strip():
        raise bad_request(f"{name} is empty")
    chat = telegram.find_chat(params.number(name) or 0)
    if chat is None or (isinstance(chat, Person) and not chat.started):
        raise bad_request("chat not found")
    return chat


def reachable_chat(telegram: Telegram, params: Params) -> Chat:
    """Return the chat to write to; 403 if its people have shut the bot out."""
    chat = known_chat(telegram, params)
    if reason := chat.why_unreachable():
        raise Refusal(403, reason)
    return chat


def text_content(params: Params) -> Json:
    """Return the `text` and `entities` of a call, never empty."""
    content = _formatted(params, "text", "entities", TEXT_LIMIT)
    if not content["text"]:
        raise bad_request("message text is empty")
    return content if content["entities"] else {"text": content["text"]}


def caption_content(params: Params) -> Json:
    """Return the `caption` and `caption_entities` of a call, or nothing."""
    content = _formatted(params, "caption", "caption_entities", CAPTION_LIMIT)
    caption = {"caption": content["text"], "caption_entities": content["entities"]}
    return {name: value for name, value in caption.items() if value}


def delivery(telegram: Telegram, chat: Chat, params: Params) -> Delivery:
    """Return the manner of sending that the call asks for."""
    markup = checked_markup(params.json("reply_markup"))
    if markup.asks_for_private_things and not isinstance(chat, Person):
        # Only a private chat may ask for somebody's number or place.
        raise bad_request("phone number can be requested in private chats only")
    return Delivery(
        markup=markup,
        reply_to=_reply_target(telegram, chat, params),
        is_protected=params.flag("protect_content"),
        is_silent=params.flag("disable_notification"),
    )


def deliver(telegram: Telegram, chat: Chat, content: Json, manner: Delivery) -> Message:
    """Put a message of the bot into the chat."""
    if telegram.flood_limits:
        telegram.flood.pass_message(chat.id, now_s=telegram.now().timestamp())
    message = telegram.messages.add(
        chat_id=chat.id,
        sender_id=None,
        sent_at_s=telegram.now_s(),
        content=content,
        inline_keyboard=manner.markup.inline,
        reply_to=manner.reply_to,
        is_editable=manner.markup.is_editable,
        is_protected=manner.is_protected,
        is_silent=manner.is_silent,
    )
    _change_keyboard(chat, manner.markup, message.id)
    chat.typing_until_s, chat.draft = 0, None
    telegram.touched()
    return message


def send(telegram: Telegram, params: Params, content: Json) -> Json:
    """Send one message as the call says and return it."""
    chat = reachable_chat(telegram, params)
    message = deliver(telegram, chat, content, delivery(telegram, chat, params))
    return telegram.message_json(message)


def _formatted(params: Params, name: str, entities_name: str, limit: int) -> Json:
    source, mode = params.text(name), params.text("parse_mode").lower()
    if mode == "html":
        return formatted(*parse_html(source), limit=limit)
    if mode:  # Of Telegram's modes this one server knows HTML only.
        raise bad_request("unsupported parse_mode")
    entities = checked_entities(params.json(entities_name) or [], source)
    return formatted(source, entities, limit=limit)


def _reply_target(telegram: Telegram, chat: Chat, params: Params) -> Json | None:
    given = params.json("reply_parameters") or {}
    if not isinstance(given, dict):
        raise bad_request("can't parse reply parameters JSON object")
    message_id = Params(given).number("message_id") or params.number("reply_to_message_id")
    if not message_id:
        return None
    message = telegram.messages.find(chat.id, message_id)
    if message is not None:
        return reply_json(telegram, message)
    if given.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def _change_keyboard(chat: Chat, markup: Markup, message_id: int) -> None:
    if markup.reply is not None:
        chat.reply_keyboard = markup.reply if markup.reply["keyboard"] else None
    if markup.removes_reply:
        chat.reply_keyboard = None
    if markup.force_reply is not None:
        chat.force_reply = markup.force_reply | {"message_id": message_id}
