"""Other people's Daraja and Telegram clients work against the doubles.

They have an environment of their own, so that their dependencies never meet ours.
"""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from sandbox.server import DEFAULT_APP, DEFAULT_BOT_TOKEN, Sandbox, SandboxOptions
from sandbox.telegram.waiting import wait_until
from tests.e2e.world import ROOT, eventually

HERE = Path(__file__).parent / "foreign"
ASHA, ASHA_ID = "254712345678", 1002
WITHIN_S = 60

pytestmark = pytest.mark.timeout(600)  # The first of them may have to install their environment.


@pytest.fixture(scope="session")
def foreign_python():
    """The environment that `make install-dev` makes of the foreign libraries."""
    subprocess.run(["make", "--silent", "build/foreign/complete"], cwd=ROOT, check=True)  # noqa: S607 - ours
    return ROOT / "build" / "foreign" / "bin" / "python"


@pytest.fixture
async def sandbox():
    sandbox = Sandbox(SandboxOptions(port=0, callback_delay_s=0))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def page(sandbox):
    """What the sandbox's page can do, for the test that plays the people."""
    async with aiohttp.ClientSession(sandbox.address) as session:
        yield session


class Merchant:
    """A merchant's server: it takes callbacks."""

    def __init__(self):
        self.callbacks = asyncio.Queue()
        self.address = ""

    async def take(self, request):
        await self.callbacks.put(await request.json())
        return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})


@pytest.fixture
async def merchant():
    merchant = Merchant()
    app = web.Application()
    app.router.add_post("/callback", merchant.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    merchant.address = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    yield merchant
    await runner.cleanup()


class Foreign:
    """A merchant's program: it carries out an order a line."""

    def __init__(self, process, settings):
        self._process = process
        self._settings = settings

    async def does(self, **order):
        self._process.stdin.write(json.dumps(self._settings | order).encode() + b"\n")
        answer = await asyncio.wait_for(self._process.stdout.readline(), WITHIN_S)
        return json.loads(answer)


@pytest.fixture
async def start(foreign_python):
    """Start a foreign program; it ends with the test."""
    started = []

    async def start(program, *arguments):
        # As on a server in Kenya, whose local time both Daraja clients send.
        environment = {"PATH": os.environ["PATH"], "TZ": "Africa/Nairobi"}
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        process = await asyncio.create_subprocess_exec(
            foreign_python, HERE / program, *arguments, env=environment, **pipes
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await asyncio.wait_for(process.wait(), WITHIN_S)


@pytest.fixture
async def client(request, start, sandbox, merchant):
    """A merchant's program with the sandbox's address and keys."""
    settings = {
        "address": sandbox.address,
        "key": DEFAULT_APP.consumer_key,
        "secret": DEFAULT_APP.consumer_secret,
        "shortcode": DEFAULT_APP.shortcode,
        "passkey": DEFAULT_APP.passkey,
        "phone": ASHA,
        "callback": merchant.address,
    }
    return Foreign(await start(request.param), settings)


both = pytest.mark.parametrize(
    "client", ["daraja_v3_client.py", "mpesakit_client.py"], indirect=True
)


async def post(page, path, body):
    async with page.post(path, json=body) as answer:
        return await answer.json()


@both
async def test_daraja_client_pushes_gets_its_callback_and_asks_what_became_of_it(
    client, page, merchant
):
    pushed = await client.does()
    waiting = await client.does(ask=pushed["id"])
    await post(page, f"/api/phones/{ASHA}/answer", {"action": "pay", "pin": "1234"})
    callback = await asyncio.wait_for(merchant.callbacks.get(), WITHIN_S)
    asked = await client.does(ask=pushed["id"])

    assert pushed["text"] == "Success. Request accepted for processing"
    assert "The transaction is being processed" in waiting["text"]
    assert callback["Body"]["stkCallback"]["CheckoutRequestID"] == pushed["id"]
    assert asked["code"] == "0"


@both
async def test_daraja_client_reads_the_refusals(client):
    wrong_keys = await client.does(secret="wrong")
    wrong_callback = await client.does(callback="http://example.org/callback")
    await client.does()
    busy = await client.does()

    assert wrong_keys["error"] in {"AuthenticationError", "HTTP_400"}
    assert "Invalid CallBackURL" in wrong_callback["text"]
    assert "Unable to lock subscriber" in busy["text"]


@pytest.mark.parametrize("client", ["mpesakit_client.py"], indirect=True)
async def test_daraja_client_reads_a_callback(client, page, merchant):
    pushed = await client.does()
    await post(page, f"/api/phones/{ASHA}/answer", {"action": "pay", "pin": "1234"})
    callback = await asyncio.wait_for(merchant.callbacks.get(), WITHIN_S)
    read = await client.does(read=callback)

    assert (read["id"], read["code"]) == (pushed["id"], 0)
    assert (read["items"]["Amount"], read["items"]["PhoneNumber"]) == (200, int(ASHA))
    assert len(read["items"]["MpesaReceiptNumber"]) == 10


@pytest.fixture
async def bot(start, sandbox):
    """Somebody else's bot, polling."""
    telegram = sandbox.world.telegram
    process = await start("aiogram_bot.py", sandbox.address, DEFAULT_BOT_TOKEN)
    assert await wait_until(telegram, lambda: telegram.poll_turn > 0, timeout_s=WITHIN_S)
    return process


class Asha:
    """Plays Asha in the chat with the foreign bot."""

    def __init__(self, page):
        self._page = page
        self._path = f"/api/telegram/people/{ASHA_ID}"

    async def does(self, what, **body):
        return await post(self._page, f"{self._path}/{what}", body)

    async def chat(self):
        async with self._page.get(f"{self._path}/chat") as answer:
            return await answer.json()

    async def reads(self, text):
        async def find():
            messages = (await self.chat())["messages"]
            return next((m for m in messages if m["from"] == "bot" and text in m["text"]), None)

        return await eventually(find)


@pytest.fixture
def asha(page):
    return Asha(page)


async def test_aiogram_answers_commands_and_presses_and_edits(bot, asha):
    await asha.does("links", url="https://t.me/FluxPaySandboxBot?start=inv7")
    welcome = await asha.reads("Karibu inv7")
    pressed = await asha.does("presses", messageId=welcome["id"], data="pay")

    assert welcome["html"] == "<b>Karibu</b> inv7"
    assert welcome["buttons"][0][0]["style"] == "success"
    assert (pressed["answer"]["text"], pressed["answer"]["alert"]) == ("Sent", True)
    assert (await asha.reads("Paying"))["id"] == welcome["id"]
    await asha.reads("message is not modified")
    assert [command["command"] for command in (await asha.chat())["commands"]] == ["file"]


async def test_aiogram_sends_and_fetches_files_and_takes_contacts(bot, asha, page):
    await asha.does("messages", text="/file")
    report = await asha.reads("Report")
    async with page.get(report["document"]["url"]) as answer:
        content = await answer.read()
    await asha.does("messages", document={"name": "in.csv", "base64": "QXNoYQ=="})
    await asha.reads("in.csv: Asha")
    await asha.does("messages", text="/number")
    await asha.reads("Your number?")
    asked = (await asha.chat())["replyKeyboard"]["rows"][0][0]
    await asha.does("messages", contact={"own": True})

    assert (report["document"]["name"], content) == ("report.csv", b"a,b\n")
    assert asked["kind"] == "contact"
    await asha.reads(f"{ASHA} own")


async def test_aiogram_answers_inline_queries(bot, asha):
    offered = await asha.does("inline", query="ash")
    sent = await asha.does(f"inline/{offered['queryId']}", resultId="1")

    assert [result["title"] for result in offered["answer"]["results"]] == ["Asha"]
    assert (sent["text"], sent["viaBot"]) == ("Found ash", True)
