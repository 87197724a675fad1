"""The chat: presses on the menu through the whole bot, against a bare bot that only echoes.

Both talk to the same Bot API server, a bare protocol without a framework, in a process of its own.
It hands out the presses, and says when the last one's message was edited.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import aiohttp
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bench.servers import until_told_to_stop
from bot.application import AT_ONCE
from bot.runner import BotRunner
from core.billing.clients import ClientDraft
from core.billing.periods import Frequency
from core.billing.plans import PlanDraft
from core.clock import SystemClock
from core.engine import Engine
from core.settings import Settings
from fluxpay.wiring import open_engine

Figures = dict[str, float]

_TOKEN = "7000000001:bench"  # noqa: S105 - of our own server
_OWNERS = 50
_FIRST_OWNER = 5001
_CLIENTS_EACH = 5
_BATCH = 100
_PRESS = "v1:home:again~"
_HEAD_END = b"\r\n\r\n"
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
    chat = {"id": _FIRST_OWNER, "type": "private", "first_name": "Wanjiku"}
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
    person = {"id": _FIRST_OWNER + number % _OWNERS, "is_bot": False, "first_name": "Wanjiku"}
    message = _message(1) | {"chat": {"id": person["id"], "type": "private", "first_name": "W"}}
    query = {
        "id": str(number),
        "from": person,
        "chat_instance": "1",
        "message": message,
        "data": _PRESS,
    }
    return {"update_id": number, "callback_query": query}


class _Connection(asyncio.Protocol):
    """A kept-alive connection with one request at a time on it."""

    def __init__(self, api: _BotApi) -> None:
        self._api = api
        self._received = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - TCP's always is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _content_length(head):
            return
        self._received = b""
        method = head.split(b" ", 2)[1].decode().rsplit("/", 1)[-1].lower()
        if method == "done":
            self._api.done.add_done_callback(lambda done: self._reply(done.result()))
            return
        result = self._api.answer(method, body)
        if result is None:  # A poll without news; nobody measures it any more.
            asyncio.get_running_loop().call_later(1, self._reply, [])
        else:
            self._reply(result)

    def _reply(self, result: object) -> None:
        body = json.dumps({"ok": True, "result": result}).encode()
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body)
        )
        self._transport.write(head + body)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def serve_bot_api(*, presses: int) -> Figures:
    """Be Telegram until told to stop."""
    api = _BotApi(presses)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(api), "127.0.0.1", 0)
    async with server:
        await until_told_to_stop(server.sockets[0].getsockname()[1])
    return {}


async def press_menu(*, url: str, port: int) -> Figures:
    """Let the whole bot work the presses off: intake, engine, dashboard, answer and edit."""
    settings = Settings.model_validate(
        {
            "database_url": url,
            "telegram_bot_token": _TOKEN,
            "telegram_api_url": f"http://127.0.0.1:{port}",
            "public_url": "https://pay.example.co.ke",
            "secret_key": "a secret key of the benchmark, long enough",
        }
    )
    async with open_engine(settings, SystemClock()) as engine:
        await _open_businesses(engine)
        bot = BotRunner(engine, settings)
        return await _timed(port, bot.start, bot.stop)


async def _open_businesses(engine: Engine) -> None:
    """Let the owners have something to look at."""
    for number in range(_OWNERS):
        owner = await engine.people.register_owner(_FIRST_OWNER + number)
        plan = await engine.plans.create(
            owner.id,
            PlanDraft(name="Gold", amount_kes=1500, frequency=Frequency.MONTHLY, billing_day=23),
        )
        for client in range(_CLIENTS_EACH):
            phone = f"2547{number:04d}{client:04d}"
            subscription = await engine.subscriptions.create(
                owner.id,
                plan_id=plan.id,
                client=ClientDraft(name=f"Client {client}", phone_number=phone),
                send_invitation=False,
            )
            await engine.subscriptions.activate(owner.id, subscription.id)


async def echo(*, port: int) -> Figures:
    """Let a bare bot answer each press and write its data into the message."""
    application = (
        Application.builder()
        .token(_TOKEN)
        .base_url(f"http://127.0.0.1:{port}/bot")
        .concurrent_updates(AT_ONCE)
        .build()
    )
    application.add_handler(CallbackQueryHandler(_echo))

    async def start() -> None:
        await application.initialize()
        await application.start()
        assert application.updater is not None  # noqa: S101 - the builder makes one
        await application.updater.start_polling()

    async def stop() -> None:
        assert application.updater is not None  # noqa: S101 - as above
        await application.updater.stop()
        await application.stop()
        await application.shutdown()

    return await _timed(port, start, stop)


async def _echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    if query is not None:
        await query.answer()
        await query.edit_message_text(str(query.data))


async def _timed(
    port: int,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
) -> Figures:
    """Return how long it takes from the first press handed out to the last edit.

    `processor_s` is the processor's time of this process, its beginning included.
    """
    began_processor_s = time.process_time()
    await start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/done") as answer,
        ):
            figures: Figures = (await answer.json())["result"]
            figures["processor_s"] = time.process_time() - began_processor_s
    finally:
        await stop()
    return figures
