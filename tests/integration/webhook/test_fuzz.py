"""Nothing that anybody sends makes the server fail."""

import asyncio
import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.webhook.program import CHARGE, CLIENT, PLAN

NUMBERS = st.sampled_from(
    [0, 1, -1, 7, 31, 32, 2**31, 2**63, 10**30, 1.0, 10.5, 1e308, True, None]
)
TEXTS = st.sampled_from(["", " ", "\x00", "\ud800", "\u202e", "\U0001f600", "x" * 101, "0" * 400])
WORDS = st.sampled_from(
    ["10", "null", "daily", "WEEKLY", "rolling", "0712345678", "a@b.co", "%s{0}"]
)
DATES = st.sampled_from(["2026-11-23", "2026-02-30", "9999-12-31", "0001-01-01"])
NESTED = st.sampled_from([[], {}, [[]], {"name": None}, {"": {"": []}}])
NASTY = NUMBERS | TEXTS | WORDS | DATES | NESTED
JSON = st.recursive(
    NASTY | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SUBSCRIPTION = {"planId": 1, "client": CLIENT, "firstBillingDate": None}
MORE = {"intervalCount": 1, "renewal": "fixed"}
BODIES = {
    "/api/plans": {**PLAN, **MORE},
    "/api/subscriptions": SUBSCRIPTION,
    "/api/payments/stk-push": {**CHARGE, "accountReference": "A", "transactionDesc": "B"},
    "/api/subscriptions/1/activate": {},
}
patiently = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def nearly_right(draw, body: dict):
    """Change, add or drop some fields of a body that is right, also inside its client."""
    changed = dict(body)
    for name in draw(st.sets(st.sampled_from([*body, "client", "extra"]), max_size=3)):
        changed[name] = draw(JSON)
    for name in draw(st.sets(st.sampled_from([*body, "extra"]), max_size=1)):
        changed.pop(name, None)
    if isinstance(changed.get("client"), dict) and draw(st.booleans()):
        part = draw(st.sampled_from(["name", "phoneNumber", "email"]))
        changed["client"] = {**changed["client"], part: draw(JSON)}
    return changed


async def never_fails(api, method: str, path: str, **options) -> None:
    status, text = await api.send(method, path, **options)
    assert status < 500, (status, text)
    content = json.loads(text)
    assert (status >= 400) is ("error" in content)


@pytest.fixture
async def stocked(api):
    """A program whose owner has a plan and a subscription already."""
    await api.subscription((await api.plan())["id"])
    return api


@pytest.mark.parametrize("path", list(BODIES))
@patiently
@given(data=st.data())
async def test_bodies_that_are_nearly_right_are_answered_or_refused(stocked, path, data):
    body = json.dumps(data.draw(nearly_right(BODIES[path]))).encode()

    await never_fails(stocked, "POST", path, data=body)


@pytest.mark.parametrize("path", list(BODIES))
@patiently
@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
async def test_bytes_of_any_kind_are_answered_or_refused(stocked, path, body):
    await never_fails(stocked, "POST", path, data=body)


LISTS = st.sampled_from(["/api/plans", "/api/subscriptions", "/api/transactions"])
QUERY = st.sampled_from(["cursor", "limit", "status", "subscriptionId", "other"])
VALUES = st.text(st.characters(codec="utf-8"), max_size=20) | st.integers().map(str)


@patiently
@given(path=LISTS, query=st.dictionaries(QUERY, VALUES))
async def test_queries_of_any_kind_are_answered_or_refused(stocked, path, query):
    await never_fails(stocked, "GET", path, params=query)


@patiently
@given(path=LISTS, row=VALUES)
async def test_ids_of_any_kind_are_answered_or_refused(stocked, path, row):
    await never_fails(stocked, "GET", f"{path}/{quote(row, safe='')}")


@pytest.mark.parametrize(
    "sent",
    [
        (
            b"POST /api/payments/callback HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: 2\r\n\r\n{}"
        ),
        (
            b"POST /api/payments/callback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"\r\nnonsense\r\n"
        ),
        b"\x16\x03\x01 no HTTP at all\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_without_a_trace_in_the_log(api, http, caplog, sent):
    reader, writer = await asyncio.open_connection(http.host, http.port)
    writer.write(sent)

    answer = await reader.readline()

    writer.close()
    assert answer.split()[1] == b"400"
    await api.get("/api/plans")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_every_text_that_cannot_be_stored_is_named(api):
    client = {**CLIENT, "name": "\x00", "email": "\ud800"}
    body = json.dumps({"planId": "a\x00", "client": client}).encode()

    refused = await api.post_bytes("/api/subscriptions", body, 400)

    assert set(refused["error"]["fields"]) == {"planId", "client.name", "client.email"}
