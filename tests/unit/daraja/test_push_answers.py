"""What each answer to an STK push means."""

import aiohttp
import pytest

from core.ports import Accepted, Busy, BusyKind, NoAnswer, RefusalKind, Refused
from tests.unit.daraja.conftest import acceptance
from tests.unit.daraja.fakes import CHECKOUT_ID, PHONE, prompt_request


def error(code, message):
    return {"requestId": "11728-2929992-1", "errorCode": code, "errorMessage": message}


def fault(code, message):
    return {"fault": {"faultstring": message, "detail": {"errorcode": code}}}


async def pushed(gateway, daraja, **answer):
    daraja.issues_token()
    daraja.answers_push(**answer)
    return await gateway.request_payment(prompt_request())


async def test_an_accepted_push_has_both_of_darajas_ids(gateway, daraja):
    answer = await pushed(gateway, daraja, payload=acceptance())

    assert answer == Accepted(
        merchant_request_id="29115-34620561-1", checkout_request_id=CHECKOUT_ID
    )


async def test_an_accepted_push_may_lack_the_merchant_request_id(gateway, daraja):
    answer = await pushed(gateway, daraja, payload=acceptance(MerchantRequestID=None))

    assert answer == Accepted(merchant_request_id="", checkout_request_id=CHECKOUT_ID)


@pytest.mark.parametrize(
    "answer",
    [
        {"payload": acceptance(CheckoutRequestID="")},
        {"payload": acceptance(CheckoutRequestID=" \x00")},
        {"payload": acceptance(CheckoutRequestID=None)},
        {"payload": acceptance(CheckoutRequestID=5)},
        {"payload": acceptance(ResponseCode="00")},
        {"payload": acceptance(ResponseCode="1")},
        {"payload": acceptance(ResponseCode=False)},
        {"payload": acceptance(ResponseCode=0.0)},
        {"payload": acceptance(ResponseCode=None)},
        {"payload": acceptance(), "status": 201},
        {"payload": acceptance(), "status": 500},
        {"payload": acceptance(), "status": 401},
        {"payload": [acceptance()]},
        {"payload": {}},
        {"body": ""},
        {"body": "null"},
        {"body": "<html>Service Unavailable</html>", "content_type": "text/html"},
        {"body": '{"ResponseCode":"0","CheckoutRequestID":'},
        {"body": b"\xff\xfe\x00"},
        {"body": "[" * 60_000},
        {"body": "<html>", "status": 400},
        {"body": "<html>", "status": 403},
        {"body": "", "status": 408},
        {"body": "<html>Bad Gateway</html>", "status": 502},
        {"body": "", "status": 503},
        {"payload": fault("messaging.adaptors.http.flow.GatewayTimeout", "x"), "status": 504},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"status": 307, "headers": {"Location": "/mpesa/stkpush/v1/processrequest"}},
        {"payload": error("500.003.1001", "Internal Server Error"), "status": 500},
        {"payload": error("500.002.1001", "Duplicate OriginatorConversationID"), "status": 500},
        {"payload": error("500.001.1001", "A new kind of trouble"), "status": 500},
        {"payload": error("777.777.77", "What is this?"), "status": 400},
        {"payload": error("400.777.77", "What is this?"), "status": 200},
        {"payload": error("500.003.1001", "Internal Server Error"), "status": 200},
    ],
)
async def test_an_answer_that_settles_nothing_is_no_answer_and_is_not_asked_for_again(
    gateway, daraja, answer
):
    result = await pushed(gateway, daraja, **answer)

    assert isinstance(result, NoAnswer)
    assert result.detail
    assert len(daraja.pushes) == 1


REFUSALS = [
    (400, "400.002.02", "Bad Request - Invalid Amount", RefusalKind.REQUEST),
    (400, "400.002.02", "Bad Request - Invalid PhoneNumber", RefusalKind.PHONE),
    (400, "400.002.02", "Bad Request - Invalid PartyA", RefusalKind.PHONE),
    (400, "400.002.02", "Bad Request - Invalid Timestamp", RefusalKind.REQUEST),
    (400, "400.002.02", "Bad Request - Invalid CallBackURL", RefusalKind.REQUEST),
    (400, "400.002.02", "Bad Request - Invalid BusinessShortCode", RefusalKind.MERCHANT),
    (400, "400.002.02", "Bad Request - Invalid PartyB", RefusalKind.MERCHANT),
    (400, "400.002.02", "", RefusalKind.REQUEST),
    (400, "400.002.05", "Invalid Request Payload", RefusalKind.REQUEST),
    (400, "400.003.02", "Bad Request", RefusalKind.REQUEST),
    (400, "400.009.99", "A new field trouble", RefusalKind.REQUEST),
    (404, "404.001.01", "Resource not found", RefusalKind.MERCHANT),
    (405, "405.001", "Method Not Allowed", RefusalKind.MERCHANT),
    (500, "500.001.1001", "Merchant does not exist", RefusalKind.MERCHANT),
    (500, "500.001.1001", "Wrong credentials", RefusalKind.MERCHANT),
    (500, "500.001.1001", "[MerchantValidate] - Wrong credentials", RefusalKind.MERCHANT),
    (
        500,
        "500.001.1001",
        "Merchant not allowed to carry out transaction type",
        RefusalKind.MERCHANT,
    ),
    (400, "400.002.02", "Missing ICCID value in request", RefusalKind.PHONE),
]

THROTTLES = [
    (
        500,
        "500.001.1001",
        "Unable to lock subscriber, a transaction is already in process for the subscriber",
        BusyKind.PHONE_LOCKED,
    ),
    (500, "500.003.02", "System is busy. Please try again in few minutes.", BusyKind.SYSTEM_BUSY),
    (500, "500.003.02", "Error Occurred: Spike Arrest Violation", BusyKind.SPIKE_ARREST),
    (500, "500.003.02", "", BusyKind.SYSTEM_BUSY),
    (500, "500.003.03", "Error Occurred: Quota Violation", BusyKind.QUOTA),
    (500, "500.003.03", "", BusyKind.QUOTA),
]


@pytest.mark.parametrize("row", REFUSALS)
async def test_a_clear_no_names_whose_fault_it_is(gateway, daraja, row):
    status, code, message, kind = row

    result = await pushed(gateway, daraja, status=status, payload=error(code, message))

    assert isinstance(result, Refused)
    assert (result.kind, result.code) == (kind, code)
    assert len(daraja.pushes) == 1


@pytest.mark.parametrize("row", THROTTLES)
async def test_a_clear_not_now_says_why(gateway, daraja, row):
    status, code, message, kind = row

    result = await pushed(gateway, daraja, status=status, payload=error(code, message))

    assert isinstance(result, Busy)
    assert (result.kind, result.code) == (kind, code)
    assert len(daraja.pushes) == 1


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [row[1:] for row in REFUSALS if row[1] != "400.009.99"] + [row[1:] for row in THROTTLES],
)
async def test_an_error_inside_http_200_means_what_it_says(gateway, daraja, code, message, kind):
    result = await pushed(gateway, daraja, status=200, payload=error(code, message))

    assert isinstance(result, (Refused, Busy))
    assert result.kind is kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            {
                "payload": fault(
                    "policies.ratelimit.SpikeArrestViolation",
                    "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5}",
                )
            },
            BusyKind.SPIKE_ARREST,
        ),
        ({"payload": fault("policies.ratelimit.QuotaViolation", "")}, BusyKind.QUOTA),
        ({"payload": {}}, BusyKind.SPIKE_ARREST),
        ({"body": "<html>Too Many Requests</html>"}, BusyKind.SPIKE_ARREST),
        ({"body": ""}, BusyKind.SPIKE_ARREST),
    ],
)
async def test_http_429_is_a_throttle_with_or_without_words(gateway, daraja, answer, kind):
    result = await pushed(gateway, daraja, status=429, **answer)

    assert isinstance(result, Busy)
    assert result.kind is kind


async def test_an_app_without_the_product_stops_the_merchant(gateway, daraja):
    payload = fault(
        "keymanagement.service.InvalidAPICallAsNoApiProductMatchFound",
        "Invalid API call as no apiproduct match found",
    )

    result = await pushed(gateway, daraja, status=403, payload=payload)

    assert isinstance(result, Refused)
    assert result.kind is RefusalKind.MERCHANT


async def test_a_response_code_other_than_zero_is_judged_by_its_description(gateway, daraja):
    payload = {"ResponseCode": "1", "ResponseDescription": "Unable to lock subscriber"}

    result = await pushed(gateway, daraja, payload=payload)

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.PHONE_LOCKED


async def test_an_error_repeats_neither_phone_nor_address_in_its_detail(gateway, daraja):
    message = f"Invalid PhoneNumber {PHONE} at https://pay.example/api/5ec2e7 \x00\u202e<b>"

    result = await pushed(gateway, daraja, status=400, payload=error("400.002.02", message))

    assert result.detail == "Invalid PhoneNumber ... at ... <b>"


@pytest.mark.parametrize(
    "exception",
    [
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.SocketTimeoutError(),
        aiohttp.ClientOSError(32, "Broken pipe"),
        aiohttp.ClientPayloadError("broken"),
        ConnectionResetError(),
        aiohttp.http.HttpProcessingError(message="bad chunk"),
    ],
)
async def test_a_push_whose_answer_got_lost_is_unknown_and_never_repeated(
    gateway, daraja, exception
):
    result = await pushed(gateway, daraja, exception=exception)

    assert result == NoAnswer(detail=type(exception).__name__)
    assert len(daraja.pushes) == 1


async def test_a_push_that_found_no_connection_was_not_sent(gateway, daraja):
    exception = aiohttp.ConnectionTimeoutError()

    result = await pushed(gateway, daraja, exception=exception)

    assert result == Busy(kind=BusyKind.NOT_SENT, code="", detail="ConnectionTimeoutError")
    assert len(daraja.pushes) == 1
