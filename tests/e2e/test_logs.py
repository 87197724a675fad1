"""A full run at every level of logging: no secret, PIN or whole phone number in it."""

import json
import re
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import ClientSession, DummyCookieJar, web

from tests.e2e.test_program import SANDBOX, lone_sandbox, settings_for
from tests.e2e.world import PATIENCE_S, World, eventually, run_once

BAD_KEY = "fp_" + "0a1b2c3d4e5f" * 4
FORGED_TOKEN = "5ec2e7" * 8
PHONES = ("712345678", "722345678", "712345001", "733345678", "744345678")
SPELLINGS = ("254{0}", "+254{0}", "0{0}", "{0}", "0{1} {2} {3}", "{1} {2} {3}", "{1}-{2}-{3}")
# A number on its own: not the middle of an instant or of a duration.
_PIN = re.compile(r"(?<![\w.:])1234(?![\w.:])")


class Spy:
    """What lies between FluxPay and Daraja, and keeps every secret that goes through."""

    def __init__(self, address):
        self._address = address
        self.secrets = set()
        self.url = ""
        self._session = None

    @asynccontextmanager
    async def listening(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass)
        async with ClientSession(cookie_jar=DummyCookieJar()) as self._session:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _pass(self, request):
        body = await request.read()
        self._note(request.headers.get("Authorization", ""), body)
        headers = {
            name: request.headers[name]
            for name in ("Authorization", "Content-Type")
            if name in request.headers
        }
        url = self._address + request.path_qs
        async with self._session.request(
            request.method, url, data=body, headers=headers
        ) as answer:
            said = await answer.read()
            self._note("", said)
            return web.Response(status=answer.status, body=said, content_type=answer.content_type)

    def _note(self, authorization, body):
        self.secrets |= set(authorization.split(" ")[1:])
        said = json.loads(body) if body.startswith(b"{") else {}
        for name in ("access_token", "Password"):
            self.secrets |= {said[name]} if name in said else set()
        if "CallBackURL" in said:
            self.secrets.add(said["CallBackURL"].rsplit("/", 1)[1])


def spellings(phone):
    parts = (phone, phone[:3], phone[3:6], phone[6:])
    return {form.format(*parts) for form in SPELLINGS}


async def push(api, number):
    answer = await api.post("/api/payments/stk-push", json={"phoneNumber": number, "amountKes": 9})
    assert answer.status_code == 202, answer.text
    return answer.json()["transactionId"]


async def ended(api, transaction_id, status):
    async def shown():
        return (await api.get(f"/api/transactions/{transaction_id}")).json()["status"]

    await eventually(shown, lambda found: found == status)


async def sell(api, world):
    """A plan, a client with a bill of today, and what he pays."""
    plan = {"name": "Gold", "amountKes": 1500, "frequency": "monthly", "billingDay": 31}
    plan_id = (await api.post("/api/plans", json=plan)).json()["id"]
    client = {"name": "Asha", "phoneNumber": "0712 345 678"}
    today = (await world.now())["local"][:10]
    wanted = {"planId": plan_id, "client": client, "firstBillingDate": today}
    made = (await api.post("/api/subscriptions", json=wanted)).json()
    invitation = made["invitationUrl"].rsplit("=", 1)[1]
    await api.post(f"/api/subscriptions/{made['id']}/activate")
    await world.asha.answer("pay")
    await world.owner.shown("1,500 received")
    return invitation


async def charge_in_the_chat(world):
    await world.owner.press("Simulate STK push")
    for typed in ("0722 345 678", "150"):
        await world.owner.say(typed)
    await world.owner.press("Skip")
    await world.owner.press("Skip")
    await world.owner.press("Send the STK push")
    await world.brian.answer("no_money")
    await world.owner.shown("150")


async def meddle(program):
    """Come with a bad key, a forged token, and bodies that are not what they should be."""
    async with httpx.AsyncClient(base_url=program.server, timeout=PATIENCE_S) as http:
        bad = {"Authorization": f"Bearer {BAD_KEY}"}
        assert (await http.get("/api/plans", headers=bad)).status_code == 401
        for path in (f"/api/payments/callback/{FORGED_TOKEN}", "/api/payments/callback"):
            for body in (b"junk 254712345678", b"\xff\x00", b'{"Body": {"stkCallback": 1}}'):
                assert (await http.post(path, content=body)).status_code == 200
        assert (await http.get(f"/{FORGED_TOKEN}?phone=254712345678")).status_code == 404


async def lose_the_world(program, headers):
    """Go on without Daraja and Telegram: now their clients complain of the addresses they call."""
    async with httpx.AsyncClient(
        base_url=program.server, headers=headers, timeout=PATIENCE_S
    ) as api:
        await api.post(
            "/api/payments/stk-push", json={"phoneNumber": "0744 345 678", "amountKes": 9}
        )

    async def complaints():
        return program.errors()

    await eventually(complaints, lambda log: "telegram_unreachable" in log and "warning" in log)


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_secret_pin_or_whole_phone_number_is_in_the_log_of_a_full_run(
    start, tmp_path, log_format
):
    async with (
        lone_sandbox(tmp_path) as (address, http),
        Spy(address).listening() as spy,
    ):
        world = World(http)
        environment = settings_for(address) | {
            "DARAJA_BASE_URL": spy.url,
            "LOG_FORMAT": log_format,
            "LOG_LEVEL": "debug",
        }
        program = await start("run", **environment)
        await world.owner.say("/start")
        _, key, told = await run_once(tmp_path, "api-key", "--owner", "1001", **environment)
        headers = {"Authorization": f"Bearer {key.strip()}"}
        async with httpx.AsyncClient(
            base_url=program.server, headers=headers, timeout=PATIENCE_S
        ) as api:
            invitation = await sell(api, world)
            await world.fault("token_killed")
            paid = await push(api, "+254 712 345 001")
            await world.owner.answer("pay")
            await ended(api, paid, "SUCCESS")
            await world.fault("daraja_down")
            await push(api, "0733-345-678")
            assert (await api.post("/api/plans", json={"name": 7})).status_code == 422
        await charge_in_the_chat(world)
        await meddle(program)
    await lose_the_world(program, headers)
    assert await program.stop() == 0

    log = program.errors() + told
    assert "http_request" in log
    assert len(spy.secrets) > 6
    known = {key.strip(), BAD_KEY, FORGED_TOKEN, invitation} | spy.secrets
    known |= {
        SANDBOX[name] for name in SANDBOX if name.endswith(("TOKEN", "_KEY", "_SECRET", "PASSKEY"))
    }
    assert {secret for secret in known if secret in log} == set()
    assert {text for phone in PHONES for text in spellings(phone) if text in log} == set()
    assert _PIN.findall(log) == []
