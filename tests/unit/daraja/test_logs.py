"""What the gateway tells the log: what became of a call, and nobody's secrets."""

import base64

import pytest
from structlog.testing import capture_logs

from tests.unit.daraja.conftest import acceptance
from tests.unit.daraja.fakes import CHECKOUT_ID, PAYBILL, PHONE, prompt_request

SECRETS = [
    PAYBILL.consumer_key,
    PAYBILL.consumer_secret,
    PAYBILL.passkey,
    base64.b64encode(f"{PAYBILL.consumer_key}:{PAYBILL.consumer_secret}".encode()).decode(),
    base64.b64encode(f"174379{PAYBILL.passkey}20261123081500".encode()).decode(),
    "token-1",
    "token-2",
    PHONE,
    PHONE[3:],
    CHECKOUT_ID,
    "pay.example",
    "5ec2e7",
]


def leak(text):
    return {"errorCode": "400.002.02", "errorMessage": f"Invalid PhoneNumber {text}"}


@pytest.mark.parametrize(
    "answer",
    [
        {"payload": acceptance()},
        {"payload": leak(PHONE), "status": 400},
        {"payload": leak(CHECKOUT_ID), "status": 500},
        {"payload": leak("https://pay.example/api/payments/callback/5ec2e7"), "status": 400},
        {"body": PHONE, "status": 502},
        {"payload": {}, "status": 401},
        {"exception": TimeoutError(f"{PHONE} token-1")},
        {"exception": ConnectionResetError("https://pay.example/5ec2e7")},
    ],
)
async def test_no_secret_phone_or_address_is_logged(gateway, daraja, answer):
    daraja.issues_token()
    daraja.issues_token()
    daraja.answers_push(**answer)
    daraja.answers_push(**answer)
    daraja.answers_query(**answer)

    with capture_logs() as logs:
        await gateway.request_payment(prompt_request())
        await gateway.query(PAYBILL, CHECKOUT_ID)

    assert logs
    assert [secret for secret in SECRETS if secret in repr(logs)] == []


async def test_a_push_is_one_line_with_its_outcome_status_and_duration(gateway, daraja):
    daraja.issues_token()
    daraja.answers_push(status=429)

    with capture_logs() as logs:
        await gateway.request_payment(prompt_request())

    (answered,) = (entry for entry in logs if entry["event"] == "push_answered")
    assert answered["http_status"] == 429
    assert answered["duration_s"] >= 0
    assert (answered["account_id"], answered["outcome"]) == (7, "Busy")
    assert (answered["kind"], answered["code"]) == ("SPIKE_ARREST", "HTTP 429")


async def test_a_lost_answer_is_a_warning(gateway, daraja):
    daraja.issues_token()
    daraja.answers_push(exception=TimeoutError())

    with capture_logs() as logs:
        await gateway.request_payment(prompt_request())

    lost = next(entry for entry in logs if entry["event"] == "daraja_answer_lost")
    assert (lost["log_level"], lost["error"]) == ("warning", "TimeoutError")
