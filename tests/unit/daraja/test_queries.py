"""What the answer to a query means: it may decide, wait, or be no answer at all."""

import base64

import aiohttp
import pytest

from core.billing.outcomes import Outcome
from core.ports import QueryFailed, Verdict
from tests.unit.daraja.fakes import CHECKOUT_ID, PAYBILL


def final(**changes):
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": "22205-34066-1",
        "CheckoutRequestID": CHECKOUT_ID,
        "ResultCode": "0",
        "ResultDesc": "The service request is processed successfully.",
    } | changes


async def asked(gateway, daraja, **answer):
    daraja.issues_token()
    daraja.answers_query(**answer)
    return await gateway.query(PAYBILL, CHECKOUT_ID)


async def test_a_query_is_signed_afresh_and_names_the_push(gateway, daraja):
    await asked(gateway, daraja, payload=final())

    assert daraja.queries[0]["json"] == {
        "BusinessShortCode": "174379",
        "Password": base64.b64encode(b"174379passkey-of-the-app20261123081500").decode(),
        "Timestamp": "20261123081500",
        "CheckoutRequestID": CHECKOUT_ID,
    }


@pytest.mark.parametrize("code", ["0", 0], ids=repr)
async def test_a_result_of_zero_is_paid(gateway, daraja, code):
    answer = await asked(gateway, daraja, payload=final(ResultCode=code))

    assert isinstance(answer, Verdict)
    assert (answer.outcome, answer.result_code) == (Outcome.PAID, "0")


@pytest.mark.parametrize(
    ("code", "desc", "outcome"),
    [
        ("1032", "Request cancelled by user", Outcome.CANCELLED),
        ("1", "The balance is insufficient for the transaction", Outcome.NO_MONEY),
        ("1037", "DS timeout user cannot be reached", Outcome.UNREACHABLE),
        ("SFC_IC0003", "The operator does not exist.", Outcome.MERCHANT_FAULT),
        ("4999", "The transaction is still under processing", Outcome.PENDING),
        ("77777", "The transaction is being processed", Outcome.PENDING),
        ("77777", "Something new", Outcome.UNCLEAR),
        ("00", "", Outcome.UNCLEAR),
    ],
)
async def test_a_final_answer_is_judged_by_its_result_code(gateway, daraja, code, desc, outcome):
    answer = await asked(gateway, daraja, payload=final(ResultCode=code, ResultDesc=desc))

    assert answer == Verdict(result_code=code, result_desc=desc, outcome=outcome)


@pytest.mark.parametrize(
    "answer",
    [
        {
            "status": 500,
            "payload": {
                "errorCode": "500.001.1001",
                "errorMessage": "The transaction is being processed",
            },
        },
        {
            "status": 200,
            "payload": {
                "errorCode": "500.001.1001",
                "errorMessage": "[MpesaCB - ]The transaction is still under processing",
            },
        },
        {"payload": final(ResultCode="")},
        {"payload": final(ResultCode=None)},
    ],
)
async def test_a_client_who_is_still_typing_is_pending(gateway, daraja, answer):
    result = await asked(gateway, daraja, **answer)

    assert isinstance(result, Verdict)
    assert result.outcome is Outcome.PENDING


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 429, "body": ""},
        {"status": 429, "payload": {"fault": {"faultstring": "Spike arrest violation"}}},
        {
            "status": 500,
            "payload": {"errorCode": "500.003.02", "errorMessage": "Spike Arrest Violation"},
        },
        {
            "status": 500,
            "payload": {"errorCode": "500.003.03", "errorMessage": "Quota Violation"},
        },
    ],
)
async def test_a_throttled_query_asks_to_slow_down(gateway, daraja, answer):
    result = await asked(gateway, daraja, **answer)

    assert isinstance(result, QueryFailed)
    assert result.slow_down


@pytest.mark.parametrize(
    "answer",
    [
        {
            "status": 500,
            "payload": {"errorCode": "500.001.1001", "errorMessage": "Wrong credentials"},
        },
        {
            "status": 400,
            "payload": {"errorCode": "400.002.05", "errorMessage": "Invalid Request Payload"},
        },
        {"status": 404, "payload": {"errorCode": "404.001.04", "errorMessage": "Invalid"}},
        {"status": 500, "payload": final()},
        {"payload": final(ResponseCode="1")},
        {"payload": final(ResultCode=False)},
        {"payload": final(ResultCode={"code": 0})},
        {"payload": final(CheckoutRequestID="ws_CO_of_somebody_else")},
        {"payload": []},
        {"body": "<html>"},
        {"body": "", "status": 502},
        {"exception": TimeoutError()},
        {"exception": aiohttp.ConnectionTimeoutError()},
        {"exception": aiohttp.ServerDisconnectedError()},
    ],
)
async def test_any_other_answer_leaves_the_question_open(gateway, daraja, answer):
    result = await asked(gateway, daraja, **answer)

    assert isinstance(result, QueryFailed)
    assert not result.slow_down
    assert result.detail


async def test_a_fractional_zero_is_not_paid(gateway, daraja):
    answer = await asked(gateway, daraja, payload=final(ResultCode=0.0))

    assert answer == Verdict(
        result_code="0.0",
        result_desc="The service request is processed successfully.",
        outcome=Outcome.UNCLEAR,
    )
