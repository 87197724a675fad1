import asyncio

import pytest

from tests.integration.webhook.program import PLAN


async def test_a_plan_is_created_and_answered_with_its_fields(api):
    plan = await api.post("/api/plans", PLAN)

    assert plan == {
        "id": plan["id"],
        "name": "Gym",
        "amountKes": 1500,
        "frequency": "monthly",
        "intervalCount": 1,
        "billingDay": 1,
        "renewal": "fixed",
        "archivedAt": None,
        "createdAt": "2026-11-23T06:00:00Z",
    }
    assert await api.get(f"/api/plans/{plan['id']}") == plan


@pytest.mark.parametrize(
    ("frequency", "day"),
    [
        ("daily", None),
        ("WEEKLY", 7),
        ("Biweekly", 1),
        ("quarterly", 31),
        ("semiannual", 30),
        ("yearly", 29),
    ],
)
async def test_every_frequency_is_taken_in_any_case_and_answered_in_lower_case(
    api, frequency, day
):
    plan = await api.plan(frequency=frequency, billingDay=day, intervalCount=2, renewal="ROLLING")

    assert (plan["frequency"], plan["billingDay"]) == (frequency.lower(), day)
    assert (plan["intervalCount"], plan["renewal"]) == (2, "rolling")


async def test_every_wrong_field_of_a_plan_is_named_in_one_answer(api):
    fields = await api.wrong_fields(
        "/api/plans", {"name": " ", "amountKes": 10.5, "frequency": "weekly", "billingDay": 8}
    )

    assert fields == {
        "name": "is required",
        "amountKes": "must be a whole number, written without quotes, point or exponent",
        "billingDay": "must be from 1 to 7",
    }
    assert (await api.get("/api/plans"))["items"] == []


@pytest.mark.parametrize("amount", ["0", "250001", "1e400", "9" * 5000, "-1", "10.0", "1e2"])
async def test_an_amount_out_of_range_or_no_integer_is_422_by_name(api, amount):
    body = f'{{"name": "Gym", "amountKes": {amount}, "frequency": "daily"}}'

    answer = await api.post_bytes("/api/plans", body.encode(), 422)

    assert list(answer["error"]["fields"]) == ["amountKes"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b"[" * 60000,
        b'{"name": "\\u0000"}',
        b'{"a": 1, "a": 2}',
    ],
)
async def test_what_is_no_readable_object_is_400(api, body):
    await api.post_bytes("/api/plans", body, 400)


async def test_json_is_read_whatever_its_content_type_says(api):
    body = b'{"name": "Milk", "amountKes": 60, "frequency": "daily"}'

    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        headers = {"Content-Type": content_type}
        status, _ = await api.send("POST", "/api/plans", data=body, headers=headers)
        assert status == 201


async def test_a_body_above_64_kib_is_413_told_or_untold(api):
    body = b'{"name": "' + b"x" * 70_000 + b'"}'

    async def pieces():
        yield body

    await api.post_bytes("/api/plans", body, 413)
    await api.post_bytes("/api/plans", pieces(), 413)


async def test_plans_are_listed_newest_first_in_pages(api):
    ids = [(await api.plan(name=f"Plan {number}"))["id"] for number in range(5)]

    first = await api.get("/api/plans", limit=2)
    second = await api.get("/api/plans", limit=2, cursor=first["next"])
    third = await api.get("/api/plans", limit=2, cursor=second["next"])

    listed = [[plan["id"] for plan in page["items"]] for page in (first, second, third)]
    assert listed == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert third["next"] is None


async def test_a_list_of_exactly_one_page_has_no_next(api):
    await api.plan()
    await api.plan()

    assert (await api.get("/api/plans", limit=2))["next"] is None


async def test_fifty_are_listed_unless_told_otherwise(api):
    for number in range(51):
        await api.plan(name=f"Plan {number}")

    assert len((await api.get("/api/plans"))["items"]) == 50
    assert len((await api.get("/api/plans", limit=200))["items"]) == 51


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.0", "x", "", "9" * 5000, "\u0661"])
async def test_a_limit_outside_1_to_200_is_422(api, limit):
    answer = await api.get("/api/plans", 422, limit=limit)

    assert answer["error"]["fields"] == {"limit": "must be from 1 to 200"}


@pytest.mark.parametrize("cursor", ["", "x", "7", "YmVmb3JlOjA", "YmVmb3JlOjc=", "\u00e9", "%00"])
async def test_a_cursor_that_is_not_ours_is_422(api, cursor):
    answer = await api.get("/api/plans", 422, cursor=cursor)

    assert list(answer["error"]["fields"]) == ["cursor"]


async def test_both_wrong_parameters_are_named_and_a_repeated_one_is_wrong(api):
    status, body = await api.send("GET", "/api/plans?limit=1&limit=2&cursor=x")

    assert status == 422
    assert '"limit": "must be given once"' in body
    assert '"cursor":' in body


async def test_archived_plans_are_not_listed_but_shown_by_id(api, engine, owner):
    plan = await api.plan()
    await engine.plans.archive(owner.id, plan["id"])

    assert (await api.get("/api/plans"))["items"] == []
    shown = await api.get(f"/api/plans/{plan['id']}")
    assert shown["archivedAt"] == "2026-11-23T06:00:00Z"


async def test_another_owner_finds_no_plan_of_ours(api, stranger):
    plan = await api.plan()

    await stranger.get(f"/api/plans/{plan['id']}", 404)
    assert (await stranger.get("/api/plans"))["items"] == []


@pytest.mark.parametrize("plan_id", ["0", "-1", "x", "1.0", "9223372036854775808", "9" * 400])
async def test_what_can_be_no_plans_id_is_404(api, plan_id):
    await api.get(f"/api/plans/{plan_id}", 404)


async def test_the_same_key_and_body_get_the_first_answer_and_make_one_plan(api):
    first = await api.post("/api/plans", PLAN, key="order 1")
    again = await api.post("/api/plans", PLAN, key="order 1")

    assert again == first
    assert len((await api.get("/api/plans"))["items"]) == 1


async def test_requests_with_one_key_at_the_same_time_make_one_plan(api):
    answers = await asyncio.gather(
        *(api.post("/api/plans", PLAN, key="order 1") for _ in range(5))
    )

    assert len({answer["id"] for answer in answers}) == 1
    assert len((await api.get("/api/plans"))["items"]) == 1


async def test_the_same_key_with_another_body_is_409(api):
    await api.post("/api/plans", PLAN, key="order 1")

    answer = await api.post("/api/plans", {**PLAN, "amountKes": 2}, status=409, key="order 1")

    assert answer["error"]["code"] == "idempotency_key_reused"


async def test_a_refused_request_leaves_its_key_free(api):
    await api.post("/api/plans", {**PLAN, "amountKes": 0}, status=422, key="order 1")

    await api.post("/api/plans", PLAN, key="order 1")


async def test_keys_belong_to_one_owner_and_one_path(api, stranger):
    plan = await api.post("/api/plans", PLAN, key="order 1")

    assert (await stranger.post("/api/plans", PLAN, key="order 1"))["id"] != plan["id"]
    await api.post("/api/subscriptions", PLAN, status=422, key="order 1")


@pytest.mark.parametrize("key", ["k", "k" * 255, "with space ~!"])
async def test_a_key_is_up_to_255_printable_ascii_characters(api, key):
    await api.post("/api/plans", PLAN, key=key)


@pytest.mark.parametrize("key", ["", "k" * 256, "k\u00e9y", "k\ty"])
async def test_any_other_key_is_400(api, key):
    answer = await api.post("/api/plans", PLAN, status=400, key=key)

    assert answer["error"]["code"] == "bad_idempotency_key"
