"""A push over real sockets: whatever breaks, at most one request reaches Daraja."""

import asyncio
import gzip
import json
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from core.daraja.gateway import DarajaGateway
from core.ports import Accepted, Busy, BusyKind, NoAnswer, QueryFailed
from tests.integration.daraja.wire_server import ACCEPTANCE, WireServer, http
from tests.unit.daraja.fakes import CHECKOUT_ID, PAYBILL, HandClock, MemoryTokens, prompt_request

PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
PACKED = gzip.compress(json.dumps(ACCEPTANCE).encode())
GZIP = "Content-Encoding: gzip\r\n"
CHUNKED = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
GARBLED = {
    "nothing": b"",
    "half a body": http(200, ACCEPTANCE)[:-5],
    "half a head": http(200, ACCEPTANCE)[:30],
    "half a status line": b"HTTP/1.1 200",
    "no HTTP": b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    "bad chunks": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a chunk too few": CHUNKED + b"2\r\n{}\r\n",
    "no gzip": http(200, b"this is no gzip", GZIP),
    "half a gzip": http(200, PACKED[:-40], GZIP),
    "a gzip bomb": http(200, gzip.compress(b" " * 50_000_000), GZIP),
    "too long a body": http(200, {**ACCEPTANCE, "padding": "x" * 70_000}),
    "a redirect that keeps the body": http(307, {}, f"Location: {PUSH_PATH}\r\n"),
    "a redirect elsewhere": http(302, {}, "Location: /elsewhere\r\n"),
    "a gateway's page": http(502, b"<html>Bad Gateway</html>"),
    "no content": b"HTTP/1.1 204 X\r\n\r\n",
}


class NoSuchHost(AbstractResolver):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        raise OSError("no such host")

    async def close(self):
        pass


class SlowResolver(NoSuchHost):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        await asyncio.Event().wait()


@pytest.fixture
async def server():
    async with WireServer() as server:
        yield server


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def tokens():
    return MemoryTokens(HandClock())


def gateway_to(base_url, session, tokens, *, timeout_s=30.0):
    return DarajaGateway(
        base_url=base_url, session=session, tokens=tokens, clock=HandClock(), timeout_s=timeout_s
    )


@pytest.fixture
def gateway(server, session, tokens):
    return gateway_to(server.base_url, session, tokens)


async def test_a_push_is_accepted_over_a_kept_alive_connection(gateway, server):
    first = await gateway.request_payment(prompt_request())
    second = await gateway.request_payment(prompt_request())

    assert isinstance(first, Accepted)
    assert first == second
    assert (server.pushes, server.connections) == (2, 1)


@pytest.mark.parametrize("breaks", ["close", "reset"])
async def test_a_kept_alive_connection_that_dies_under_a_push_is_not_tried_again(
    gateway, server, breaks
):
    await gateway.request_payment(prompt_request())
    server.on_push = getattr(server, breaks)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, NoAnswer)
    assert (server.pushes, server.connections) == (2, 1)


@pytest.mark.parametrize("breaks", ["close", "reset"])
async def test_a_fresh_connection_that_dies_under_a_push_is_not_tried_again(
    gateway, server, tokens, breaks
):
    tokens.put(PAYBILL, "token")
    server.on_push = getattr(server, breaks)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, NoAnswer)
    assert (server.pushes, server.connections) == (1, 1)


async def test_silence_is_no_answer_and_is_not_broken_by_asking_again(server, session, tokens):
    server.on_push = server.stay_silent
    gateway = gateway_to(server.base_url, session, tokens, timeout_s=0.3)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, NoAnswer)
    assert server.pushes == 1


async def test_an_answer_that_stops_halfway_is_no_answer(server, session, tokens):
    server.sends(http(200, ACCEPTANCE)[:-5])
    gateway = gateway_to(server.base_url, session, tokens, timeout_s=0.3)

    result = await gateway.request_payment(prompt_request())

    assert result == NoAnswer(detail="TimeoutError")
    assert server.pushes == 1


@pytest.mark.parametrize("content", GARBLED.values(), ids=GARBLED)
async def test_a_garbled_answer_is_no_answer(gateway, server, content):
    server.sends(content, then_closes=True)

    result = await gateway.request_payment(prompt_request())

    assert isinstance(result, NoAnswer)
    assert server.pushes == 1


async def test_a_compressed_answer_is_understood(gateway, server):
    server.sends(http(200, PACKED, GZIP))

    assert isinstance(await gateway.request_payment(prompt_request()), Accepted)


async def test_a_cancelled_push_is_cancelled_and_not_sent_again(gateway, server):
    server.on_push = server.stay_silent
    push = asyncio.create_task(gateway.request_payment(prompt_request()))
    await server.pushed.wait()

    push.cancel()

    with pytest.raises(asyncio.CancelledError):
        await push
    assert server.pushes == 1


async def test_a_closed_port_means_that_nothing_was_sent(session, tokens):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    tokens.put(PAYBILL, "token")

    result = await gateway_to(base_url, session, tokens).request_payment(prompt_request())

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.NOT_SENT


@pytest.mark.parametrize(
    ("resolver", "reason"),
    [(NoSuchHost, "ClientConnectorDNSError"), (SlowResolver, "ConnectionTimeoutError")],
)
async def test_a_name_that_does_not_resolve_means_that_nothing_was_sent(tokens, resolver, reason):
    tokens.put(PAYBILL, "token")
    connector = aiohttp.TCPConnector(resolver=resolver())
    async with aiohttp.ClientSession(connector=connector) as session:
        gateway = gateway_to("http://daraja.example", session, tokens, timeout_s=0.3)

        result = await gateway.request_payment(prompt_request())
        answer = await gateway.query(PAYBILL, CHECKOUT_ID)

    assert result == Busy(kind=BusyKind.NOT_SENT, code="", detail=reason)
    assert answer == QueryFailed(detail=reason)


async def test_a_failed_tls_handshake_means_that_nothing_was_sent(server, session, tokens):
    tokens.put(PAYBILL, "token")
    base_url = server.base_url.replace("http:", "https:")

    result = await gateway_to(base_url, session, tokens).request_payment(prompt_request())

    assert isinstance(result, Busy)
    assert result.kind is BusyKind.NOT_SENT
    assert (server.connections, server.pushes) == (1, 0)


async def test_a_push_that_waits_in_vain_for_a_free_connection_was_not_sent(server, tokens):
    tokens.put(PAYBILL, "token")
    server.on_push = server.stay_silent
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        patient = gateway_to(server.base_url, session, tokens)
        hasty = gateway_to(server.base_url, session, tokens, timeout_s=0.3)
        occupied = asyncio.create_task(patient.request_payment(prompt_request()))
        await server.pushed.wait()

        result = await hasty.request_payment(prompt_request())

        occupied.cancel()
        await asyncio.gather(occupied, return_exceptions=True)
    assert result == Busy(kind=BusyKind.NOT_SENT, code="", detail="ConnectionTimeoutError")
    assert server.pushes == 1
