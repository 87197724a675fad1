"""The whole program as a process of its own, and the people who use it, over HTTP."""

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import httpx

from core.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE_S = 100
"""For a condition to come true; a machine that is busy elsewhere takes many times as long."""
_PAGE = re.compile(r"Open (http://\S+)")
_SERVER = re.compile(r"HTTP API is at (http://\S+?)\.?$")


async def eventually(ask, is_right=bool):
    """Ask until the answer is right; fail with the last answer when patience ends."""
    answer = None
    for _ in range(PATIENCE_S * 20):
        answer = await ask()
        if is_right(answer):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"never came to be; the last answer was {answer!r}")


def clean_environment(folder, **changes):
    """This machine's environment without any setting of ours.

    Tests that opened a database in this process have left a TIMEZONE there, which is Tortoise's
    name for something else.
    """
    ours = {name.upper() for name in Settings.model_fields} | {"USE_TZ"}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return kept | {"PYTHONPATH": str(ROOT), "PWD": str(folder)} | changes


class Program:
    """One `python -m fluxpay COMMAND`, in a folder of its own."""

    def __init__(self, folder, *command, **environment):
        self._folder = folder
        self._command = command
        self._environment = clean_environment(folder, **environment)
        self._process = None
        self.page = None
        self.server = None

    async def start(self):
        with (self._folder / "stderr.txt").open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "fluxpay",
                *self._command,
                cwd=self._folder,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        await asyncio.wait_for(self._read_addresses(), PATIENCE_S)

    async def _read_addresses(self):
        while self.server is None:
            line = (await self._process.stdout.readline()).decode()
            assert line, f"it ended: {self.errors()}"
            if found := _PAGE.search(line):
                self.page = found[1]
            if found := _SERVER.search(line):
                self.server = found[1]

    async def kill(self):
        """End it as a power cut would."""
        self._process.kill()
        await self._process.wait()
        self.server = None

    async def stop(self):
        """End it as an operator would; return the exit status."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        self.server = None
        return status

    def errors(self):
        return (self._folder / "stderr.txt").read_text()


async def run_once(folder, *command, **environment):
    """Run a command to its end; return status, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fluxpay",
        *command,
        cwd=folder,
        env=clean_environment(folder, **environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode, out.decode(), errors.decode()


class Person:
    """Somebody with Telegram and a phone, in the sandbox."""

    def __init__(self, world, person_id, phone):
        self._world = world
        self._path = f"/api/telegram/people/{person_id}"
        self._phone = phone
        self._pressed = None

    async def chat(self):
        return (await self._world.get(f"{self._path}/chat")).json()["messages"]

    async def texts(self):
        return [message["text"] for message in await self.chat() if message["from"] == "bot"]

    async def say(self, text):
        """Type a message, and wait until the bot has answered it."""
        before = await self._newest()
        reply = await self._world.post(f"{self._path}/messages", json={"text": text})
        reply.raise_for_status()
        return await eventually(lambda: self._answer_after(before))

    async def _newest(self):
        return max((message["id"] for message in await self.chat()), default=0)

    async def _answer_after(self, before):
        bots = [m for m in await self.chat() if m["from"] == "bot" and m["id"] > before]
        return bots[-1] if bots else None

    async def press(self, label):
        """Press the newest button with this label; return the toast, if any.

        The same button again means the one of the next screen, so that one is waited for: a bot
        may answer a press before it edits the message.
        """
        reply = await eventually(lambda: self._try_to_press(label))
        return reply.json()["answer"]

    async def _try_to_press(self, label):
        """Press it unless it is not there yet, or is being replaced just now."""
        found = await self._find(label)
        if found in (None, self._pressed):
            return None
        message, button = found
        reply = await self._world.post(
            f"{self._path}/presses", json={"messageId": message["id"], "data": button["data"]}
        )
        if reply.status_code == 404:
            return None
        self._pressed = found
        return reply.raise_for_status()

    async def _find(self, label):
        for message in reversed(await self.chat()):
            for row in message["buttons"]:
                for button in row:
                    if button["kind"] == "callback" and label in button["text"]:
                        return message, button
        return None

    async def open_link(self, url):
        before = await self._newest()
        reply = await self._world.post(f"{self._path}/links", json={"url": url})
        reply.raise_for_status()
        return await eventually(lambda: self._answer_after(before))

    async def shown(self, part):
        """Wait for a message of the bot that has this in it."""

        async def find():
            return next((text for text in reversed(await self.texts()) if part in text), None)

        return await eventually(find)

    async def prompt(self):
        """Wait for the prompt on his phone."""
        return await eventually(self._prompt)

    async def _prompt(self):
        for phone in (await self._world.get("/api/phones")).json():
            if phone["phoneNumber"] == self._phone:
                return phone["prompt"]
        return None

    async def answer(self, action):
        """Do something about the prompt: pay, wrong_pin, cancel, no_money, time_out."""
        await self.prompt()
        body = {"action": action} | ({"pin": "1234"} if action == "pay" else {})
        reply = await self._world.post(f"/api/phones/{self._phone}/answer", json=body)
        reply.raise_for_status()


class World:
    """The sandbox of a running program."""

    def __init__(self, http):
        self._http = http
        self.owner = Person(http, 1001, "254712345001")
        self.asha = Person(http, 1002, "254712345678")
        self.brian = Person(http, 1003, "254722345678")

    async def now(self):
        return (await self._http.get("/api/clock")).json()

    async def move(self, **how):
        reply = await self._http.post("/api/clock", json=how)
        reply.raise_for_status()

    async def move_to_next_month(self):
        """Go to 09:00 on the first of the next month, whatever the machine's date; return it."""
        today = date.fromisoformat((await self.now())["local"][:10])
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        await self.move(to=f"{first}T09:00:00+03:00")
        return first

    async def fault(self, kind, **more):
        reply = await self._http.post("/api/faults", json={"kind": kind, **more})
        reply.raise_for_status()


@asynccontextmanager
async def open_world(program):
    async with httpx.AsyncClient(base_url=program.page, timeout=PATIENCE_S) as http:
        yield World(http)
