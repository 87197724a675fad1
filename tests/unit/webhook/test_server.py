import json

import pytest
import structlog

from core.errors import Conflict, FluxPayError, NotAllowed, NotFound

AUTH = {"Authorization": "Bearer fp_0123456789abcdef"}


async def error_of(response) -> dict:
    content = await response.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message", "fields"}
    return content["error"]


async def test_the_process_is_alive_whatever_its_database_does(browser, bare_engine):
    bare_engine.ready = False

    response = await browser.get("/healthz")

    assert response.status == 200
    assert await response.json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("ready", "status"), [(True, 200), (False, 503), (RuntimeError("gone"), 503)], ids=str
)
async def test_readiness_is_the_databases(browser, bare_engine, ready, status):
    bare_engine.ready = ready

    response = await browser.get("/readyz")

    assert response.status == status


@pytest.mark.parametrize("path", ["/", "/api", "/api/", "/api/plans/", "/api/nothing", "/api/%00"])
async def test_an_unknown_path_is_404_in_the_envelope(browser, path):
    response = await browser.get(path)

    assert response.status == 404
    assert (await error_of(response))["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/plans", "GET,HEAD,POST"),
        ("GET", "/api/payments/stk-push", "POST"),
        ("GET", "/api/payments/callback", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
    ],
)
async def test_a_wrong_method_is_405_and_names_the_right_ones(browser, method, path, allowed):
    response = await browser.request(method, path)

    assert response.status == 405
    assert response.headers["Allow"] == allowed
    assert (await error_of(response))["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic Zm9vOmJhcg=="},
        {"Authorization": "Bearer unknown"},
        {"Authorization": "Bearer " + "x" * 300},
        {"Authorization": "Bearer k\u00e9y"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/plans"),
        ("GET", "/api/plans"),
        ("GET", "/api/plans/1"),
        ("POST", "/api/subscriptions"),
        ("GET", "/api/subscriptions"),
        ("GET", "/api/subscriptions/1"),
        ("POST", "/api/subscriptions/1/activate"),
        ("POST", "/api/payments/stk-push"),
        ("GET", "/api/transactions"),
        ("GET", "/api/transactions/1"),
    ],
)
async def test_without_a_live_key_the_api_is_401(browser, method, path, headers):
    response = await browser.request(method, path, headers=headers)

    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (await error_of(response))["code"] == "unauthorized"


async def test_two_authorization_headers_are_one_too_many(browser):
    headers = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]

    response = await browser.get("/api/plans", headers=headers)

    assert response.status == 401


async def test_a_bug_is_500_with_the_incident_that_the_log_holds(browser, bare_engine):
    bare_engine.api_keys.trouble = RuntimeError("a bug with a secret in it")

    with structlog.testing.capture_logs() as lines:
        response = await browser.get("/api/plans", headers=AUTH)

    error = await error_of(response)
    (line,) = [line for line in lines if line["event"] == "http_failed"]
    assert response.status == 500
    assert error["code"] == "internal_error"
    assert line["incident"] in error["message"]
    assert line["exc_info"] is bare_engine.api_keys.trouble
    assert "secret" not in await response.text()


@pytest.mark.parametrize(
    ("error", "status", "wanted"),
    [
        (NotAllowed("suspended"), 403, ("suspended", "The key's owner is suspended.")),
        (NotAllowed("brand_new"), 403, ("brand_new", "This is not allowed.")),
        (Conflict("brand_new"), 409, ("brand_new", "This can't be done in the present state.")),
        (NotFound("brand_new"), 404, ("not_found", "There is no such row.")),
        (FluxPayError(), 422, ("error", "The request can't be carried out.")),
    ],
    ids=str,
)
async def test_each_kind_of_refusal_of_the_engine_has_its_status_and_a_sentence(
    browser, bare_engine, error, status, wanted
):
    bare_engine.api_keys.trouble = error

    response = await browser.get("/api/plans", headers=AUTH)

    assert response.status == status
    answered = await error_of(response)
    assert (answered["code"], answered["message"], answered["fields"]) == (*wanted, {})


@pytest.mark.parametrize(
    ("trouble", "ready"),
    [
        (ConnectionRefusedError("no database"), True),
        (RuntimeError("what drivers say"), False),
        (RuntimeError("what drivers say"), OSError("no database")),
    ],
    ids=str,
)
async def test_without_its_database_the_api_is_503(browser, bare_engine, trouble, ready):
    bare_engine.api_keys.trouble, bare_engine.ready = trouble, ready

    response = await browser.get("/api/plans", headers=AUTH)

    assert response.status == 503
    assert response.headers["Retry-After"]
    assert (await error_of(response))["code"] == "unavailable"


@pytest.mark.parametrize("token", [None, "ab12cd34", "x" * 128, "%7Bbraces%7D", "a%20b;c=d%00"])
async def test_a_callback_is_stored_and_accepted(browser, bare_engine, token):
    path = "/api/payments/callback" + (f"/{token}" if token else "")

    response = await browser.post(path, data=b'{"Body": 1}')

    assert response.status == 200
    assert await response.json() == {"ResultCode": 0, "ResultDesc": "Accepted"}
    assert [body for body, _ in bare_engine.inbox.callbacks] == [b'{"Body": 1}']
    assert (bare_engine.inbox.callbacks[0][1] is None) is (token is None)


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"null", b"[" * 60_000, b"x" * 65_536])
async def test_junk_is_stored_and_accepted_like_any_callback(browser, bare_engine, body):
    response = await browser.post("/api/payments/callback/ab12", data=body)

    assert response.status == 200
    assert await response.json() == {"ResultCode": 0, "ResultDesc": "Accepted"}
    assert bare_engine.inbox.callbacks == [(body, "ab12")]


@pytest.mark.parametrize("token", ["x" * 129, "x" * 4000, "a/b", "/"])
async def test_what_can_be_no_token_is_404_and_stored_nowhere(browser, bare_engine, token):
    response = await browser.post(f"/api/payments/callback/{token}", data=b"{}")

    assert response.status == 404
    assert bare_engine.inbox.callbacks == []


@pytest.mark.parametrize("trouble", [ConnectionError("no database"), RuntimeError("a bug")])
async def test_a_callback_that_could_not_be_stored_is_not_acknowledged(
    browser, bare_engine, trouble
):
    bare_engine.inbox.trouble = trouble

    response = await browser.post("/api/payments/callback/ab12", data=b"{}")

    assert response.status == 503
    assert (await error_of(response))["code"] == "unavailable"


async def test_callbacks_are_settled_after_the_answer(browser, bare_engine):
    await browser.post("/api/payments/callback", data=b"1")
    await bare_engine.inbox.settle(1)

    await browser.post("/api/payments/callback", data=b"2")

    await bare_engine.inbox.settle(2)


@pytest.mark.parametrize("path", ["/api/payments/callback", "/api/payments/callback/ab12"])
async def test_a_body_above_64_kib_is_413(browser, bare_engine, in_pieces, path):
    body = b"x" * (64 * 1024 + 1)

    told = await browser.post(path, data=body)
    untold = await browser.post(path, data=in_pieces(body))

    assert [told.status, untold.status] == [413, 413]
    assert (await error_of(told))["code"] == "body_too_large"
    assert bare_engine.inbox.callbacks == []


async def test_a_body_that_is_not_what_its_encoding_says_is_400(browser):
    headers = {"Content-Encoding": "gzip"}

    response = await browser.post("/api/payments/callback", data=b"not gzip", headers=headers)

    assert response.status == 400
    assert (await error_of(response))["code"] == "body_unreadable"


async def test_the_access_log_names_the_route_and_never_the_path(browser):
    with structlog.testing.capture_logs() as lines:
        await browser.post("/api/payments/callback/5ecre7?also=5ecre7", data=b"5ecre7")
        await browser.get("/5ecre7", headers={"Authorization": "Bearer 5ecre7"})

    callback, unknown = [line for line in lines if line["event"] == "http_request"]
    assert callback["method"] == "POST"
    assert callback["route"] == "/api/payments/callback/{token}"
    assert callback["status"] == 200
    assert callback["duration_ms"] >= 0
    assert (unknown["route"], unknown["status"]) == ("unmatched", 404)
    assert "5ecre7" not in str(lines)


def update(update_id=10, **event) -> bytes:
    return json.dumps({"update_id": update_id, **event}).encode()


@pytest.mark.parametrize(
    ("event", "person"),
    [
        ({"message": {"from": {"id": 7}, "chat": {"id": 8}}}, 7),
        ({"callback_query": {"from": {"id": 7}, "message": {"from": {"id": 1}}}}, 7),
        ({"my_chat_member": {"from": {"id": 7}}}, 7),
        ({"channel_post": {"chat": {"id": 8}}}, None),
        ({"message": "odd"}, None),
        ({"message": {"from": {"id": "odd"}}}, None),
    ],
    ids=str,
)
async def test_an_update_with_the_secret_is_stored_under_its_person(
    browser, bare_engine, updates, event, person
):
    headers = {"X-Telegram-Bot-Api-Secret-Token": updates.secret}

    response = await browser.post(updates.path, data=update(**event), headers=headers)

    assert response.status == 200
    assert bare_engine.updates.received == [(10, person, update(**event))]


@pytest.mark.parametrize("secret", [None, "", "wrong", "s3cret-of-telegra", "\u00e9"])
async def test_an_update_without_the_secret_is_403_and_stored_nowhere(
    browser, bare_engine, updates, secret
):
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}

    response = await browser.post(updates.path, data=update(), headers=headers)

    assert response.status == 403
    assert (await error_of(response))["code"] == "forbidden"
    assert bare_engine.updates.received == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": -1}',
        b"[" * 60000,
        b'{"update_id": true}',
        b'{"update_id": 9223372036854775808}',
        b"9" * 5000,
        b"\xff",
    ],
)
async def test_what_is_no_update_is_400(browser, bare_engine, updates, body):
    headers = {"X-Telegram-Bot-Api-Secret-Token": updates.secret}

    response = await browser.post(updates.path, data=body, headers=headers)

    assert response.status == 400
    assert bare_engine.updates.received == []


async def test_an_update_may_be_larger_than_an_api_body(browser, bare_engine, updates):
    headers = {"X-Telegram-Bot-Api-Secret-Token": updates.secret}
    body = update(message={"from": {"id": 7}, "text": "x" * 200_000})

    response = await browser.post(updates.path, data=body, headers=headers)

    assert response.status == 200
    assert len(bare_engine.updates.received) == 1


async def test_an_update_that_could_not_be_stored_is_not_acknowledged(
    browser, bare_engine, updates
):
    bare_engine.updates.trouble = ConnectionError("no database")
    headers = {"X-Telegram-Bot-Api-Secret-Token": updates.secret}

    response = await browser.post(updates.path, data=update(), headers=headers)

    assert response.status == 503


def test_the_inboxs_secret_is_not_shown(updates):
    assert updates.secret not in repr(updates)
