"""Each promise's guard, attacked on the migrated schema: the database itself refuses."""

import pytest
from tortoise import Tortoise
from tortoise.connection import connections
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector

from core.billing.lifecycle import PushState, TransactionStatus
from core.database import database_config, transaction
from core.models import (
    Client,
    IdempotencyKey,
    InboundEvent,
    InboundSource,
    Notification,
    Payment,
    PaymentSource,
    PushOrigin,
    StkPush,
    Transaction,
)
from tests.integration.services.stories import PHONE, RECEIPT, TODAY

GUARDS = {
    ("transactions", "bill_key"),
    ("stk_pushes", "live_transaction_id"),
    ("stk_pushes", "live_phone"),
    ("stk_pushes", "token_hash"),
    ("payments", "receipt"),
    ("payments", "push_key"),
    ("notifications", "dedupe_key"),
    ("emails", "dedupe_key"),
    ("inbound_events", "dedupe_key"),
    ("idempotency_keys", "scope_key"),
    ("clients", "same_person_key"),
    ("subscriptions", "invitation_token"),
    ("retired_invitations", "token"),
    ("merchant_accounts", "owner_key"),
    ("api_keys", "key_hash"),
    ("users", "telegram_id"),
    ("dialogs", "telegram_id"),
    ("daraja_tokens", "key_hash"),
    ("paces", "shortcode"),
    ("facts", "name"),
    ("blocked_numbers", "phone_number"),
    ("memberships", "member_key"),
    ("memberships", "token_hash"),
    ("preferences", "owner_key"),
    ("prompt_stops", "stop_key"),
}


@pytest.fixture
def rows(engine, owner):
    """Makers of rows that differ in nothing but what the test says."""
    now = engine.now()

    class Rows:
        async def bill(self, **values):
            shared = {"owner": owner, "phone_number": PHONE, "amount_kes": 1500}
            shared |= {"status": TransactionStatus.PENDING, "account_reference": "FP1"}
            return await Transaction.create(**(shared | {"created_at": now} | values))

        async def push(self, bill, token, **values):
            shared = {"shortcode": "174379", "phone_number": PHONE, "amount_kes": 1500}
            shared |= {"origin": PushOrigin.AUTOMATIC, "state": PushState.SENT, "created_at": now}
            return await StkPush.create(transaction=bill, token_hash=token, **(shared | values))

        async def payment(self, **values):
            shared = {"owner": owner, "source": PaymentSource.STK, "is_verified": True}
            shared |= {"amount_kes": 1500, "credit_kes": 1500, "paid_at": now, "created_at": now}
            return await Payment.create(**(shared | values))

        async def notice(self, key):
            return await Notification.create(
                dedupe_key=key, chat_id=1, template="approved", not_before=now, created_at=now
            )

        async def event(self, key):
            return await InboundEvent.create(
                source=InboundSource.STK, dedupe_key=key, body=b"{}", received_at=now
            )

    return Rows()


async def refused(row):
    """The insert must fail, in a DB transaction of its own."""
    with pytest.raises(IntegrityError):
        async with transaction():
            await row


async def test_a_period_of_a_subscription_has_one_bill(rows):
    await rows.bill(bill_key="7:2026-11-23")

    await refused(rows.bill(bill_key="7:2026-11-23"))

    await rows.bill(bill_key="7:2026-12-23")
    await rows.bill(bill_key="8:2026-11-23")


async def test_a_transaction_has_one_live_prompt(rows):
    bill = await rows.bill()
    await rows.push(bill, "a", live_transaction_id=bill.id, live_phone="254700000001")

    await refused(rows.push(bill, "b", live_transaction_id=bill.id, live_phone="254700000002"))


async def test_a_phone_has_one_live_prompt_whoever_owns_the_bill(rows):
    first, second = await rows.bill(), await rows.bill()
    await rows.push(first, "a", live_transaction_id=first.id, live_phone=PHONE)

    await refused(rows.push(second, "b", live_transaction_id=second.id, live_phone=PHONE))


async def test_prompts_that_are_closed_do_not_stand_in_each_others_way(rows):
    bill = await rows.bill()

    for token in "abc":
        await rows.push(bill, token)

    assert await StkPush.all().count() == 3


async def test_two_prompts_never_share_a_secret_path(rows):
    bill = await rows.bill()
    await rows.push(bill, "a")

    await refused(rows.push(bill, "a"))


async def test_a_receipt_counts_once(rows):
    await rows.payment(receipt=RECEIPT)

    await refused(rows.payment(receipt=RECEIPT))

    await rows.payment(receipt=None)
    await rows.payment(receipt=None)


async def test_a_prompt_brings_money_once(rows):
    push = await rows.push(await rows.bill(), "a")
    await rows.payment(push=push, push_key=push.id, receipt="A1")

    await refused(rows.payment(push=push, push_key=push.id, receipt="A2"))


async def test_a_notice_is_queued_once(rows):
    await rows.notice("paid:1:1:owner")

    await refused(rows.notice("paid:1:1:owner"))


async def test_an_inbound_event_is_stored_once(rows):
    await rows.event("same")

    await refused(rows.event("same"))


async def test_a_phone_means_one_client_of_an_owner(rows, owner, engine):
    values = {"owner": owner, "name": "Asha", "phone_number": PHONE, "created_at": engine.now()}
    await Client.create(**values, same_person_key=f"{owner.id}:{PHONE}")

    await refused(Client.create(**values, same_person_key=f"{owner.id}:{PHONE}"))

    await Client.create(**values)
    await Client.create(**values)


async def test_a_callers_key_is_stored_once(rows, owner, engine):
    values = {"owner": owner, "request_hash": "h", "created_at": engine.now()}
    await IdempotencyKey.create(**values, scope_key="s")

    await refused(IdempotencyKey.create(**values, scope_key="s"))


async def test_a_client_with_bills_can_not_be_deleted(rows, owner, engine):
    client = await Client.create(
        owner=owner, name="Asha", phone_number=PHONE, created_at=engine.now()
    )
    await rows.bill(client=client, period_start=TODAY)

    await refused(client.delete())


async def _unique_columns(url):
    """Each (table, column) that carries a unique index of its own, as the database tells it."""
    connection = connections.get("sqlite" if url.startswith("sqlite") else "postgres")
    if url.startswith("sqlite"):
        sql = """
            SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m
            JOIN pragma_index_list(m.name) i ON i."unique" = 1 AND i.partial = 0
            JOIN pragma_index_info(i.name) c
            WHERE m.type = 'table'
              AND (SELECT count(*) FROM pragma_index_info(i.name)) = 1
        """
    else:
        sql = """
            SELECT t.relname AS "table", a.attname AS "column" FROM pg_index i
            JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
            WHERE i.indisunique AND i.indnatts = 1 AND i.indpred IS NULL AND NOT i.indisprimary
        """
    return {(row["table"], row["column"]) for row in await connection.execute_query_dict(sql)}


async def test_the_migrated_schema_has_every_guard(database):
    assert await _unique_columns(database) >= GUARDS


async def test_every_unique_column_of_the_models_is_unique_in_the_migrated_schema(database):
    wanted = {
        (model._meta.db_table, field.source_field or name)  # noqa: SLF001 - Tortoise's own map
        for model in Tortoise.apps["core"].values()
        for name, field in model._meta.fields_map.items()  # noqa: SLF001 - as above
        if getattr(field, "unique", False) and not field.pk
    }

    assert wanted == GUARDS
    assert wanted <= await _unique_columns(database)


async def test_no_guard_relies_on_what_migrations_leave_out(database):
    # Constraints of a Meta class are created on neither database.
    for model in Tortoise.apps["core"].values():
        assert not model._meta.unique_together  # noqa: SLF001 - Tortoise's own map
        assert not getattr(model.Meta, "constraints", ())


async def test_after_the_migrations_the_models_hold_no_change(database):
    apps = database_config(database)["apps"]

    assert await MigrationAutodetector(Tortoise.apps, apps).changes() == []


async def test_every_column_of_the_models_is_in_the_migrated_schema(database):
    for model in Tortoise.apps["core"].values():
        assert await model.filter(pk=0) == []
