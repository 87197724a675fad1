"""What a program does with an API key stands in the audit log under that key."""

import pytest

from core.billing.permissions import Role
from core.models import ApiKey, AuditEntry
from tests.integration.webhook.program import CHARGE, Api


async def lines():
    rows = await AuditEntry.exclude(action="make_api_key").order_by("id")
    return [(row.actor, row.action, row.subject) for row in rows]


@pytest.fixture
async def key(api):
    """The owner's own key, which `api` sends."""
    return await ApiKey.get()


async def test_each_deed_bears_the_key_and_who_made_it(api, key, owner):
    plan = await api.plan()
    subscription = await api.subscription(plan["id"])
    await api.post(f"/api/subscriptions/{subscription['id']}/activate", status=200)
    push = await api.post("/api/payments/stk-push", {**CHARGE, "phoneNumber": "0722000001"}, 202)

    actor = f"api_key:{key.id} of user:{owner.id}"
    assert await lines() == [
        (actor, "create_plan", f"plan:{plan['id']}"),
        (actor, "create_subscription", f"subscription:{subscription['id']}"),
        (actor, "activate", f"subscription:{subscription['id']}"),
        (actor, "charge", f"transaction:{push['transactionId']}"),
    ]


async def test_a_key_made_by_staff_names_the_one_who_made_it(engine, owner, http):
    await engine.people.meet(telegram_id=3001, name="Otieno", language_code="en")
    link = await engine.staff.invite(owner.id, Role.MANAGER)
    token = link.url.rpartition("start=staff-")[2]
    manager = (await engine.staff.accept(token, telegram_id=3001)).user_id
    theirs = Api(http, await engine.api_keys.make(owner.id, made_by_id=manager))
    await AuditEntry.all().delete()

    plan = await theirs.plan()

    (key,) = await ApiKey.all()
    assert await lines() == [
        (f"api_key:{key.id} of user:{manager}", "create_plan", f"plan:{plan['id']}")
    ]


async def test_a_request_sent_twice_is_one_line_and_a_refused_one_is_none(api):
    for _ in range(2):
        await api.post(
            "/api/plans", {"name": "Gym", "amountKes": 1500, "frequency": "daily"}, key="k1"
        )
    await api.post("/api/plans", {"name": ""}, 422)

    assert [action for _, action, _ in await lines()] == ["create_plan"]


async def test_reading_leaves_no_line(api):
    await api.get("/api/plans")
    await api.get("/api/subscriptions")

    assert await lines() == []
