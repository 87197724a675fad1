"""The command line from the outside: settings, keys, the HTTP API, other people's servers."""

import asyncio
import re
import socket
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.e2e.world import PATIENCE_S, World, clean_environment, eventually, run_once

TOKEN = "7000000001:FluxPay-Sandbox-Token-Of-No-Real-Bot"
SANDBOX = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "DARAJA_CONSUMER_KEY": "fluxpay-sandbox-key",
    "DARAJA_CONSUMER_SECRET": "fluxpay-sandbox-secret",
    "DARAJA_SHORTCODE": "174379",
    "DARAJA_PASSKEY": "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
    "SECRET_KEY": "a secret key that is certainly long enough",
    "ADMIN_IDS": "1001",
    "BILLING_TIME": "00:00",
    "SOCIABLE_HOURS": "00:00-24:00",
}


def settings_for(address):
    """Settings that point at the sandbox there; `bill` has to know the server's port, too."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return SANDBOX | {
        "TELEGRAM_API_URL": address,
        "DARAJA_BASE_URL": address,
        "PORT": str(port),
    }


@asynccontextmanager
async def lone_sandbox(folder):
    """`python -m sandbox`, standing in for somebody else's servers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--port=0",
        "--callback-delay-s=0.1",
        cwd=folder,
        env=clean_environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        line = (await process.stdout.readline()).decode()
        address = re.search(r"http://[\d.:]+", line)[0].rstrip(":")
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as http:
            yield address, http
    finally:
        process.terminate()
        await process.wait()


async def test_missing_and_wrong_settings_are_all_named_at_once_and_exit_with_2(tmp_path):
    status, out, errors = await run_once(
        tmp_path,
        "run",
        TELEGRAM_BOT_TOKEN="1:x",
        DARAJA_SHORTCODE="12",
        SECRET_KEY="short",
        SOCIABLE_HOURS="always",
        TELEGRAM_MODE="webhook",
    )

    assert (status, out) == (2, "")
    for name in (
        "DARAJA_SHORTCODE",
        "SECRET_KEY",
        "SOCIABLE_HOURS",
        "DARAJA_CONSUMER_KEY",
        "DARAJA_CONSUMER_SECRET",
        "DARAJA_PASSKEY",
        "PUBLIC_URL",
    ):
        assert name in errors


async def test_api_key_alone_stands_on_stdout(tmp_path):
    status, out, _ = await run_once(tmp_path, "api-key", "--owner", "4242")

    assert status == 0
    assert re.fullmatch(r"\S{16,}\n", out)


async def test_a_taken_port_is_told_without_a_stack_trace(program, tmp_path):
    port = program.server.rsplit(":", 1)[1]

    status, _, errors = await run_once(tmp_path, "run", PORT=port, SANDBOX_PORT="0")

    assert status == 1
    assert "Traceback" not in errors
    assert "address already in use" in errors.lower()


async def test_bill_without_a_sandbox_to_join_says_what_to_start(tmp_path):
    status, _, errors = await run_once(tmp_path, "bill", SANDBOX_PORT="1")

    assert status == 1
    assert "python -m fluxpay run" in errors


async def _api(server, folder, environment):
    _, key, _ = await run_once(folder, "api-key", "--owner", "1001", **environment)
    return httpx.AsyncClient(
        base_url=server, headers={"Authorization": f"Bearer {key.strip()}"}, timeout=PATIENCE_S
    )


async def _subscribe(api, today):
    plan = await api.post(
        "/api/plans",
        json={"name": "Gold", "amountKes": 1500, "frequency": "monthly", "billingDay": 31},
    )
    client = {"name": "Asha", "phoneNumber": "0712 345 678", "email": None}
    made = await api.post(
        "/api/subscriptions",
        json={"planId": plan.json()["id"], "client": client, "firstBillingDate": today},
    )
    assert made.status_code == 201
    return made.json()


@pytest.mark.parametrize("refused", [False, True], ids=["plain", "decoration refused"])
async def test_run_talks_to_the_servers_of_its_settings_and_bills_beside_a_hand_run(
    start, tmp_path, refused
):
    async with lone_sandbox(tmp_path) as (address, http):
        world = World(http)
        if refused:
            fault = {"kind": "decoration_refused", "count": 50}
            await http.post("/api/telegram/faults", json=fault)
        environment = settings_for(address)
        program = await start("run", **environment)
        assert program.page is None
        await world.owner.say("/start")
        async with await _api(program.server, tmp_path, environment) as api:
            today = (await world.now())["local"][:10]
            subscription = await _subscribe(api, today)
            path = f"/api/subscriptions/{subscription['id']}/activate"
            assert (await api.post(path)).json()["status"] == "ACTIVE"

            hands = [run_once(tmp_path, "bill", **environment) for _ in range(2)]
            for status, out, errors in await asyncio.gather(*hands):
                assert (status, "Prompts sent" in out) == (0, True), errors
            await world.asha.answer("pay")

            async def paid():
                items = (await api.get("/api/transactions")).json()["items"]
                return [item["status"] for item in items]

            assert await eventually(paid, lambda found: found == ["SUCCESS"])
        await world.owner.shown("KES 1,500")
        assert "DEMO" not in "\n".join(await world.owner.texts())
        exchanges = (await http.get("/api/exchanges")).json()
        pushes = [one for one in _listed(exchanges) if "stkpush/" in one["path"]]
        assert len(pushes) == 1


def _listed(exchanges):
    return exchanges if isinstance(exchanges, list) else exchanges["exchanges"]


async def test_stk_push_over_http_is_accepted_with_the_whole_number(start, tmp_path):
    async with lone_sandbox(tmp_path) as (address, http):
        environment = settings_for(address)
        program = await start("run", **environment)
        async with await _api(program.server, tmp_path, environment) as api:
            answer = await api.post(
                "/api/payments/stk-push", json={"phoneNumber": "0712345678", "amountKes": 250}
            )

            assert answer.status_code == 202
            assert answer.json()["status"] == "PENDING"
            assert answer.json()["message"] == (
                "STK Push sent to 254712345678. Please check your phone."
            )
            await World(http).asha.answer("cancel")


async def test_no_secret_pin_or_whole_phone_number_is_logged(program, world):
    await world.owner.say("/start")
    await world.owner.say("0712345678")

    assert await program.stop() == 0

    errors = program.errors()
    for secret in ("254712345678", "0712345678", TOKEN, SANDBOX["DARAJA_PASSKEY"]):
        assert secret not in errors
