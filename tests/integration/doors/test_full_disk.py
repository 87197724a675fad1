"""A disk without room, as SQLite meets it: a clear error, nothing half-written, and it goes on."""

from datetime import timedelta

import pytest
from tortoise import Tortoise

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import TransactionStatus
from core.database import DatabaseUnavailable
from core.models import (
    AuditEntry,
    Client,
    IdempotencyKey,
    InboundEvent,
    Notification,
    Payment,
    ServicePlan,
    StkPush,
    Subscription,
    Transaction,
)
from tests.integration.webhook.program import CHARGE, CLIENT, PLAN, paid

CALLBACK = "/api/payments/callback"
ROOM = 1_000_000
TABLES = (
    *(AuditEntry, Client, IdempotencyKey, InboundEvent, Notification),
    *(Payment, ServicePlan, StkPush, Subscription, Transaction),
)


@pytest.fixture
async def database_url(tmp_path, sqlite_template):
    """Any PRAGMA may stand in DATABASE_URL."""
    path = tmp_path / "fluxpay.db"
    await sqlite_template.copy_to(path)
    return f"sqlite://{path}?max_page_count={ROOM}"


class Disk:
    """The disk, as large as one says."""

    async def fill(self, *, at):
        """Let room end in the moment in which a row is to be added to this table."""
        await self._query("CREATE TABLE ballast (content)")
        await self._query(
            f"CREATE TRIGGER heavy BEFORE INSERT ON {at} "  # noqa: S608 - a table of ours
            "BEGIN INSERT INTO ballast VALUES (zeroblob(100000)); END"
        )
        await self._query("VACUUM")
        await self._query("PRAGMA max_page_count=1")  # SQLite takes the present size instead.

    async def free(self):
        await self._query(f"PRAGMA max_page_count={ROOM}")

    async def _query(self, sql):
        await Tortoise.get_connection("sqlite").execute_query(sql)


@pytest.fixture
def disk(engine):
    return Disk()


async def state():
    return [await table.all().order_by("id").values() for table in TABLES]


async def test_a_post_without_room_is_503_with_a_clear_error_and_works_with_room(api, disk):
    before = await state()
    await disk.fill(at="service_plans")

    refused = await api.post("/api/plans", PLAN, status=503)

    assert refused["error"]["code"] == "storage_full"
    assert "no room left" in refused["error"]["message"]
    assert await state() == before
    await disk.free()
    assert (await api.plan())["name"] == "Gym"


@pytest.mark.parametrize("key", [None, "once"])
async def test_a_post_of_many_rows_is_undone_as_a_whole_when_room_ends_in_the_middle(
    api, disk, key
):
    wanted = {"planId": (await api.plan())["id"], "client": CLIENT}
    before = await state()
    await disk.fill(at="subscriptions")  # The client stands before it.

    await api.post("/api/subscriptions", wanted, status=503, key=key)

    assert await state() == before
    await disk.free()
    assert (await api.post("/api/subscriptions", wanted, key=key))["status"]
    assert await Client.all().count() == 1


async def test_a_prompt_without_room_to_note_it_is_not_sent(api, gateway, disk):
    before = await state()
    await disk.fill(at="stk_pushes")

    await api.post("/api/payments/stk-push", CHARGE, status=503, key="once")

    assert gateway.requests == []
    assert await state() == before
    await disk.free()
    await api.post("/api/payments/stk-push", CHARGE, status=202, key="once")
    assert len(gateway.requests) == 1


async def test_what_needs_no_room_is_answered_all_the_same(api, disk):
    made = await api.plan()
    await disk.fill(at="service_plans")

    await api.post("/api/plans", PLAN, status=503)

    assert await api.get(f"/api/plans/{made['id']}") == made


async def test_a_callback_without_room_is_503_and_counts_when_it_comes_again(
    api, http, gateway, disk
):
    charge = await api.post("/api/payments/stk-push", CHARGE, status=202)
    await disk.fill(at="inbound_events")
    path = f"{CALLBACK}/{gateway.token()}"

    async with http.post(path, data=paid()) as reply:
        assert reply.status == 503
    assert await InboundEvent.all().count() == 0
    await disk.free()
    async with http.post(path, data=paid()) as reply:
        assert reply.status == 200
    await api.until(f"/api/transactions/{charge['transactionId']}", status="SUCCESS")


async def test_a_stored_callback_is_never_given_up_for_want_of_room(
    engine, owner, gateway, clock, disk
):
    charge = await engine.prompts.charge(
        owner.id, ChargeDraft(phone_number="0712345678", amount_kes=10)
    )
    await engine.inbox.receive_callback(paid(), token=gateway.token())
    before = await state()
    await disk.fill(at="payments")

    for _ in range(8):
        with pytest.raises(DatabaseUnavailable):
            await engine.inbox.handle_callbacks()
        clock.advance(timedelta(minutes=1))
    assert await state() == before
    await disk.free()

    assert await engine.inbox.handle_callbacks() == 1
    assert (await InboundEvent.get()).outcome == "settled"
    bill = await Transaction.get(id=charge.status.transaction_id)
    assert bill.status is TransactionStatus.SUCCESS
