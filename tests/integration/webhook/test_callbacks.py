import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from core.models import InboundEvent
from tests.integration.webhook.program import CHARGE, cancelled, paid
from webhook.server import build_app

PATH = "/api/payments/callback"
ACCEPTED = (200, {"ResultCode": 0, "ResultDesc": "Accepted"})


async def deliver(http, path: str, body: bytes):
    async with http.post(path, data=body) as response:
        return response.status, await response.json()


async def until_handled(count: int) -> list[InboundEvent]:
    async with asyncio.timeout(20):
        while await InboundEvent.exclude(handled_at=None).count() < count:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0)
    return await InboundEvent.all().order_by("id")


@pytest.fixture
async def charge(api) -> dict:
    return await api.post("/api/payments/stk-push", CHARGE, status=202)


async def test_a_callback_is_accepted_and_settles_its_prompt_afterwards(
    api, http, gateway, charge
):
    assert await deliver(http, f"{PATH}/{gateway.token()}", paid()) == ACCEPTED

    shown = await api.until(f"/api/transactions/{charge['transactionId']}", status="SUCCESS")
    assert (shown["paidKes"], shown["mpesaReceiptNo"]) == (10, "TKN4XY12AB")
    assert shown["settledAt"] is not None


async def test_a_failed_prompt_tells_why(api, http, gateway, charge):
    assert await deliver(http, f"{PATH}/{gateway.token()}", cancelled()) == ACCEPTED

    shown = await api.until(f"/api/transactions/{charge['transactionId']}", status="FAILED")
    assert shown["failureCode"] == "CANCELLED"
    assert shown["failureReason"] == "The client cancelled the prompt."


async def test_a_repeated_callback_is_accepted_and_counts_once(api, http, gateway, charge):
    for _ in range(3):
        assert await deliver(http, f"{PATH}/{gateway.token()}", paid()) == ACCEPTED

    shown = await api.until(f"/api/transactions/{charge['transactionId']}", status="SUCCESS")
    assert shown["paidKes"] == 10
    assert len(await until_handled(1)) == 1


async def test_a_forged_token_is_accepted_and_changes_nothing(api, http, charge):
    assert await deliver(http, f"{PATH}/{'0' * 48}", paid()) == ACCEPTED

    await until_handled(1)
    shown = await api.get(f"/api/transactions/{charge['transactionId']}")
    assert (shown["status"], shown["paidKes"]) == ("PENDING", 0)


async def test_without_a_token_a_callback_is_not_believed_by_itself(api, http, charge):
    assert await deliver(http, PATH, paid()) == ACCEPTED

    await until_handled(1)
    shown = await api.get(f"/api/transactions/{charge['transactionId']}")
    assert (shown["status"], shown["paidKes"]) == ("PENDING", 0)


async def test_junk_is_stored_word_for_word_and_accepted(http):
    bodies = [b"", b"not json", b"\xff\x00", b"[" * 60_000, b'{"Body": {}}', b"9" * 5000]

    for body in bodies:
        assert await deliver(http, f"{PATH}/ab12", body) == ACCEPTED

    stored = await until_handled(len(bodies))
    assert [bytes(event.body) for event in stored] == bodies
    assert {event.outcome for event in stored} == {"junk"}


@pytest.mark.parametrize("token", ["%ED%A0%80", "%00", "%F0%9F%98%80", "a%2Fb", "%7B%7D", "..%2f"])
async def test_any_text_may_stand_where_the_token_stands(http, token):
    url = URL(f"{http.make_url(PATH)}/{token}", encoded=True)

    async with http.session.post(url, data=b"{}") as response:
        assert response.status == 200


async def test_what_a_crash_left_unsettled_is_settled_when_a_server_starts(
    api, engine, gateway, charge
):
    await engine.inbox.receive_callback(paid(), token=gateway.token())

    async with TestClient(TestServer(build_app(engine))):
        await api.until(f"/api/transactions/{charge['transactionId']}", status="SUCCESS")
