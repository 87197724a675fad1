import asyncio
import json
from datetime import timedelta

import pytest

from core.models import IdempotencyKey, StkPush, Transaction
from core.ports import Busy, BusyKind, NoAnswer, RefusalKind, Refused
from core.services.messages.idempotency import Begun, KeyedRequest
from tests.fakes import FakeGateway
from tests.integration.webhook.program import CHARGE, cancelled, paid

PATH = "/api/payments/stk-push"
PATIENCE_S = 20


class HeldGateway(FakeGateway):
    """Answers at once, or, after `hold`, not before `let_go`."""

    def __init__(self) -> None:
        super().__init__()
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self.asked = asyncio.Event()

    def hold(self) -> None:
        self._may_answer.clear()

    def let_go(self) -> None:
        self._may_answer.set()

    async def request_payment(self, request):
        self.asked.set()
        await self._may_answer.wait()
        return await super().request_payment(request)


@pytest.fixture
async def gateway():
    return HeldGateway()


async def test_an_accepted_prompt_is_202_and_pending(api, gateway):
    answer = await api.post(PATH, CHARGE, status=202)

    assert answer == {
        "transactionId": answer["transactionId"],
        "status": "PENDING",
        "message": "STK Push sent to 254712345678. Please check your phone.",
    }
    (request,) = gateway.requests
    assert (request.phone_number, request.amount_kes) == ("254712345678", 10)
    shown = await api.get(f"/api/transactions/{answer['transactionId']}")
    assert (shown["status"], shown["darajaRequestId"]) == ("PENDING", "ws_CO_1")


async def test_reference_and_description_reach_the_prompt(api, gateway):
    await api.post(
        PATH, {**CHARGE, "accountReference": "INV1042", "transactionDesc": "Gym"}, status=202
    )

    assert gateway.requests[0].account_reference == "INV1042"
    assert gateway.requests[0].description == "Gym"


@pytest.mark.parametrize("blank", [None, "", " "])
async def test_blank_reference_and_description_are_as_good_as_absent(api, gateway, blank):
    body = {**CHARGE, "accountReference": blank, "transactionDesc": blank}

    await api.post(PATH, body, status=202)

    assert gateway.requests[0].account_reference == "FluxPay"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Refused(kind=RefusalKind.PHONE, code="400", detail="Bad PhoneNumber"), "phone_refused"),
        (Refused(kind=RefusalKind.REQUEST, code="400", detail="Bad Amount"), "request_refused"),
        (Refused(kind=RefusalKind.MERCHANT, code="401", detail="Wrong"), "merchant_refused"),
        (Busy(kind=BusyKind.SYSTEM_BUSY, code="500", detail="System busy"), "busy"),
        (Busy(kind=BusyKind.PHONE_LOCKED, code="500", detail="Unable to lock"), "phone_locked"),
        (Busy(kind=BusyKind.NOT_SENT, code="", detail="refused connection"), "not_sent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refused_prompt_is_422_with_the_reason(api, gateway, said, code):
    gateway.answers.append(said)

    answer = await api.post(PATH, CHARGE, status=422)

    assert answer["error"]["code"] == code
    assert said.detail in answer["error"]["message"]
    shown = await api.get(f"/api/transactions/{answer['transactionId']}")
    assert (shown["status"], shown["failureCode"]) == ("FAILED", code)
    assert shown["failureReason"].endswith(".")


async def test_a_lost_answer_is_202_and_unknown(api, gateway):
    gateway.answers.append(NoAnswer(detail="timed out"))

    answer = await api.post(PATH, CHARGE, status=202)

    assert answer["status"] == "UNKNOWN"
    assert "don't know yet" in answer["message"]
    assert f"/api/transactions/{answer['transactionId']}" in answer["message"]


async def test_every_wrong_field_of_a_charge_is_named_and_nothing_is_sent(api, gateway):
    fields = await api.wrong_fields(
        PATH,
        {
            "phoneNumber": 712345678,
            "amountKes": 1,
            "accountReference": "INV-1042",
            "transactionDesc": "caf\u00e9",
        },
    )

    assert set(fields) == {"phoneNumber", "amountKes", "accountReference", "transactionDesc"}
    assert fields["amountKes"] == "must be at least 2"
    assert gateway.requests == []


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "0712",
        "07123456789012",
        "+1 202 555 0123",
        "020 2222222",
        "07I2345678",
        "0712345678\x00",
    ],
)
async def test_a_number_that_can_not_be_prompted_is_refused(api, gateway, phone):
    status, _ = await api.send("POST", PATH, json={"phoneNumber": phone, "amountKes": 10})

    assert status in {400, 422}
    assert gateway.requests == []


async def test_a_second_prompt_on_an_open_phone_is_422(api, gateway):
    await api.post(PATH, CHARGE, status=202)

    answer = await api.post(PATH, {**CHARGE, "phoneNumber": "+254712345678"}, status=422)

    assert answer["error"]["code"] == "phone_has_open_prompt"
    assert len(gateway.requests) == 1


async def test_a_second_prompt_beside_one_without_an_answer_is_told_until_when_it_is_asked_about(
    api, engine, clock
):
    await api.post(PATH, CHARGE, status=202)
    until = engine.now() + timedelta(hours=24)
    clock.advance(timedelta(minutes=25))

    answer = await api.post(PATH, CHARGE, status=422, key="another")

    assert answer["error"]["code"] == "phone_has_open_prompt"
    assert "FluxPay is asking Safaricom" in answer["error"]["message"]
    assert f"by {until.isoformat()}" in answer["error"]["message"]


async def test_an_owner_without_an_account_to_collect_to_is_422(api, owner, gateway):
    owner.uses_platform_account = False
    await owner.save()

    answer = await api.post(PATH, CHARGE, status=422, key="invoice 1")

    assert answer["error"]["code"] == "no_merchant_account"
    assert gateway.requests == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (None, 202),
        (NoAnswer(detail="timed out"), 202),
        (Refused(kind=RefusalKind.PHONE, code="400", detail="Bad PhoneNumber"), 422),
    ],
    ids=["accepted", "unknown", "refused"],
)
async def test_the_same_key_gets_the_first_answer_and_sends_one_prompt(api, gateway, said, status):
    gateway.answers.extend([said] if said else [])
    first = await api.post(PATH, CHARGE, status=status, key="invoice 1")

    again = await api.post(PATH, CHARGE, status=status, key="invoice 1")

    assert again == first
    assert len(gateway.requests) == 1


async def test_the_same_key_with_another_amount_is_409_and_sends_nothing(api, gateway):
    await api.post(PATH, CHARGE, status=202, key="invoice 1")

    answer = await api.post(PATH, {**CHARGE, "amountKes": 99}, status=409, key="invoice 1")

    assert answer["error"]["code"] == "idempotency_key_reused"
    assert len(gateway.requests) == 1


async def test_a_repeat_whose_twin_died_keeps_no_server_from_stopping(
    engine, owner, api, http, monkeypatch
):
    twin = KeyedRequest(
        owner_id=owner.id, scope=f"POST {PATH}", key="invoice 1", body=json.dumps(CHARGE).encode()
    )
    assert isinstance(await engine.idempotency.begin(twin), Begun)
    waits, begin = asyncio.Event(), engine.idempotency.begin

    async def look(request):
        found = await begin(request)
        assert found is None
        waits.set()
        return found

    monkeypatch.setattr(engine.idempotency, "begin", look)
    repeat = asyncio.create_task(api.post(PATH, CHARGE, status=202, key="invoice 1"))
    await waits.wait()

    repeat.cancel()
    async with asyncio.timeout(PATIENCE_S):
        await http.close()


async def test_two_requests_with_one_key_at_once_send_one_prompt(api, gateway):
    gateway.hold()
    twins = asyncio.gather(
        *(api.post(PATH, CHARGE, status=202, key="invoice 1") for _ in range(2))
    )
    await gateway.asked.wait()
    gateway.let_go()

    one, two = await twins

    assert one == two
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("body", [{**CHARGE, "amountKes": 1}, {}])
async def test_a_refused_body_leaves_its_key_free(api, gateway, body):
    await api.post(PATH, body, status=422, key="invoice 1")
    await api.post_bytes(PATH, b"[", 400, key="invoice 1")

    await api.post(PATH, CHARGE, status=202, key="invoice 1")


async def test_after_a_crash_the_key_tells_what_became_of_the_first_prompt(
    api, engine, owner, gateway, clock
):
    await api.post(PATH, CHARGE, status=202, key="invoice 1")
    first = await Transaction.get(owner_id=owner.id)
    await _forget_the_answer(first)
    clock.advance(timedelta(minutes=5))

    again = await api.post(PATH, CHARGE, status=202, key="invoice 1")

    assert (again["transactionId"], again["status"]) == (first.id, "PENDING")
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    ("verdict", "status", "message"),
    [
        (paid(), "SUCCESS", "Paid by 254712345678. Receipt TKN4XY12AB."),
        (
            cancelled(),
            "FAILED",
            "Prompt sent to 254712345678. The client cancelled the prompt.",
        ),
    ],
    ids=["paid", "cancelled"],
)
async def test_after_a_crash_the_key_tells_that_the_client_has_answered(
    crashed, verdict, status, message
):
    again = await crashed(verdict, settled_as=status)

    assert (again["status"], again["message"]) == (status, message)


@pytest.fixture
def crashed(api, engine, owner, gateway, clock):
    """Prompt, die before answering, hear from Safaricom, and be asked again."""

    async def asked_again(verdict: bytes, settled_as: str) -> dict:
        first = await api.post(PATH, CHARGE, status=202, key="invoice 1")
        await _forget_the_answer(await Transaction.get(owner_id=owner.id))
        await engine.inbox.receive_callback(verdict, token=gateway.token())
        await api.until(f"/api/transactions/{first['transactionId']}", status=settled_as)
        clock.advance(timedelta(minutes=5))
        again = await api.post(PATH, CHARGE, status=202, key="invoice 1")
        assert len(gateway.requests) == 1
        return again

    return asked_again


async def _forget_the_answer(transaction: Transaction) -> None:
    """Leave the key as a process that died before it answered would."""
    await IdempotencyKey.filter(transaction_id=transaction.id).update(status=None, body=None)


# aiohttp's test server cancels a request's handler as soon as its caller hangs up.


async def test_the_answer_is_kept_although_the_caller_has_hung_up(api, gateway):
    gateway.hold()
    call = asyncio.create_task(api.post(PATH, CHARGE, status=202, key="invoice 1"))
    await gateway.asked.wait()
    call.cancel()
    await asyncio.wait([call])

    gateway.let_go()

    kept = await api.post(PATH, CHARGE, status=202, key="invoice 1")
    assert kept["status"] == "PENDING"
    assert len(gateway.requests) == 1


async def test_the_server_does_not_stop_before_the_answer_is_stored(api, http, gateway, owner):
    gateway.hold()
    call = asyncio.create_task(api.post(PATH, CHARGE, status=202))
    await gateway.asked.wait()
    call.cancel()
    await asyncio.wait([call])

    stopping = asyncio.create_task(http.close())
    gateway.let_go()
    await stopping

    push = await StkPush.get(transaction__owner_id=owner.id)
    assert push.checkout_request_id == "ws_CO_1"
