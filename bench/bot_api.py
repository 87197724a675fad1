"""A Bot API server, a bare protocol without a framework, that hands out presses on a menu.

It says at `/done` how long it took until the last one's message was edited.
"""

import asyncio
import json
import time
from urllib.parse import parse_qs

from bench.servers import Connection, serve

Figures = dict[str, float]

OWNERS = 50
FIRST_OWNER = 5001
"""The first one's Telegram id; the others' follow."""

_BATCH = 100
_PRESS = "v1:home:again~"
_ME = {
    "id": 7000000001,
    "is_bot": True,
    "first_name": "FluxPay",
    "username": "FluxPayBenchBot",
    "can_join_groups": False,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}


class _BotApi:
    """Hands out presses, and counts what comes of them."""

    def __init__(self, presses: int) -> None:
        self._presses = presses
        self._edited = 0
        self._apologised = 0
        self._began_s = 0.0
        self.done: asyncio.Future[Figures] = asyncio.get_running_loop().create_future()

    def answer(self, method: str, body: bytes) -> object:
        """Return the result of a call; None to let a long poll wait."""
        if method == "getupdates":
            return self._updates(int(parse_qs(body.decode()).get("offset", ["0"])[0]))
        if method in {"editmessagetext", "sendmessage"}:
            self._count(is_edited=method == "editmessagetext")
        return _RESULTS.get(method, True)

    def _updates(self, offset: int) -> list[object] | None:
        first = max(offset, 1)
        if first > self._presses:
            return None
        self._began_s = self._began_s or time.perf_counter()
        return [_press(number) for number in range(first, min(first + _BATCH, self._presses + 1))]

    def _count(self, *, is_edited: bool) -> None:
        """Count what a press has led to: its message edited, or an apology below."""
        self._edited += is_edited
        self._apologised += not is_edited
        if self._edited + self._apologised == self._presses:
            seconds = time.perf_counter() - self._began_s
            self.done.set_result({"count": self._edited, "seconds": seconds})


def _message(number: int) -> dict[str, object]:
    chat = {"id": FIRST_OWNER, "type": "private", "first_name": "Wanjiku"}
    return {"message_id": number, "date": 1795413600, "chat": chat, "from": _ME, "text": "Menu"}


_RESULTS: dict[str, object] = {
    "getme": _ME,
    "editmessagetext": _message(1),
    "sendmessage": _message(2),
    "getmycommands": [],
    "getmydescription": {"description": ""},
    "getmyshortdescription": {"short_description": ""},
}
"""What is none of these is answered with True."""


def _press(number: int) -> dict[str, object]:
    person = {"id": FIRST_OWNER + (number - 1) % OWNERS, "is_bot": False, "first_name": "Wanjiku"}
    message = _message(1) | {"chat": {"id": person["id"], "type": "private", "first_name": "W"}}
    query = {
        "id": str(number),
        "from": person,
        "chat_instance": "1",
        "message": message,
        "data": _PRESS,
    }
    return {"update_id": number, "callback_query": query}


class _Telegram(Connection):
    """What a bot's client talks to."""

    def __init__(self, api: _BotApi) -> None:
        super().__init__()
        self._api = api

    def answer(self, head: bytes, body: bytes) -> None:
        """Answer a call, a long poll without news after a second."""
        method = head.split(b" ", 2)[1].decode().rsplit("/", 1)[-1].lower()
        if method == "done":
            self._api.done.add_done_callback(lambda done: self._say(done.result()))
            return
        result = self._api.answer(method, body)
        if result is None:  # A poll without news; nobody measures it any more.
            asyncio.get_running_loop().call_later(1, self._say, [])
        else:
            self._say(result)

    def _say(self, result: object) -> None:
        self.reply(json.dumps({"ok": True, "result": result}).encode())


async def serve_bot_api(*, presses: int) -> Figures:
    """Be Telegram until told to stop."""
    api = _BotApi(presses)
    return await serve(lambda: _Telegram(api))
