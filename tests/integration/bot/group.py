"""A Telegram in which one hears whatever the bot says in a group, update by update."""

from contextlib import asynccontextmanager

from aiohttp import web
from pydantic import SecretStr

from bot.application import build_application

ME = {"id": 7000000001, "is_bot": True, "first_name": "FluxPay", "username": "FluxPayTestBot"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Chama"}


class Recorder:
    """Answers every call of the bot and remembers what it said."""

    def __init__(self):
        self.said = []

    async def handle(self, request):
        method = request.match_info["method"]
        if method == "getMe":
            return web.json_response({"ok": True, "result": ME})
        self.said.append(dict(await request.post()))
        message = {"message_id": 1, "date": 1795413600, "chat": GROUP, "text": "as sent"}
        result = message if method == "sendMessage" else True
        return web.json_response({"ok": True, "result": result})


@asynccontextmanager
async def heard_by(recorder, engine):
    """Yield the bot's application, whose calls the recorder answers."""
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", recorder.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    token = SecretStr("7000000001:local").get_secret_value()
    async with build_application(engine, token=token, api_url=f"http://{host}:{port}") as bot:
        yield bot
    await runner.cleanup()
