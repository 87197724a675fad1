"""What people do with the bot's inline mode: type `@bot words`, and choose a result."""

from sandbox.telegram.acts import ByWay, must_be_open, send
from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import Json, Unplayable
from sandbox.telegram.inline import QUERY_LIMIT, InlineQuery
from sandbox.telegram.messages import Message
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Chat, Group, Person


def ask(telegram: Telegram, person: Person, text: str, *, chat: Chat) -> InlineQuery:
    """Type `@bot text` in a chat.

    Raises:
        Unplayable: Longer than Telegram passes on, or the bot is blocked.
    """
    must_be_open(person, chat)
    if utf16_length(text) > QUERY_LIMIT:
        raise Unplayable(f"an inline query has at most {QUERY_LIMIT} characters")
    query = telegram.inline.ask(
        person_id=person.id, chat_id=chat.id, text=text, asked_at_s=telegram.now_s()
    )
    telegram.queue(
        "inline_query",
        {
            "id": query.id,
            "from": person.user_json(),
            "chat_type": "group" if isinstance(chat, Group) else "sender",
            "query": text,
            "offset": "",
        },
    )
    return query


def choose(telegram: Telegram, person: Person, query_id: str, result_id: str) -> Message:
    """Send a result that was offered; the bot hears of it as a message and as a choice.

    Raises:
        Unplayable: No such query or result (404), or the bot is blocked.
    """
    query = telegram.inline.find(query_id)
    result = query.find_result(result_id) if query else None
    if query is None or result is None or query.person_id != person.id:
        raise Unplayable("that was not offered", status=404)
    chat = telegram.find_chat(query.chat_id) or person
    inline_id = f"in{query.id}-{result_id}" if result["inlineKeyboard"] else None
    message = send(
        telegram,
        person,
        result["content"] | {"via_bot": telegram.bot_json()},
        chat=chat,
        by_way=ByWay(result["inlineKeyboard"], inline_id),
    )
    chosen: Json = {"result_id": result_id, "from": person.user_json(), "query": query.text}
    with_id = {"inline_message_id": inline_id} if inline_id else {}
    telegram.queue("chosen_inline_result", chosen | with_id)
    return message
