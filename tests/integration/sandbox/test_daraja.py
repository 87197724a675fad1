"""The local Daraja over HTTP, as a merchant meets it."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from sandbox.clock import EAT
from sandbox.server import DEFAULT_APP, DarajaApp, Sandbox, SandboxOptions

PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
GENERATE = "/oauth/v1/generate?grant_type=client_credentials"
ASHA = "254712345678"
TILL_APP = DarajaApp(
    consumer_key="till-key",
    consumer_secret="till-secret",
    shortcode="600100",
    passkey="till-passkey",
    till="520520",
)


class Merchant:
    """A merchant's server and its side of Daraja."""

    def __init__(self, sandbox, session, app=DEFAULT_APP):
        self.sandbox, self.session, self.app = sandbox, session, app
        self.callbacks = asyncio.Queue()
        self.answers_with = 200
        self.callback_url = ""
        self.token = ""

    async def receive(self, request):
        self.callbacks.put_nowait(await request.text())
        return web.json_response(
            {"ResultCode": 0, "ResultDesc": "Accepted"}, status=self.answers_with
        )

    async def next_callback(self):
        text = await asyncio.wait_for(self.callbacks.get(), 10)
        return json.loads(text)["Body"]["stkCallback"]

    async def fetch_token(self, *, key=None, secret=None, path=GENERATE, scheme="Basic"):
        pair = f"{key or self.app.consumer_key}:{secret or self.app.consumer_secret}"
        headers = {"Authorization": f"{scheme} {base64.b64encode(pair.encode()).decode()}"}
        async with self.session.get(path, headers=headers) as response:
            return response.status, await response.json()

    async def sign_in(self):
        _, body = await self.fetch_token()
        self.token = body["access_token"]

    def signed(self):
        stamp = f"{self.sandbox.now().astimezone(EAT):%Y%m%d%H%M%S}"
        secret = f"{self.app.shortcode}{self.app.passkey}{stamp}"
        return {
            "BusinessShortCode": self.app.shortcode,
            "Password": base64.b64encode(secret.encode()).decode(),
            "Timestamp": stamp,
        }

    def order(self, **changes):
        order = self.signed() | {
            "TransactionType": "CustomerBuyGoodsOnline"
            if self.app.till
            else "CustomerPayBillOnline",
            "Amount": 1500,
            "PartyA": ASHA,
            "PartyB": self.app.till or self.app.shortcode,
            "PhoneNumber": ASHA,
            "CallBackURL": self.callback_url,
            "AccountReference": "GYM7",
            "TransactionDesc": "Gym",
        }
        return {name: value for name, value in (order | changes).items() if value is not None}

    async def call(self, path, body):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post(path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def push(self, **changes):
        return await self.call(PUSH, self.order(**changes))

    async def query(self, checkout_request_id, **changes):
        body = self.signed() | {"CheckoutRequestID": checkout_request_id} | changes
        return await self.call(QUERY, body)

    async def control(self, path, body):
        async with self.session.post(path, json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def answer(self, action, number=ASHA, **more):
        return await self.control(f"/api/phones/{number}/answer", {"action": action} | more)

    async def get(self, path):
        async with self.session.get(path) as response:
            return await response.json()

    async def notes(self):
        return [each["note"] for each in await self.get("/api/exchanges") if each["note"]]


@asynccontextmanager
async def serving(*, app=DEFAULT_APP, **options):
    sandbox = Sandbox(SandboxOptions(port=0, apps=(DEFAULT_APP, TILL_APP), **options))
    await sandbox.start()
    async with aiohttp.ClientSession(sandbox.address) as session:
        merchant = Merchant(sandbox, session, app)
        server = web.Application()
        server.router.add_post("/{path:.*}", merchant.receive)
        runner = web.AppRunner(server)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        merchant.callback_url = f"http://127.0.0.1:{runner.addresses[0][1]}/paid/{'ab' * 16}"
        await merchant.sign_in()
        yield merchant
        await runner.cleanup()
    await sandbox.stop()


@pytest.fixture
async def merchant():
    async with serving(callback_delay_s=0) as merchant:
        yield merchant


async def eventually(check):
    async with asyncio.timeout(10):
        while not (found := await check()):  # noqa: ASYNC110 - it is over HTTP, without an event
            await asyncio.sleep(0.01)
    return found


# ---- the token


async def test_the_token_is_text_and_its_life_is_told_as_text(merchant):
    status, body = await merchant.fetch_token()
    assert status == 200
    assert body["expires_in"] == "3599"
    assert isinstance(body["access_token"], str)


@pytest.mark.parametrize(
    ("request_of", "code"),
    [
        ({"scheme": "Bearer"}, "400.008.01"),
        ({"key": "nobody"}, "400.008.01"),
        ({"secret": "wrong"}, "400.008.01"),
        ({"path": "/oauth/v1/generate?grant_type=password"}, "400.008.02"),
        ({"path": "/oauth/v1/generate"}, "400.008.02"),
    ],
)
async def test_wrong_credentials_get_no_token(merchant, request_of, code):
    status, body = await merchant.fetch_token(**request_of)
    assert (status, body["errorCode"]) == (400, code)
    assert set(body) == {"requestId", "errorCode", "errorMessage"}


async def test_a_new_token_kills_the_one_before(merchant):
    await merchant.fetch_token()
    status, body = await merchant.push()
    assert (status, body["errorCode"], body["errorMessage"]) == (
        404,
        "404.001.03",
        "Invalid Access Token",
    )


async def test_a_token_dies_after_an_hour_of_world_time(merchant):
    await merchant.control("/api/clock", {"advanceS": 3590})
    assert (await merchant.push())[0] == 200
    await merchant.control("/api/clock", {"advanceS": 3600})
    assert (await merchant.push())[1]["errorCode"] == "404.001.03"


async def test_another_apps_token_lives_on(merchant):
    other = Merchant(merchant.sandbox, merchant.session, TILL_APP)
    await other.sign_in()
    assert (await merchant.push())[0] == 200


# ---- the push


async def test_a_good_push_is_accepted_and_shows_on_the_phone(merchant):
    status, body = await merchant.push()
    phones = {each["phoneNumber"]: each for each in await merchant.get("/api/phones")}
    prompt = phones[ASHA]["prompt"]
    assert (status, body["ResponseCode"]) == (200, "0")
    assert body["CheckoutRequestID"].startswith("ws_CO_")
    assert prompt["checkoutRequestId"] == body["CheckoutRequestID"]
    assert (prompt["business"], prompt["amountKes"], prompt["account"], prompt["description"]) == (
        "FluxPay Demo",
        1500,
        "GYM7",
        "Gym",
    )


@pytest.mark.parametrize("amount", [1, "1", 250_000, "250000"], ids=repr)
async def test_an_amount_is_whole_shillings_as_number_or_text(merchant, amount):
    assert (await merchant.push(Amount=amount))[0] == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("BusinessShortCode", None),
        ("BusinessShortCode", "1234"),
        ("Password", None),
        ("Password", 7),
        ("Timestamp", "2026112319050"),
        ("Timestamp", "20261323190507"),
        ("TransactionType", "CustomerPayWhatever"),
        ("TransactionType", "CustomerBuyGoodsOnline"),
        ("TransactionType", ["CustomerPayBillOnline"]),
        ("Amount", 0),
        ("Amount", 250_001),
        ("Amount", "10.50"),
        ("Amount", 10.5),
        ("Amount", True),
        ("Amount", "-1"),
        ("PartyA", "0712345678"),
        ("PartyB", "520520"),
        ("PhoneNumber", "+254712345678"),
        ("PhoneNumber", "254812345678"),
        ("PhoneNumber", "25471234567"),
        ("CallBackURL", None),
        ("CallBackURL", "http://example.org/paid"),
        ("CallBackURL", "ftp://127.0.0.1/paid"),
        ("CallBackURL", "https:///paid"),
        ("CallBackURL", "https://example.org:99999/paid"),
        ("CallBackURL", "https://example.org/MPESA"),
        ("CallBackURL", "https://safaricom.example.org/"),
        ("CallBackURL", "https://example.org/execute"),
        ("CallBackURL", "https://example.org/a?Query=1"),
        ("AccountReference", None),
        ("AccountReference", ""),
        ("AccountReference", "THIRTEEN-LONG"),
        ("TransactionDesc", "fourteen chars"),
    ],
    ids=repr,
)
async def test_a_wrong_field_is_refused_by_its_name(merchant, field, value):
    status, body = await merchant.push(**{field: value})
    assert (status, body["errorCode"]) == (400, "400.002.02")
    assert body["errorMessage"] == f"Bad Request - Invalid {field}"


@pytest.mark.parametrize(
    "url", ["https://example.org/paid", "http://localhost:1/p", "http://[::1]/p"]
)
async def test_a_callback_may_go_anywhere_by_https_and_to_this_machine_by_http(merchant, url):
    assert (await merchant.push(CallBackURL=url))[0] == 200


async def test_a_push_needs_no_description(merchant):
    assert (await merchant.push(TransactionDesc=None))[0] == 200


@pytest.mark.parametrize(("minutes", "status"), [(-9, 200), (9, 200), (-11, 400), (11, 400)])
async def test_a_timestamp_is_kenyan_and_at_most_ten_minutes_off(merchant, minutes, status):
    at = merchant.sandbox.now().astimezone(EAT) + timedelta(minutes=minutes)
    stamp = f"{at:%Y%m%d%H%M%S}"
    secret = f"{DEFAULT_APP.shortcode}{DEFAULT_APP.passkey}{stamp}"
    password = base64.b64encode(secret.encode()).decode()
    assert (await merchant.push(Timestamp=stamp, Password=password))[0] == status


async def test_a_password_of_another_passkey_is_wrong_credentials(merchant):
    status, body = await merchant.push(Password=base64.b64encode(b"wrong").decode())
    assert (status, body["errorCode"]) == (500, "500.001.1001")
    assert body["errorMessage"] == "[MerchantValidate] - Wrong credentials"


async def test_a_shortcode_nobody_has_is_no_merchant(merchant):
    status, body = await merchant.push(BusinessShortCode="999999", PartyB="999999")
    assert (status, body["errorMessage"]) == (500, "Merchant does not exist")


async def test_a_busy_phone_is_locked_whoever_asks(merchant):
    await merchant.push()
    status, body = await merchant.push(Amount=1)
    assert (status, body["errorCode"]) == (500, "500.001.1001")
    assert body["errorMessage"] == (
        "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    )


async def test_a_till_is_paid_by_buy_goods_to_the_till_number():
    async with serving(app=TILL_APP, callback_delay_s=0) as merchant:
        wrong_type = await merchant.push(TransactionType="CustomerPayBillOnline")
        wrong_party = await merchant.push(PartyB=TILL_APP.shortcode)
        right = await merchant.push()
    assert wrong_type[1]["errorMessage"] == "Bad Request - Invalid TransactionType"
    assert wrong_party[1]["errorMessage"] == "Bad Request - Invalid PartyB"
    assert right[0] == 200


@pytest.mark.parametrize("path", [PUSH, QUERY])
async def test_only_post_is_allowed(merchant, path):
    async with merchant.session.get(path) as response:
        assert response.status == 405
        assert (await response.json())["errorCode"] == "405.001"


@pytest.mark.parametrize(
    ("content_type", "text", "message"),
    [
        ("text/plain", "{}", "Bad Request - Invalid BusinessShortCode"),
        ("application/json", "{", "Invalid Request Payload"),
        ("application/json", "[]", "Invalid Request Payload"),
    ],
)
async def test_a_body_must_be_a_json_object(merchant, content_type, text, message):
    headers = {"Authorization": f"Bearer {merchant.token}", "Content-Type": content_type}
    async with merchant.session.post(PUSH, data=text, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["errorMessage"] == message


async def test_a_path_daraja_does_not_have_is_not_found(merchant):
    status, body = await merchant.call("/mpesa/c2b/v9/simulate", {})
    assert (status, body["errorCode"]) == (404, "404.001.01")


# ---- answers and callbacks


async def test_a_payment_is_called_back_with_receipt_amount_and_phone(merchant):
    _, accepted = await merchant.push()
    await merchant.answer("pay", pin="1234")
    text = await asyncio.wait_for(merchant.callbacks.get(), 10)
    said = json.loads(text)["Body"]["stkCallback"]
    items = {each["Name"]: each for each in said["CallbackMetadata"]["Item"]}
    assert said["CheckoutRequestID"] == accepted["CheckoutRequestID"]
    assert said["MerchantRequestID"] == accepted["MerchantRequestID"]
    assert said["ResultCode"] == 0
    assert '"Value": 1500.00}' in text
    assert items["Balance"] == {"Name": "Balance"}
    assert items["PhoneNumber"]["Value"] == int(ASHA)
    assert len(items["MpesaReceiptNumber"]["Value"]) == 10
    assert len(str(items["TransactionDate"]["Value"])) == 14


@pytest.mark.parametrize(
    ("action", "code"),
    [("wrong_pin", 2001), ("cancel", 1032), ("no_money", 1), ("time_out", 1037)],
)
async def test_a_payment_that_fails_is_called_back_without_metadata(merchant, action, code):
    await merchant.push()
    await merchant.answer(action)
    said = await merchant.next_callback()
    assert said["ResultCode"] == code
    assert "CallbackMetadata" not in said


async def test_paying_with_a_pin_that_is_not_the_phones_is_2001(merchant):
    await merchant.control(f"/api/phones/{ASHA}", {"pin": "4711"})
    await merchant.push()
    await merchant.answer("pay", pin="1234")
    assert (await merchant.next_callback())["ResultCode"] == 2001


async def test_a_skip_of_the_clock_ends_an_open_prompt_with_1037(merchant):
    await merchant.push()
    await merchant.control("/api/clock", {"advanceS": 86_400})
    assert (await merchant.next_callback())["ResultCode"] == 1037


async def test_a_phone_that_is_off_cannot_be_reached(merchant):
    await merchant.control(f"/api/phones/{ASHA}", {"on": False})
    await merchant.push()
    await merchant.control("/api/clock", {"advanceS": 3})
    assert (await merchant.next_callback())["ResultCode"] == 1037


async def test_a_callback_comes_after_its_delay():
    async with serving(callback_delay_s=500) as merchant:
        await merchant.push()
        await merchant.answer("pay")
        assert merchant.callbacks.empty()
        await merchant.control("/api/clock", {"advanceS": 500})
        assert (await merchant.next_callback())["ResultCode"] == 0


async def test_a_callback_nobody_takes_is_lost_and_says_so(merchant, unused_tcp_port):
    await merchant.push(CallBackURL=f"http://127.0.0.1:{unused_tcp_port}/paid")
    await merchant.answer("pay")
    assert await eventually(merchant.notes) == ["callback lost: connection refused"]


async def test_a_callback_that_is_refused_is_not_sent_again(merchant):
    merchant.answers_with = 500
    await merchant.push()
    await merchant.answer("cancel")
    assert await eventually(merchant.notes) == ["callback refused: it is not sent again"]
    await merchant.control("/api/clock", {"advanceS": 86_400})
    assert merchant.callbacks.qsize() == 1


# ---- the query


async def test_a_query_of_an_open_prompt_says_it_is_being_processed(merchant):
    _, accepted = await merchant.push()
    status, body = await merchant.query(accepted["CheckoutRequestID"])
    assert (status, body["errorCode"]) == (500, "500.001.1001")
    assert body["errorMessage"] == "The transaction is being processed"


@pytest.mark.parametrize(("action", "code"), [("pay", "0"), ("cancel", "1032")])
async def test_a_query_of_an_answered_prompt_tells_the_result_as_text(merchant, action, code):
    _, accepted = await merchant.push()
    await merchant.answer(action)
    status, body = await merchant.query(accepted["CheckoutRequestID"])
    assert (status, body["ResponseCode"], body["ResultCode"]) == (200, "0", code)
    assert body["MerchantRequestID"] == accepted["MerchantRequestID"]
    assert "MpesaReceiptNumber" not in str(body)


async def test_a_query_of_an_id_never_given_is_refused(merchant):
    status, body = await merchant.query("ws_CO_1")
    assert (status, body["errorMessage"]) == (500, "Invalid CheckoutRequestID")


async def test_a_merchant_cannot_ask_about_anothers_prompt(merchant):
    _, accepted = await merchant.push()
    other = Merchant(merchant.sandbox, merchant.session, TILL_APP)
    await other.sign_in()
    assert (await other.query(accepted["CheckoutRequestID"]))[0] == 500


async def test_a_query_is_checked_as_a_push_is(merchant):
    assert (await merchant.query(""))[1]["errorMessage"] == (
        "Bad Request - Invalid CheckoutRequestID"
    )
    wrong = await merchant.query("ws_CO_1", Password="d3Jvbmc=")
    assert wrong[1]["errorMessage"] == "[MerchantValidate] - Wrong credentials"
    await merchant.fetch_token()
    status, body = await merchant.query("ws_CO_1")
    assert (status, body["errorCode"]) == (400, "400.003.01")


async def test_queries_above_the_limit_are_throttled_for_a_minute(merchant):
    merchant.sandbox.world.daraja.query_limit_per_minute = 5
    statuses = [(await merchant.query("ws_CO_1"))[0] for _ in range(6)]
    throttled = await merchant.query("ws_CO_1")
    await merchant.control("/api/clock", {"advanceS": 60})
    assert statuses == [500] * 5 + [429]
    assert throttled[1]["fault"]["detail"]["errorcode"].endswith("SpikeArrestViolation")
    assert (await merchant.query("ws_CO_1"))[0] == 500


# ---- faults


async def test_a_lost_callback_never_comes_but_the_query_knows(merchant):
    await merchant.control("/api/faults", {"kind": "callback_lost"})
    _, accepted = await merchant.push()
    await merchant.answer("pay")
    assert await eventually(merchant.notes) == ["callback lost: a fault you set"]
    assert (await merchant.query(accepted["CheckoutRequestID"]))[1]["ResultCode"] == "0"
    await merchant.push()
    await merchant.answer("cancel")
    assert (await merchant.next_callback())["ResultCode"] == 1032


async def test_a_late_callback_comes_when_its_time_has_come(merchant):
    await merchant.control("/api/faults", {"kind": "callback_late", "seconds": 300})
    await merchant.push()
    await merchant.answer("pay")
    await merchant.control("/api/clock", {"advanceS": 200})
    assert merchant.callbacks.empty()
    await merchant.control("/api/clock", {"advanceS": 100})
    assert (await merchant.next_callback())["ResultCode"] == 0


async def test_a_double_callback_comes_twice_with_one_receipt(merchant):
    await merchant.control("/api/faults", {"kind": "callback_double"})
    await merchant.push()
    await merchant.answer("pay")
    assert await merchant.next_callback() == await merchant.next_callback()


async def test_a_callback_can_overtake_the_answer_to_the_push():
    async with serving(callback_delay_s=500) as merchant:
        await merchant.control("/api/faults", {"kind": "callback_before_answer"})
        _, accepted = await merchant.push()
        said = merchant.callbacks.get_nowait()
        assert accepted["CheckoutRequestID"] in said
        assert '"ResultCode": 0' in said


async def test_a_lost_answer_leaves_the_prompt_on_the_phone(merchant):
    await merchant.control("/api/faults", {"kind": "answer_lost"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await merchant.push()
    await merchant.answer("pay")
    assert (await merchant.next_callback())["ResultCode"] == 0
    assert await eventually(merchant.notes) == ["the prompt went out, the connection was cut"]


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("daraja_busy", 500, "500.003.02"),
        ("spike_arrest", 429, "policies.ratelimit.SpikeArrestViolation"),
        ("daraja_down", 503, "<html>"),
        ("token_killed", 404, "404.001.03"),
        ("quota", 500, "500.003.03"),
        ("phone_locked", 500, "Unable to lock subscriber"),
        ("bad_phone", 400, "Bad Request - Invalid PhoneNumber"),
        ("merchant_unknown", 500, "Merchant does not exist"),
    ],
)
async def test_a_fault_of_the_gateway_spoils_one_push_and_sends_no_prompt(
    merchant, kind, status, text
):
    await merchant.control("/api/faults", {"kind": kind})
    headers = {"Authorization": f"Bearer {merchant.token}"}
    async with merchant.session.post(PUSH, json=merchant.order(), headers=headers) as response:
        assert response.status == status
        assert text in await response.text()
    await merchant.sign_in()
    assert (await merchant.push())[0] == 200


async def test_a_push_that_is_not_sent_reaches_no_phone(merchant):
    await merchant.control("/api/faults", {"kind": "not_sent"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await merchant.push()
    assert await eventually(merchant.notes) == ["the connection was cut, nothing was done"]
    assert (await merchant.push())[0] == 200


async def test_a_late_answer_comes_after_its_seconds(merchant):
    await merchant.control("/api/faults", {"kind": "answer_late", "seconds": 0.05})
    assert (await merchant.push())[0] == 200
    assert await merchant.get("/api/faults") == []


async def test_the_same_news_can_come_to_the_plain_address_too(merchant):
    await merchant.control("/api/faults", {"kind": "callback_plain"})
    await merchant.push()
    await merchant.answer("pay")
    assert await merchant.next_callback() == await merchant.next_callback()
    paths = {each["path"] for each in await merchant.get("/api/exchanges")}
    assert any(path.endswith("/paid") for path in paths)


async def test_a_failure_can_be_reported_with_a_code_of_disputed_meaning(merchant):
    await merchant.control("/api/faults", {"kind": "callback_odd_code"})
    await merchant.push()
    await merchant.answer("cancel")
    assert (await merchant.next_callback())["ResultCode"] == "1025"


async def test_a_false_alarm_leaves_the_prompt_to_be_paid(merchant):
    await merchant.control("/api/faults", {"kind": "false_alarm", "seconds": 30})
    await merchant.push()
    await merchant.control("/api/clock", {"advanceS": 31})
    assert (await merchant.next_callback())["ResultCode"] == 1037
    await merchant.answer("pay")
    assert (await merchant.next_callback())["ResultCode"] == 0


def items_of(callback):
    return {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}


@pytest.mark.parametrize(
    ("kind", "amount_kes", "is_plain"),
    [("forged_amount", 1, False), ("forged_receipt", 1500, False), ("forged_plain", 1500, True)],
)
async def test_a_forged_callback_says_what_never_happened(merchant, kind, amount_kes, is_plain):
    await merchant.push()
    await merchant.answer("pay")
    paid = items_of(await merchant.next_callback())
    await merchant.control("/api/faults", {"kind": kind})
    await merchant.push()
    forged = items_of(await merchant.next_callback())
    is_old = forged["MpesaReceiptNumber"] == paid["MpesaReceiptNumber"]
    assert (forged["Amount"], is_old) == (amount_kes, kind == "forged_receipt")
    paths = [each["path"] for each in await merchant.get("/api/exchanges")]
    assert any(path.endswith("/paid") for path in paths) is is_plain


async def test_a_query_can_fail_and_lie(merchant):
    _, accepted = await merchant.push()
    await merchant.answer("pay")
    await merchant.control("/api/faults", {"kind": "query_failed"})
    await merchant.control("/api/faults", {"kind": "query_lie"})
    said = [(await merchant.query(accepted["CheckoutRequestID"]))[1] for _ in range(3)]
    assert said[0]["errorMessage"] == "The transaction is being processed"
    assert [each["ResultCode"] for each in said[1:]] == ["1032", "0"]


async def test_a_fault_can_be_meant_for_the_query_or_the_token(merchant):
    await merchant.control("/api/faults", {"kind": "spike_arrest", "call": "query"})
    await merchant.control("/api/faults", {"kind": "daraja_busy", "call": "token"})
    assert (await merchant.push())[0] == 200
    assert (await merchant.query("ws_CO_1"))[0] == 429
    assert (await merchant.fetch_token())[1]["errorCode"] == "500.003.02"


async def test_faults_are_listed_and_cleared(merchant):
    await merchant.control("/api/faults", {"kind": "callback_late", "count": 2, "seconds": 5})
    listed = await merchant.get("/api/faults")
    async with merchant.session.delete("/api/faults") as response:
        cleared = await response.json()
    assert listed == [{"kind": "callback_late", "count": 2, "seconds": 5}]
    assert cleared == await merchant.get("/api/faults") == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "bad_weather"},
        {"kind": "daraja_down", "count": 0},
        {"kind": "daraja_down", "count": "2"},
        {"kind": "daraja_down", "call": "refund"},
        {"kind": "callback_late", "seconds": -1},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(merchant, fault):
    async with merchant.session.post("/api/faults", json=fault) as response:
        assert response.status == 400
        assert "error" in await response.json()


# ---- memory


async def test_a_restart_loses_no_prompt_no_callback_and_no_token(tmp_path):
    options = {"callback_delay_s": 500, "state_path": tmp_path / "state.json"}
    async with serving(**options) as merchant:
        _, accepted = await merchant.push()
        _, undelivered = await merchant.push(PhoneNumber="254722345678")
        await merchant.answer("cancel", number="254722345678")
        await merchant.sandbox.stop()

        again = Sandbox(SandboxOptions(port=0, **options))
        await again.start()
        async with aiohttp.ClientSession(again.address) as session:
            merchant.sandbox, merchant.session = again, session
            await merchant.answer("pay")
            pending = await merchant.query(undelivered["CheckoutRequestID"])
            await merchant.control("/api/clock", {"advanceS": 500})
            said = [await merchant.next_callback(), await merchant.next_callback()]
        await again.stop()
    results = {each["CheckoutRequestID"]: each["ResultCode"] for each in said}
    assert pending[1]["ResultCode"] == "1032"
    assert results == {
        accepted["CheckoutRequestID"]: 0,
        undelivered["CheckoutRequestID"]: 1032,
    }
