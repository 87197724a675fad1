"""The outside world: the people, their phones, and what goes wrong at Safaricom and Telegram."""

import asyncio
import hashlib
from collections import Counter
from contextlib import suppress
from datetime import datetime

import aiohttp

from sandbox.state_file import StateFile
from tests.chaos.evidence import ChatMessage, Prompt

_LOOK_EVERY_S = 0.8
_LONGEST_THOUGHT_S = 6.0
_GREET_WITHIN_S = 60

# What a client does about a prompt, and how often in a hundred.
_HABITS = {"pay": 70, "cancel": 9, "wrong_pin": 7, "no_money": 6, "ignore": 8}

# Faults at Safaricom and how often one is chosen; a lost callback costs one of the few queries.
_AT_SAFARICOM = [
    ({"kind": "callback_lost"}, 1),
    ({"kind": "callback_double"}, 4),
    ({"kind": "callback_late", "seconds": 15}, 3),
    ({"kind": "callback_before_answer"}, 4),
    ({"kind": "answer_lost"}, 3),
    ({"kind": "daraja_busy"}, 2),
    ({"kind": "spike_arrest"}, 1),
    ({"kind": "daraja_down"}, 1),
    ({"kind": "token_killed"}, 3),
    ({"kind": "daraja_down", "call": "query"}, 1),
    ({"kind": "spike_arrest", "call": "query"}, 1),
    ({"kind": "daraja_down", "call": "token"}, 1),
]
_AT_TELEGRAM = [
    ({"kind": "429", "method": "sendMessage", "retryAfter": 2}, 3),
    ({"kind": "500", "method": "sendMessage"}, 2),
    ({"kind": "timeout", "method": "sendMessage"}, 1),
]


class Outside:
    """Plays everybody who is not FluxPay, through the sandbox's control API."""

    def __init__(self, http, rng):
        self._http = http
        self._rng = rng
        self._answered = set()
        self._thinking = set()
        self.faults = Counter()

    async def _get(self, path):
        async with self._http.get(path) as response:
            response.raise_for_status()
            return await response.json()

    async def _post(self, path, body):
        async with self._http.post(path, json=body) as response:
            response.raise_for_status()
            return await response.json()

    async def add_person(self, name, phone_number):
        body = {"firstName": name, "phoneNumber": phone_number}
        return (await self._post("/api/telegram/people", body))["id"]

    async def greet(self, person_id):
        """Start a chat with the bot; return what the bot said, which is no notice."""
        path = f"/api/telegram/people/{person_id}"
        await self._post(f"{path}/messages", {"text": "/start"})
        async with asyncio.timeout(_GREET_WITHIN_S):
            while not (said := await self.chat(person_id)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
        return {message.text for message in said}

    async def chat(self, person_id):
        """Return what the bot has said to this person."""
        messages = (await self._get(f"/api/telegram/people/{person_id}/chat"))["messages"]
        return [
            ChatMessage(id=message["id"], text=message["text"])
            for message in messages
            if message["from"] == "bot"
        ]

    async def answer_prompts(self):
        """Be the holders of all the phones, until cancelled."""
        try:
            while True:
                for phone in await self._get("/api/phones"):
                    self._notice(phone)
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            for thought in list(self._thinking):
                thought.cancel()

    def _notice(self, phone):
        prompt = phone["prompt"]
        if prompt is None or prompt["checkoutRequestId"] in self._answered:
            return
        self._answered.add(prompt["checkoutRequestId"])
        habit = self._rng.choices(list(_HABITS), weights=_HABITS.values())[0]
        thought_s = self._rng.uniform(0, _LONGEST_THOUGHT_S)
        if habit == "ignore":
            return
        task = asyncio.create_task(self._answer(phone["phoneNumber"], habit, thought_s))
        self._thinking.add(task)
        task.add_done_callback(self._thinking.discard)

    async def _answer(self, number, habit, thought_s):
        await asyncio.sleep(thought_s)
        # The prompt may be gone: answered at once by a fault of the sandbox's.
        with suppress(aiohttp.ClientResponseError):
            await self._post(f"/api/phones/{number}/answer", {"action": habit})

    async def open_prompts(self):
        return sum(phone["prompt"] is not None for phone in await self._get("/api/phones"))

    async def spoil_something(self):
        """Order one fault, at Safaricom more often than at Telegram."""
        path, menu = self._rng.choices(
            [("/api/faults", _AT_SAFARICOM), ("/api/telegram/faults", _AT_TELEGRAM)],
            weights=[3, 1],
        )[0]
        kinds, weights = zip(*menu, strict=True)
        fault = self._rng.choices(kinds, weights=weights)[0]
        await self._post(path, fault)
        self.faults[fault["kind"]] += 1

    async def mend_everything(self):
        for path in ("/api/faults", "/api/telegram/faults"):
            async with self._http.delete(path, json={}) as response:
                response.raise_for_status()


def read_prompts(state_path):
    """Return every prompt that went to a phone, as the stopped sandbox wrote it down."""
    mpesa = StateFile(state_path).read()["mpesa"]
    return [_prompt(saved) for saved in mpesa["prompts"]]


def read_debits(state_path, *, begun_with_kes):
    """Return what each phone has paid away, from its balance alone."""
    mpesa = StateFile(state_path).read()["mpesa"]
    return {phone["number"]: begun_with_kes - phone["balance_kes"] for phone in mpesa["phones"]}


def _prompt(saved):
    verdict, order = saved["verdict"], saved["order"]
    token = order["callback_url"].rsplit("/", 1)[1]
    return Prompt(
        request_id=saved["checkout_request_id"],
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        phone_number=order["phone_number"],
        amount_kes=order["amount_kes"],
        sent_at=datetime.fromisoformat(saved["sent_at"]),
        ended_at=datetime.fromisoformat(verdict["at"]) if verdict else None,
        receipt=verdict["receipt"] if verdict else None,
    )
