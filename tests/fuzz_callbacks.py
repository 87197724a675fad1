"""Callbacks that Safaricom would never send, by the thousand: `python -m tests.fuzz_callbacks`.

They go through the real HTTP server onto SQLite: on the secret path of a live prompt, on paths
with forged tokens, and on the path without one. One number makes the same bodies again.
"""

import argparse
import asyncio
import copy
import json
import random
import secrets
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from aiohttp.test_utils import TestClient, TestServer

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState
from core.cipher import Cipher
from core.database import migrate, open_database
from core.engine import Engine
from core.logs import configure_logs
from core.models import Allocation, InboundEvent, Payment, StkPush, Transaction
from core.services.context import Context
from core.settings import Settings
from tests.fakes import FakeGateway, ManualClock
from webhook.server import build_app

PATH = "/api/payments/callback"
ANSWERS = {200, 400, 413}
_AMOUNT_KES = 4321
"""What both prompts ask for. On the secret path no body may claim it: it would be right."""
_AT_ONCE = 16
_KNOWN = 0.5
_SHALLOW = 200
_DEEP = 30_000

_NUMBERS = [0, -1, 1, 10, 31, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400, 1.5, -0.0, 1e308]
_SPECIALS = [None, True, False, float("nan"), float("inf"), [], {}, [[]], {"": None}]
_TEXTS = [
    *("", " ", "0", "00", "-0", "1032 ", "0.0", "4320.999", "NaN", "null", "true", "[]"),
    *("\x00", "\ud800", "\udfff", "\u202e", "\u200b", "\ufeff", "\U0001f600", "e\u0301" * 50),
    *("\u0660\u0661", "\uff11\uff10", "x" * 5_000, "9" * 5_000, "<b>", "%s%n", "{0}", "';--"),
    *("254712345678", "254799999999", "TKN4XY12AB", "20261123090030", "99999999999999"),
]


def _success(checkout_request_id, amount_kes):
    items = [
        {"Name": "Amount", "Value": amount_kes},
        {"Name": "MpesaReceiptNumber", "Value": "TKN4XY12AB"},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261123090030},
        {"Name": "PhoneNumber", "Value": 254712345678},
    ]
    callback = {
        "MerchantRequestID": "m-1",
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return {"Body": {"stkCallback": callback}}


class Bodies:
    """An endless supply, the same for the same seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._kinds = [
            *(self._wrong_types, self._wrong_types, self._dropped, self._repeated),
            *(self._truncated, self._flipped, self._noise, self._nested, self._encoded),
        ]

    def next(self, base):
        """Return one body made from what would be a right one."""
        return self._random.choice(self._kinds)(copy.deepcopy(base))

    def path(self, token):
        """Return the live prompt's path, one with a forged token, or the plain one."""
        forged = "".join(self._random.choices("0123456789abcdef", k=48))
        return self._random.choice([f"{PATH}/{token}", f"{PATH}/{forged}", PATH])

    def caller(self):
        """Return an address: each has its own limit, and none may be the reason for an answer."""
        return f"10.{self._random.randrange(256)}.{self._random.randrange(256)}.1"

    def _value(self):
        """Return something of a kind known for trouble, or something never seen before."""
        if self._random.random() < _KNOWN:
            return copy.deepcopy(self._random.choice([*_NUMBERS, *_SPECIALS, *_TEXTS]))
        number = self._random.randrange(-(10 ** self._random.randrange(1, 40)), 10**12)
        text = "".join(chr(self._random.randrange(0x11_0000)) for _ in range(number % 20))
        return self._random.choice([number if number != _AMOUNT_KES else 0, number / 7, text])

    def _places(self, node):
        """Yield each container with each of its keys."""
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            if isinstance(node[key], dict | list):
                yield from self._places(node[key])

    def _wrong_types(self, body):
        for _ in range(self._random.randint(1, 3)):
            node, key = self._random.choice(list(self._places(body)))
            node[key] = self._value()
            if not list(self._places(body)):
                break
        return _dump(body)

    def _dropped(self, body):
        node, key = self._random.choice(list(self._places(body)))
        del node[key]
        return _dump(body)

    def _repeated(self, body):
        name = self._random.choice(["Body", "stkCallback", "ResultCode", "CheckoutRequestID"])
        twin = f'"{name}": {json.dumps(self._value())}, "{name}":'.encode("utf-8", "surrogatepass")
        return _dump(body).replace(f'"{name}":'.encode(), twin, 1)

    def _truncated(self, body):
        text = _dump(body)
        return text[: self._random.randrange(len(text))]

    def _flipped(self, body):
        text = bytearray(_dump(body))
        for _ in range(self._random.randint(1, 8)):
            text[self._random.randrange(len(text))] = self._random.randrange(256)
        return bytes(text)

    def _noise(self, _body):
        return self._random.randbytes(self._random.randrange(2_000))

    def _nested(self, body):
        depth = self._random.choice([10, _SHALLOW, 1_000, _DEEP])
        opened, closed = self._random.choice([(b"[", b"]"), (b'{"Body":', b"}")])
        depth = min(depth, 60_000 // (len(opened) + 1))
        return opened * depth + _dump(body) + closed * self._random.choice([depth, 0])

    def _encoded(self, body):
        text = _dump(body).decode("utf-8", "surrogatepass")
        name = self._random.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7"])
        return text.encode(name, "surrogatepass" if name != "utf-7" else "replace")


def _dump(body):
    return json.dumps(body).encode()


@asynccontextmanager
async def open_target(folder):
    """Serve a shop with two prompts open; yield the client, the engine, clock and gateway."""
    # No power cut is played here: waiting for the disk would only take time.
    url = f"sqlite://{Path(folder) / 'fuzz.db'}?synchronous=OFF"
    await migrate(url)
    clock, gateway = ManualClock(), FakeGateway()
    settings = Settings(
        _env_file=None,
        telegram_bot_token="1:fuzz",
        daraja_base_url="http://127.0.0.1:9",
        daraja_consumer_key="key",
        daraja_consumer_secret="secret",
        daraja_shortcode="174379",
        daraja_passkey="passkey",
        secret_key="a secret key of the fuzzing, long enough",
        public_url="https://pay.example.co.ke",
        admin_ids="9001",
        trusted_proxies="127.0.0.1",
    )
    context = Context(
        settings=settings,
        clock=clock,
        gateway=gateway,
        cipher=Cipher(settings.secret_keys),
        mint=lambda: secrets.token_hex(24),
    )
    async with open_database(url):
        engine = Engine(context)
        await _open_prompts(engine)
        async with TestClient(TestServer(build_app(engine))) as http:
            yield http, engine, clock, gateway


async def _open_prompts(engine):
    owner = await engine.people.register_owner(1001)
    owner.uses_platform_account = True
    await owner.save()
    for phone_number in ("254712345678", "254722345678"):
        draft = ChargeDraft(phone_number=phone_number, amount_kes=_AMOUNT_KES)
        await engine.prompts.charge(owner.id, draft)


async def fuzz(*, count, seed):
    """Send so many bodies; return how many had each answer, and each outcome.

    Raises:
        AssertionError: An answer was none of ours, what was accepted was not stored, or
            something was settled.
    """
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        async with open_target(folder) as (http, engine, clock, gateway):
            taken = set()
            answers = await _send(http, Bodies(seed), gateway.token(0), count, taken)
            outcomes = await _handled(engine, clock)
            await _check_nothing_is_settled()
            assert await InboundEvent.all().count() == len(taken)
    assert set(answers) <= ANSWERS, answers
    assert "error" not in outcomes, outcomes
    return answers, outcomes


async def _send(http, bodies, token, count, taken):
    """Send them all; put into `taken` what was answered 200, each path and body once."""
    answers, left = Counter(), iter(range(count))

    async def send():
        for _ in left:
            path = bodies.path(token)
            # On the plain path all may be right: nothing is believed there.
            base = _success("ws_CO_1", 999) if token in path else _success("ws_CO_2", _AMOUNT_KES)
            headers = {"X-Forwarded-For": bodies.caller()}
            body = bodies.next(base)
            async with http.post(path, data=body, headers=headers) as answer:
                answers[answer.status] += 1
                if answer.status == 200:
                    taken.add((path, body))

    await asyncio.gather(*(send() for _ in range(_AT_ONCE)))
    return answers


async def _handled(engine, clock):
    """Let everything be handled, the events that wait for their push too; count the outcomes."""
    while await InboundEvent.filter(handled_at=None).exists():
        clock.advance(timedelta(minutes=3))
        await engine.inbox.handle_callbacks()
    words = await InboundEvent.all().values_list("outcome", flat=True)
    return Counter(words)


async def _check_nothing_is_settled():
    assert await Payment.all().count() == 0
    assert await Allocation.all().count() == 0
    assert await Transaction.filter(paid_kes__gt=0).count() == 0
    assert await Transaction.filter(status="SUCCESS").count() == 0
    assert await StkPush.filter(state=PushState.SUCCESS).count() == 0
    untold = await StkPush.get(checkout_request_id="ws_CO_2")
    assert untold.state is PushState.SENT  # Its token was never sent: no verdict counts.


def main():
    """Run from the command line; print what came of it, and what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    configure_logs("json", level="error")
    began_s, worked_s = perf_counter(), process_time()
    answers, outcomes = asyncio.run(fuzz(count=given.count, seed=given.seed))
    print(f"{given.count} bodies of seed {given.seed}: no 5xx, nothing settled")  # noqa: T201 - a program
    print(f"answers:  {dict(sorted(answers.items()))}")  # noqa: T201 - as above
    print(f"outcomes: {dict(outcomes.most_common())}")  # noqa: T201 - as above
    spent_s, busy_s = perf_counter() - began_s, process_time() - worked_s
    print(f"time:     {spent_s:.0f} s, {busy_s:.0f} s of it on the processor")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
