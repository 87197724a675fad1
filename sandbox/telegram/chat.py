"""The control API: a web page or a test plays the people who chat with the bot.

JSON with camelCase names; a mistake is answered `{"error": "..."}` with 400 or 404.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from sandbox.telegram import acts, group_acts, inline_acts
from sandbox.telegram.attachments import attachment
from sandbox.telegram.errors import Json, Unplayable
from sandbox.telegram.faults import FAULT_KINDS, Fault
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Chat, Group, Person
from sandbox.telegram.views import (
    FILES_PATH,
    chat_view,
    group_chat_view,
    group_view,
    inline_answer_view,
    message_view,
    overview,
    person_view,
)
from sandbox.telegram.waiting import wait_until

_Handler = Callable[[web.Request], Awaitable[web.Response]]

_ANSWER_WITHIN_S: Final = 10.0
_SLOWEST_S: Final = 60
_ROOT: Final = "/api/telegram"
_PERSON: Final = _ROOT + r"/people/{person_id:\d+}"
_GROUP: Final = r"/groups/{group_id:-\d+}"


def chat_routes(telegram: Telegram) -> list[web.RouteDef]:
    """Return the routes of the control API."""
    chat = _Chat(telegram)
    routes = [
        web.get(_ROOT, chat.overview),
        web.post(f"{_ROOT}/people", chat.add_person),
        web.get(f"{_PERSON}/chat", chat.show),
        web.post(f"{_PERSON}/messages", chat.send),
        web.post(_PERSON + r"/messages/{message_id:\d+}", chat.edit),
        web.post(f"{_PERSON}/presses", chat.press),
        web.post(f"{_PERSON}/links", chat.open_link),
        web.post(f"{_PERSON}/inline", chat.ask_inline),
        web.post(_PERSON + r"/inline/{query_id:\d+}", chat.choose_inline),
        web.post(f"{_PERSON}/{{deed:read|block|unblock}}", chat.do),
        web.post(f"{_PERSON}/groups", chat.found_group),
        web.post(f"{_PERSON}{_GROUP}/{{deed:join|add-bot|remove-bot}}", chat.do_in_group),
        web.get(f"{_ROOT}{_GROUP}/chat", chat.show_group),
        web.get(FILES_PATH + "{file_id}", chat.file),
        web.post(f"{_ROOT}/updates/repeat", chat.repeat_update),
        web.get(f"{_ROOT}/faults", chat.list_faults),
        web.post(f"{_ROOT}/faults", chat.add_fault),
        web.delete(f"{_ROOT}/faults", chat.clear_faults),
        web.post(f"{_ROOT}/flood-limits", chat.limit_floods),
    ]
    return [
        web.RouteDef(route.method, route.path, _explaining(route.handler), route.kwargs)
        for route in routes
    ]


def _explaining(handler: Any) -> _Handler:
    """Turn what nobody can play into an answer with its reason."""

    @wraps(handler)
    async def explained(request: web.Request) -> web.Response:
        try:
            response: web.Response = await handler(request)
        except Unplayable as mistake:
            return web.json_response({"error": str(mistake)}, status=mistake.status)
        return response

    return explained


class _Chat:
    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def overview(self, _request: web.Request) -> web.Response:
        return web.json_response(overview(self._telegram))

    async def add_person(self, request: web.Request) -> web.Response:
        body = await _read_body(request)
        person = self._telegram.add_person(
            first_name=_text(body, "firstName"),
            phone_number=_text(body, "phoneNumber"),
            language_code=_text(body, "languageCode", "en"),
        )
        return web.json_response(person_view(self._telegram, person), status=201)

    async def show(self, request: web.Request) -> web.Response:
        """Show a chat; `?last=60` leaves its older messages out."""
        last = request.query.get("last", "")
        if last and not (last.isdecimal() and int(last)):
            raise Unplayable("last must be a whole number from 1")
        person = self._person(request)
        return web.json_response(chat_view(self._telegram, person, int(last) if last else None))

    async def send(self, request: web.Request) -> web.Response:
        """Send `text`, or an attachment; to the bot, or into the group `chatId`."""
        person, body = self._person(request), await _read_body(request)
        chat = self._chat(person, body)
        content = attachment(self._telegram, person, body)
        if content is None:
            message = acts.say(self._telegram, person, _text(body, "text"), chat=chat)
        else:
            message = acts.send(self._telegram, person, content, chat=chat)
        return web.json_response(message_view(message), status=201)

    async def edit(self, request: web.Request) -> web.Response:
        person, body = self._person(request), await _read_body(request)
        message_id = int(request.match_info["message_id"])
        chat, text = self._chat(person, body), _text(body, "text")
        message = acts.edit(self._telegram, person, message_id, text, chat=chat)
        return web.json_response(message_view(message))

    async def press(self, request: web.Request) -> web.Response:
        """Press a button and wait for the bot's answer; `null` if none came in time."""
        person, body = self._person(request), await _read_body(request)
        message_id, force = body.get("messageId"), body.get("force") is True
        if not isinstance(message_id, int):
            raise Unplayable("messageId must be a number")
        chat, data = self._chat(person, body), _text(body, "data")
        query = acts.press(self._telegram, person, message_id, data, chat=chat, force=force)
        await self._wait_for(lambda: query.answer is not None)
        return web.json_response({"answer": query.answer})

    async def ask_inline(self, request: web.Request) -> web.Response:
        """Type `@bot query` and wait for what the bot offers; `null` if nothing came in time."""
        person, body = self._person(request), await _read_body(request)
        chat, text = self._chat(person, body), _text(body, "query")
        query = inline_acts.ask(self._telegram, person, text, chat=chat)
        await self._wait_for(lambda: query.answer is not None)
        return web.json_response({"queryId": query.id, "answer": inline_answer_view(query)})

    async def choose_inline(self, request: web.Request) -> web.Response:
        person, body = self._person(request), await _read_body(request)
        query_id, result_id = request.match_info["query_id"], _text(body, "resultId")
        message = inline_acts.choose(self._telegram, person, query_id, result_id)
        return web.json_response(message_view(message), status=201)

    async def found_group(self, request: web.Request) -> web.Response:
        person, body = self._person(request), await _read_body(request)
        group = group_acts.found(self._telegram, person, _text(body, "title"))
        return web.json_response(group_view(self._telegram, group), status=201)

    async def do_in_group(self, request: web.Request) -> web.Response:
        deeds = {
            "join": group_acts.join,
            "add-bot": group_acts.add_bot,
            "remove-bot": group_acts.throw_bot_out,
        }
        person, group = self._person(request), self._group(request)
        deeds[request.match_info["deed"]](self._telegram, person, group)
        return web.json_response(group_view(self._telegram, group))

    async def show_group(self, request: web.Request) -> web.Response:
        return web.json_response(group_chat_view(self._telegram, self._group(request)))

    async def open_link(self, request: web.Request) -> web.Response:
        person, body = self._person(request), await _read_body(request)
        message = acts.open_link(self._telegram, person, _text(body, "url"))
        return web.json_response(message_view(message), status=201)

    async def do(self, request: web.Request) -> web.Response:
        deeds = {"read": acts.read, "block": acts.block, "unblock": acts.unblock}
        person = self._person(request)
        deeds[request.match_info["deed"]](self._telegram, person)
        return web.json_response(person_view(self._telegram, person))

    async def file(self, request: web.Request) -> web.Response:
        stored = self._telegram.files.find(request.match_info["file_id"])
        if stored is None:
            raise Unplayable("no such file", status=404)
        shown = _picture_type(stored.body) if stored.is_photo else ""
        headers = {"X-Content-Type-Options": "nosniff"}
        if not shown:
            name = quote(stored.name, safe="")
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        content_type = shown or "application/octet-stream"
        return web.Response(body=stored.body, content_type=content_type, headers=headers)

    async def repeat_update(self, _request: web.Request) -> web.Response:
        updates = self._telegram.updates
        if updates.last is None or not updates.repeat_last():
            raise Unplayable("there has been no update yet")
        self._telegram.touched()
        return web.json_response({"updateId": updates.last["update_id"]})

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._faults())

    async def add_fault(self, request: web.Request) -> web.Response:
        self._telegram.faults.append(_fault(await _read_body(request)))
        self._telegram.touched()
        return web.json_response(self._faults(), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Forget all faults, or those of one `?kind=`."""
        kind = request.query.get("kind")
        faults = self._telegram.faults
        faults[:] = [fault for fault in faults if kind not in {None, fault.kind}]
        self._telegram.touched()
        return web.json_response(self._faults())

    async def limit_floods(self, request: web.Request) -> web.Response:
        """Switch the flood limits on or off."""
        body = await _read_body(request)
        if not isinstance(body.get("on"), bool):
            raise Unplayable("on must be true or false")
        self._telegram.flood_limits = body["on"]
        return web.json_response({"on": self._telegram.flood_limits})

    def _faults(self) -> Json:
        return {"faults": [fault.to_json() for fault in self._telegram.faults]}

    def _person(self, request: web.Request) -> Person:
        return self._telegram.get_person(int(request.match_info["person_id"]))

    def _group(self, request: web.Request) -> Group:
        return self._telegram.get_group(int(request.match_info["group_id"]))

    def _chat(self, person: Person, body: Json) -> Chat:
        """Return the chat that a body names, or the person's own with the bot."""
        chat_id = body.get("chatId", person.id)
        if type(chat_id) is not int:
            raise Unplayable("chatId must be a number")
        return person if chat_id == person.id else self._telegram.get_group(chat_id)

    async def _wait_for(self, condition: Callable[[], bool]) -> None:
        await wait_until(
            self._telegram,
            lambda: condition() or self._telegram.is_closed,
            timeout_s=_ANSWER_WITHIN_S,
        )


async def _read_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError as error:
        raise Unplayable("the body must be JSON") from error
    if not isinstance(body, dict):
        raise Unplayable("the body must be a JSON object")
    return body


def _text(body: Json, name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Unplayable(f"{name} must be a text")
    return value


def _fault(body: Json) -> Fault:
    kind, method = body.get("kind"), body.get("method")
    count, retry_after = body.get("count", 1), body.get("retryAfter", 1)
    seconds = body.get("seconds", 3)
    if kind not in FAULT_KINDS:
        raise Unplayable(f"kind must be one of {', '.join(FAULT_KINDS)}")
    if method is not None and not isinstance(method, str):
        raise Unplayable("method must be a text")
    if not all(isinstance(number, int) and number >= 1 for number in (count, retry_after)):
        raise Unplayable("count and retryAfter must be whole numbers from 1")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= _SLOWEST_S:
        raise Unplayable("seconds must be a number from 0 to 60")
    return Fault(kind, method, count, retry_after, seconds)


def _picture_type(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if content.startswith(b"\xff\xd8") else "image/gif"
