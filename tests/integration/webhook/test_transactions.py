from datetime import date

import pytest

from tests.factories import make_subscription


@pytest.fixture
async def bill(engine, owner) -> dict:
    """A bill of today, prompted and accepted."""
    made = await make_subscription(engine, owner, first_on=date(2026, 11, 23))
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()
    return {"subscription_id": made.id}


async def test_a_bill_is_shown_with_all_that_is_known(api, bill):
    (shown,) = (await api.get("/api/transactions"))["items"]

    assert shown == {
        "id": shown["id"],
        "subscriptionId": bill["subscription_id"],
        "amountKes": 1500,
        "paidKes": 0,
        "phoneNumber": "254712345678",
        "status": "PENDING",
        "mpesaReceiptNo": None,
        "darajaRequestId": "ws_CO_1",
        "retryCount": 0,
        "periodStart": "2026-11-23",
        "periodEnd": "2026-12-23",
        "nextAttemptAt": None,
        "failureCode": None,
        "failureReason": None,
        "createdAt": "2026-11-23T06:00:00Z",
        "settledAt": None,
    }
    assert await api.get(f"/api/transactions/{shown['id']}") == shown


async def test_transactions_are_listed_by_subscription(api, bill):
    await api.post(
        "/api/payments/stk-push", {"phoneNumber": "0722000000", "amountKes": 10}, status=202
    )

    everything = await api.get("/api/transactions")
    of_one = await api.get("/api/transactions", subscriptionId=bill["subscription_id"])
    of_none = await api.get("/api/transactions", subscriptionId=999)

    assert [row["subscriptionId"] for row in everything["items"]] == [
        None,
        bill["subscription_id"],
    ]
    assert [row["subscriptionId"] for row in of_one["items"]] == [bill["subscription_id"]]
    assert of_none == {"items": [], "next": None}


async def test_transactions_come_in_pages(api, bill):
    await api.post(
        "/api/payments/stk-push", {"phoneNumber": "0722000000", "amountKes": 10}, status=202
    )

    first = await api.get("/api/transactions", limit=1)
    second = await api.get("/api/transactions", limit=1, cursor=first["next"])

    assert first["items"][0]["id"] > second["items"][0]["id"]
    assert second["next"] is None


@pytest.mark.parametrize("wanted", ["", "0", "-1", "x", "1.0", "9223372036854775808"])
async def test_a_wrong_subscription_id_is_422(api, wanted):
    answer = await api.get("/api/transactions", 422, subscriptionId=wanted)

    assert list(answer["error"]["fields"]) == ["subscriptionId"]


@pytest.mark.parametrize("transaction_id", ["0", "x", "999", "9223372036854775808"])
async def test_a_transaction_that_is_not_there_is_404(api, transaction_id):
    await api.get(f"/api/transactions/{transaction_id}", 404)


async def test_another_owner_sees_no_transaction_of_ours(api, stranger, bill):
    (ours,) = (await api.get("/api/transactions"))["items"]

    await stranger.get(f"/api/transactions/{ours['id']}", 404)
    assert (await stranger.get("/api/transactions"))["items"] == []
    theirs = await stranger.get("/api/transactions", subscriptionId=bill["subscription_id"])
    assert theirs["items"] == []


async def test_a_key_of_an_owner_who_is_suspended_is_401(api, owner):
    owner.approval = type(owner.approval).SUSPENDED
    await owner.save()

    answer = await api.get("/api/transactions", 401)

    assert answer["error"]["code"] == "unauthorized"


async def test_the_bearer_scheme_is_read_in_any_case(api, http, engine, owner):
    key = await engine.api_keys.issue(telegram_id=owner.telegram_id)

    async with http.get("/api/plans", headers={"Authorization": f"bEARER  {key}"}) as response:
        assert response.status == 200


async def test_the_server_is_ready_on_a_migrated_database(http):
    async with http.get("/readyz") as response:
        assert (response.status, await response.json()) == (200, {"status": "ready"})
