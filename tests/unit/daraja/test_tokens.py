"""Daraja's one live token: got, shared, renewed early, and replaced once when it is refused."""

from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from core.daraja.answers import NoToken
from core.daraja.gateway import DarajaGateway
from core.ports import Accepted, Busy, BusyKind, QueryFailed, RefusalKind, Refused
from tests.unit.daraja.conftest import BASE_URL, acceptance
from tests.unit.daraja.fakes import (
    CHECKOUT_ID,
    NOW,
    PAYBILL,
    HandClock,
    MemoryTokens,
    prompt_request,
)


class SlowTokens(MemoryTokens):
    """Has a token after twenty seconds on the test's clock."""

    async def get(self, credentials, *, refused, fetch):
        self._clock.advance(seconds=20)
        return "token"


TOKEN_REFUSALS = [
    (404, {"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}),
    (400, {"errorCode": "400.003.01", "errorMessage": "Invalid Access Token"}),
    (401, {"errorCode": "401.002.01", "errorMessage": "Error Occurred - Invalid Access Token"}),
    (401, {"errorCode": "401.003.01", "errorMessage": "Error Occurred - Invalid Access Token"}),
    (401, {"errorCode": "401.001", "errorMessage": "anything"}),
    (401, {}),
    (200, {"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}),
]


async def test_one_token_serves_many_pushes(gateway, daraja, tokens):
    daraja.issues_token()
    daraja.accepts_push()
    daraja.accepts_push()

    await gateway.request_payment(prompt_request())
    await gateway.request_payment(prompt_request())

    assert len(daraja.token_requests) == tokens.fetched == 1
    assert len(daraja.pushes) == 2


async def test_whoever_knows_the_key_but_not_its_secret_gets_no_token_of_others(gateway, daraja):
    daraja.issues_token()
    daraja.accepts_push()
    await gateway.request_payment(prompt_request())
    guesser = replace(PAYBILL, consumer_secret="a guess")

    daraja.issues_token(status=400, payload={"errorCode": "400.008.01", "errorMessage": "Invalid"})
    answer = await gateway.request_payment(replace(prompt_request(), merchant=guesser))

    assert isinstance(answer, Refused)
    assert len(daraja.pushes) == 1


@pytest.mark.parametrize("expires_in", ["3599", 3599, 3599.0], ids=repr)
async def test_a_token_ends_a_minute_before_daraja_ends_it(gateway, daraja, expires_in):
    daraja.issues_token(payload={"access_token": "abc", "expires_in": expires_in})

    token = await gateway.fetch_token(PAYBILL)

    assert token.value == "abc"
    assert token.expires_at == NOW + timedelta(seconds=3539)


@pytest.mark.parametrize("expires_in", [None, "soon", True, [], float("inf"), 0])
async def test_a_token_without_a_readable_life_lives_as_long_as_usual(gateway, daraja, expires_in):
    daraja.issues_token(payload={"access_token": "abc", "expires_in": expires_in})

    token = await gateway.fetch_token(PAYBILL)

    assert token.expires_at == NOW + timedelta(seconds=3539)


@pytest.mark.parametrize(("expires_in", "usable_s"), [(30, 0), (-5, 0), (10**12, 86_340)])
async def test_an_odd_life_is_kept_within_a_day(gateway, daraja, expires_in, usable_s):
    daraja.issues_token(payload={"access_token": "abc", "expires_in": expires_in})

    token = await gateway.fetch_token(PAYBILL)

    assert token.expires_at == NOW + timedelta(seconds=usable_s)


async def test_a_push_that_waited_for_its_token_is_signed_with_the_time_after_the_wait(
    daraja, session
):
    clock = HandClock()
    tokens = SlowTokens(clock)
    gateway = DarajaGateway(base_url=BASE_URL, session=session, tokens=tokens, clock=clock)
    daraja.accepts_push()

    await gateway.request_payment(prompt_request())

    assert daraja.pushes[0]["json"]["Timestamp"] == "20261123081520"


async def test_an_expired_token_is_replaced_before_the_next_push(gateway, daraja, clock):
    daraja.issues_token()
    daraja.issues_token()
    daraja.accepts_push()
    daraja.accepts_push()
    await gateway.request_payment(prompt_request())

    clock.advance(seconds=3539)
    await gateway.request_payment(prompt_request())

    bearers = [push["headers"]["Authorization"] for push in daraja.pushes]
    assert bearers == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(("status", "payload"), TOKEN_REFUSALS)
async def test_a_refused_token_is_replaced_and_the_push_repeated_once(
    gateway, daraja, tokens, status, payload
):
    tokens.put(PAYBILL, "stale")
    daraja.issues_token()
    daraja.answers_push(status=status, payload=payload)
    daraja.accepts_push()

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Accepted)
    bearers = [push["headers"]["Authorization"] for push in daraja.pushes]
    assert bearers == ["Bearer stale", "Bearer token-1"]
    assert daraja.pushes[0]["json"] == daraja.pushes[1]["json"]


@pytest.mark.parametrize(("status", "payload"), TOKEN_REFUSALS)
async def test_a_second_refusal_of_the_token_is_a_no_that_may_pass(
    gateway, daraja, status, payload
):
    daraja.issues_token()
    daraja.issues_token()
    for _ in range(3):
        daraja.answers_push(status=status, payload=payload)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Refused)
    assert (result.kind, result.may_pass) == (RefusalKind.MERCHANT, True)
    assert len(daraja.pushes) == 2
    assert len(daraja.token_requests) == 2


async def test_a_push_repeated_for_its_token_is_not_repeated_for_anything_else(
    gateway, daraja, tokens
):
    tokens.put(PAYBILL, "stale")
    daraja.issues_token()
    daraja.answers_push(status=401)
    daraja.answers_push(exception=aiohttp.ServerDisconnectedError())
    daraja.accepts_push()

    result = await gateway.request_payment(prompt_request())

    assert type(result).__name__ == "NoAnswer"
    assert len(daraja.pushes) == 2


async def test_an_accepted_push_is_never_taken_for_a_refused_token(gateway, daraja):
    daraja.issues_token()
    daraja.answers_push(status=401, payload=acceptance())

    await gateway.request_payment(prompt_request())

    assert len(daraja.pushes) == 1


async def test_a_query_replaces_a_refused_token_too(gateway, daraja, tokens):
    tokens.put(PAYBILL, "stale")
    daraja.issues_token()
    daraja.answers_query(status=404, payload=TOKEN_REFUSALS[0][1])
    daraja.answers_query(payload={"ResponseCode": "0", "ResultCode": "1032"})

    answer = await gateway.query(PAYBILL, CHECKOUT_ID)

    assert answer.result_code == "1032"
    assert len(daraja.queries) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "payload": {"errorCode": "400.008.01", "errorMessage": "Invalid"}},
        {"status": 400, "body": ""},
        {"status": 401, "body": ""},
        {"status": 403, "body": "<html>"},
        {"status": 404, "body": ""},
        {"status": 200, "payload": {"errorCode": "400.008.02", "errorMessage": "grant type"}},
    ],
)
async def test_refused_credentials_stop_the_merchant_before_any_push(gateway, daraja, answer):
    daraja.issues_token(**({"payload": None} | answer))

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Refused)
    assert result.kind is RefusalKind.MERCHANT
    assert len(daraja.token_requests) == 1
    assert daraja.pushes == []


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": ""},
        {"status": 502, "body": "<html>"},
        {"status": 503, "payload": {"access_token": "abc", "expires_in": "3599"}},
        {"status": 408, "body": ""},
        {"status": 302, "body": ""},
        {"status": 200, "body": ""},
        {"status": 200, "body": "<html>Maintenance</html>"},
        {"status": 200, "payload": {}},
        {"status": 200, "payload": {"access_token": "", "expires_in": "3599"}},
        {"status": 200, "payload": {"access_token": "a\r\nX-Evil: 1", "expires_in": "3599"}},
        {"status": 200, "payload": {"access_token": 5, "expires_in": "3599"}},
        {"status": 200, "payload": {"errorCode": "500.003.02", "errorMessage": "busy"}},
        {"exception": TimeoutError()},
        {"exception": aiohttp.ServerDisconnectedError()},
        {"exception": aiohttp.ConnectionTimeoutError()},
    ],
)
async def test_without_a_token_for_the_moment_nothing_was_sent(gateway, daraja, answer):
    daraja.issues_token(**({"payload": None} | answer))

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.NOT_SENT
    assert len(daraja.token_requests) == 1
    assert daraja.pushes == []


async def test_a_throttled_token_is_a_spike_arrest(gateway, daraja):
    daraja.issues_token(status=429, payload=None, body="")

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.SPIKE_ARREST
    assert daraja.pushes == []


async def test_a_push_refused_for_its_token_is_unsent_when_no_new_token_comes(
    gateway, daraja, tokens
):
    tokens.put(PAYBILL, "stale")
    daraja.issues_token(status=503, payload=None)
    daraja.answers_push(status=401)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.NOT_SENT
    assert len(daraja.pushes) == 1


async def test_a_query_without_a_token_failed_and_slows_down_when_throttled(gateway, daraja):
    daraja.issues_token(status=429, payload=None, body="")
    daraja.issues_token(status=500, payload=None, body="")

    throttled = await gateway.query(PAYBILL, CHECKOUT_ID)
    broken = await gateway.query(PAYBILL, CHECKOUT_ID)

    assert isinstance(throttled, QueryFailed)
    assert throttled.slow_down
    assert isinstance(broken, QueryFailed)
    assert not broken.slow_down


async def test_whoever_asks_for_a_token_himself_learns_why_there_is_none(gateway, daraja):
    payload = {"errorCode": "400.008.01", "errorMessage": "Invalid Authentication passed"}
    daraja.issues_token(status=400, payload=payload)

    with pytest.raises(NoToken) as caught:
        await gateway.fetch_token(PAYBILL)

    assert caught.value.answer == Refused(
        kind=RefusalKind.MERCHANT, code="400.008.01", detail="Invalid Authentication passed"
    )
