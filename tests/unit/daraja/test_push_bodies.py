"""What an STK push looks like on the wire."""

import base64
from dataclasses import replace

import pytest

from core.daraja.gateway import DarajaGateway
from tests.unit.daraja.conftest import BASE_URL
from tests.unit.daraja.fakes import (
    PAYBILL,
    PHONE,
    TILL,
    MemoryTokens,
    TickingClock,
    prompt_request,
)


async def sent_body(gateway, daraja, request):
    daraja.issues_token()
    daraja.accepts_push()
    await gateway.request_payment(request)
    return daraja.pushes[0]["json"]


async def test_a_paybill_push_has_the_body_that_safaricom_documents(gateway, daraja):
    body = await sent_body(gateway, daraja, prompt_request(PAYBILL))

    password = base64.b64encode(b"174379passkey-of-the-app20261123081500").decode()
    assert body == {
        "BusinessShortCode": "174379",
        "Password": password,
        "Timestamp": "20261123081500",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1500,
        "PartyA": PHONE,
        "PartyB": "174379",
        "PhoneNumber": PHONE,
        "CallBackURL": "https://pay.example/api/payments/callback/5ec2e7",
        "AccountReference": "GYM0042",
        "TransactionDesc": "Gym November",
    }
    assert type(body["Amount"]) is int


async def test_a_till_push_is_signed_by_the_store_number_and_paid_to_the_till(gateway, daraja):
    body = await sent_body(gateway, daraja, prompt_request(TILL))

    assert body["TransactionType"] == "CustomerBuyGoodsOnline"
    assert (body["BusinessShortCode"], body["PartyB"]) == ("600100", "5123456")
    assert base64.b64decode(body["Password"]) == b"600100passkey-of-the-till20261123081500"


async def test_one_reading_of_the_clock_serves_timestamp_and_password(daraja, session):
    clock = TickingClock()
    tokens = MemoryTokens(clock)
    gateway = DarajaGateway(base_url=BASE_URL, session=session, tokens=tokens, clock=clock)

    body = await sent_body(gateway, daraja, prompt_request())

    assert base64.b64decode(body["Password"]).decode().endswith(body["Timestamp"])


async def test_the_timestamp_is_kenyan_time_even_over_midnight(gateway, daraja, clock):
    clock.advance(hours=16)  # 21:15 UTC on the 23rd is 00:15 on the 24th in Nairobi

    body = await sent_body(gateway, daraja, prompt_request())

    assert body["Timestamp"] == "20261124001500"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("ABCDEFGHIJKL", "ABCDEFGHIJKL"),
        ("ABCDEFGHIJKLM", "ABCDEFGHIJKL"),
        ("gym/no 42 & co", "gymno42co"),
        ("Kahawá", "Kahawa"),
        ("", "FluxPay"),
        ("💧", "FluxPay"),
    ],
)
async def test_the_reference_is_at_most_twelve_letters_and_digits_and_never_empty(
    gateway, daraja, given, sent
):
    body = await sent_body(gateway, daraja, prompt_request(account_reference=given))

    assert body["AccountReference"] == sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Thirteen char", "Thirteen char"),
        ("Thirteen chars", "Thirteen char"),
        ("Water & <b>fun", "Water b fun"),
        ("\n\x00", "FluxPay"),
    ],
)
async def test_the_description_is_at_most_thirteen_plain_characters(gateway, daraja, given, sent):
    body = await sent_body(gateway, daraja, prompt_request(description=given))

    assert body["TransactionDesc"] == sent


async def test_whitespace_around_secrets_is_not_sent(gateway, daraja):
    merchant = replace(
        PAYBILL,
        shortcode=" 174379\n",
        consumer_key=" key\t",
        consumer_secret="secret\n",
        passkey=" passkey\r\n",
    )

    body = await sent_body(gateway, daraja, prompt_request(merchant))

    credentials = daraja.token_requests[0]["headers"]["Authorization"]
    assert credentials == "Basic " + base64.b64encode(b"key:secret").decode()
    assert base64.b64decode(body["Password"]) == b"174379passkey20261123081500"
    assert (body["BusinessShortCode"], body["PartyB"]) == ("174379", "174379")


async def test_a_push_follows_no_redirect_and_bears_the_token(gateway, daraja):
    await sent_body(gateway, daraja, prompt_request())

    sent = daraja.pushes[0]
    assert sent["allow_redirects"] is False
    assert sent["headers"]["Authorization"] == "Bearer token-1"
