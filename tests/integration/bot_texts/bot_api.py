"""A Bot API on a free port of this machine that answers as a test wants it to."""

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import web
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.unit.bot_texts.samples import CHAT_ID

TOKEN = "7000000001:local-bot-api-token"
BOT = {"id": 7000000001, "is_bot": True, "first_name": "FluxPay", "username": "FluxPayTestBot"}


@dataclass
class BotApi:
    """A Bot API that answers as it is told, then with success, and remembers what it was asked."""

    refusals: list[tuple[int, dict]] = field(default_factory=list)
    calls: list[tuple[str, dict]] = field(default_factory=list)
    is_silent: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    def refuse(self, status, description, **parameters):
        body = {"ok": False, "error_code": status, "description": description}
        self.refusals.append((status, body | ({"parameters": parameters} if parameters else {})))

    @property
    def methods(self):
        return [method for method, _ in self.calls]

    @property
    def texts(self):
        return [fields["text"] for _, fields in self.calls]

    async def handle(self, request):
        method = request.match_info["method"]
        if method == "getMe":
            return web.json_response({"ok": True, "result": BOT})
        fields = dict(await request.post())
        self.calls.append((method, fields))
        self.arrived.set()
        await self.may_answer.wait()
        if self.is_silent:
            request.transport.close()
        if self.refusals:
            status, body = self.refusals.pop(0)
            return web.json_response(body, status=status)
        message_id = int(fields.get("message_id", 500 + len(self.calls)))
        return web.json_response({"ok": True, "result": _message(message_id)})


def _message(message_id):
    chat = {"id": CHAT_ID, "type": "private", "first_name": "Njeri"}
    return {"message_id": message_id, "date": 1795413600, "chat": chat, "text": "as it was sent"}


def open_bot(url, *, read_timeout_s=5.0):
    request = HTTPXRequest(read_timeout=read_timeout_s)
    return Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request)


def field_of(call, name):
    return json.loads(call[1][name])
