from datetime import timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from tests.integration.webhook.program import CLIENT


async def test_a_subscription_waits_for_its_client_with_an_invitation(api):
    plan = await api.plan(name="Gym", amountKes=1500)

    made = await api.subscription(plan["id"])

    assert made["status"] == "PENDING_ACTIVATION"
    assert (made["planId"], made["planName"], made["amountKes"]) == (plan["id"], "Gym", 1500)
    assert made["client"] == {
        "id": made["client"]["id"],
        "name": "Jane",
        "phoneNumber": "254712345678",
        "email": "jane@example.com",
    }
    assert made["nextBillingDate"] == "2026-12-01"
    assert made["invitationUrl"].startswith("https://t.me/FluxPayTestBot?start=")
    assert made["createdAt"] == "2026-11-23T06:00:00Z"
    assert await api.get(f"/api/subscriptions/{made['id']}") == made


@pytest.mark.parametrize("changes", [{"email": None}, {"email": ""}])
async def test_a_client_needs_no_email(api, changes):
    plan = await api.plan()

    made = await api.subscription(plan["id"], client=changes)

    assert made["client"]["email"] is None


@pytest.mark.parametrize("first", ["2026-11-23", "2026-11-24", "2027-02-28"])
async def test_the_first_date_may_be_any_from_today_on(api, first):
    plan = await api.plan()

    made = await api.subscription(plan["id"], firstBillingDate=first)

    assert made["nextBillingDate"] == first


async def test_null_as_first_date_means_the_next_billing_day(api):
    plan = await api.plan(frequency="weekly", billingDay=1)

    made = await api.subscription(plan["id"], firstBillingDate=None)

    assert made["nextBillingDate"] == "2026-11-30"


async def test_today_is_today_in_the_business_zone(api, clock):
    plan = await api.plan()
    clock.advance(timedelta(hours=15))

    fields = await api.wrong_fields(
        "/api/subscriptions",
        {"planId": plan["id"], "client": CLIENT, "firstBillingDate": "2026-11-23"},
    )

    assert fields == {"firstBillingDate": "must be today or a later date"}


@pytest.mark.parametrize("first", ["2026-02-30", "2026-13-01", "2026-11-23T08:00:00", 20261224])
async def test_an_impossible_first_date_is_422(api, first):
    plan = await api.plan()

    fields = await api.wrong_fields(
        "/api/subscriptions",
        {"planId": plan["id"], "client": CLIENT, "firstBillingDate": first},
    )

    assert list(fields) == ["firstBillingDate"]


async def test_a_first_date_far_in_the_future_is_422(api):
    plan = await api.plan()

    fields = await api.wrong_fields(
        "/api/subscriptions",
        {"planId": plan["id"], "client": CLIENT, "firstBillingDate": "9999-12-31"},
    )

    assert fields["firstBillingDate"].startswith("must be a date within the next")


async def test_every_wrong_field_is_named_by_its_path_in_one_answer(api):
    fields = await api.wrong_fields(
        "/api/subscriptions",
        {
            "planId": 0,
            "client": {"name": 7, "phoneNumber": "12", "email": "nobody"},
            "firstBillingDate": "2026-11-22",
        },
    )

    assert set(fields) == {
        "planId",
        "client.name",
        "client.phoneNumber",
        "client.email",
        "firstBillingDate",
    }
    assert (await api.get("/api/subscriptions"))["items"] == []


async def test_a_plan_that_is_not_there_is_404(api):
    body = {"planId": 999, "client": CLIENT}

    answer = await api.post("/api/subscriptions", body, status=404)

    assert answer["error"]["message"] == "There is no such plan."


async def test_another_owners_plan_is_404(api, stranger):
    plan = await api.plan()

    await stranger.post("/api/subscriptions", {"planId": plan["id"], "client": CLIENT}, 404)


async def test_an_archived_plan_is_409(api, engine, owner):
    plan = await api.plan()
    await engine.plans.archive(owner.id, plan["id"])

    answer = await api.post("/api/subscriptions", {"planId": plan["id"], "client": CLIENT}, 409)

    assert answer["error"]["code"] == "plan_archived"


async def test_activation_starts_it_once(api):
    made = await api.subscription((await api.plan())["id"])
    path = f"/api/subscriptions/{made['id']}/activate"

    active = await api.post(path, status=200)
    again = await api.post(path, status=409)

    assert (active["id"], active["status"]) == (made["id"], "ACTIVE")
    assert active["activatedAt"] == "2026-11-23T06:00:00Z"
    assert again["error"]["code"] == "illegal_move"


async def test_activation_with_the_same_key_gets_the_first_answer(api):
    made = await api.subscription((await api.plan())["id"])
    path = f"/api/subscriptions/{made['id']}/activate"

    first = await api.post(path, status=200, key="go")

    assert await api.post(path, status=200, key="go") == first


@pytest.mark.parametrize("subscription_id", ["0", "x", "999", "9223372036854775808"])
async def test_a_subscription_that_is_not_there_is_404(api, subscription_id):
    await api.get(f"/api/subscriptions/{subscription_id}", 404)
    await api.post(f"/api/subscriptions/{subscription_id}/activate", status=404)


async def test_another_owner_neither_sees_nor_activates_it(api, stranger):
    made = await api.subscription((await api.plan())["id"])

    await stranger.get(f"/api/subscriptions/{made['id']}", 404)
    await stranger.post(f"/api/subscriptions/{made['id']}/activate", status=404)
    assert (await stranger.get("/api/subscriptions"))["items"] == []
    assert (await api.get(f"/api/subscriptions/{made['id']}"))["status"] == "PENDING_ACTIVATION"


async def test_subscriptions_are_listed_newest_first_by_status(api):
    plan = await api.plan()
    one = await api.subscription(plan["id"])
    two = await api.subscription(plan["id"], client={"phoneNumber": "0722000000"})
    await api.post(f"/api/subscriptions/{one['id']}/activate", status=200)

    everyone = await api.get("/api/subscriptions")
    active = await api.get("/api/subscriptions", status="ACTIVE")

    assert [row["id"] for row in everyone["items"]] == [two["id"], one["id"]]
    assert [row["id"] for row in active["items"]] == [one["id"]]


@pytest.mark.parametrize("status", list(SubscriptionStatus))
async def test_every_status_can_be_asked_for(api, status):
    status_code, _ = await api.send("GET", f"/api/subscriptions?status={status.lower()}")

    assert status_code == 200


@pytest.mark.parametrize("status", ["", "DONE", "\u017fUSPENDED"])
async def test_an_unknown_status_is_422(api, status):
    code, body = await api.send("GET", "/api/subscriptions", params={"status": status})

    assert code == 422
    assert "PENDING_ACTIVATION" in body
