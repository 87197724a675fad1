"""Many rows in one statement, on both databases."""

from datetime import UTC, date, datetime

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from core.database import transaction
from core.models import Notification, NotificationState, Payment, Subscription
from core.services import bulk
from tests.factories import make_subscription

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def notice(key, **changes):
    values = {
        "dedupe_key": key,
        "chat_id": 1,
        "language": "en",
        "template": "parked",
        "params": {"client_name": 'A "b" ä', "missed": 3},
        "not_before": NOON,
        "attempts": 0,
        "state": NotificationState.QUEUED,
        "created_at": NOON,
    }
    return values | changes


async def insert(*rows):
    async with transaction() as connection:
        await bulk.insert_rows(connection, Notification, rows)


async def test_inserted_rows_read_as_the_orm_writes_them(database):
    await insert(notice("a"), notice("b", chat_id=2))
    await Notification.create(**notice("c"))

    first, second, created = await Notification.all().order_by("id")
    assert (first.params, first.not_before, first.state) == (
        created.params,
        created.not_before,
        created.state,
    )
    assert (second.dedupe_key, second.chat_id, second.sent_at) == ("b", 2, None)


async def test_what_was_inserted_in_bulk_is_found_by_its_instant(database):
    await insert(notice("a"))

    assert await Notification.filter(not_before__lte=NOON).exists()
    assert not await Notification.filter(not_before__lt=NOON).exists()


async def test_a_row_that_a_guard_refuses_is_left_out_and_its_neighbours_go_in(database):
    await insert(notice("a", chat_id=1))
    await insert(notice("b"), notice("a", chat_id=9), notice("c"))

    rows = await Notification.all().order_by("dedupe_key").values_list("dedupe_key", "chat_id")
    assert rows == [("a", 1), ("b", 1), ("c", 1)]


async def test_a_missing_value_is_refused_and_not_left_out(database):
    with pytest.raises(IntegrityError):
        await insert(notice("a", chat_id=None))


async def test_no_rows_are_no_statement(database):
    async with transaction() as connection:
        await bulk.insert_rows(connection, Payment, [])
        await bulk.update_rows(connection, Payment, [])
        assert await bulk.insert_new(connection, Payment, [], key="receipt") == set()


async def test_new_keys_are_told_from_those_that_were_there(database):
    await insert(notice("a"))

    async with transaction() as connection:
        rows = [notice("a"), notice("b")]
        new = await bulk.insert_new(connection, Notification, rows, key="dedupe_key")

    assert new == {"b"}
    assert await Notification.all().count() == 2


async def test_ids_are_those_of_the_rows_that_went_in(database):
    async with transaction() as connection:
        rows = [notice("a"), notice("b"), notice("a", chat_id=2)]
        ids = await bulk.insert_with_ids(connection, Notification, rows, key="dedupe_key")
        assert await bulk.insert_with_ids(connection, Notification, [], key="dedupe_key") == {}

    assert set(ids) == {"a", "b"}
    assert ids == dict(await Notification.all().values_list("dedupe_key", "id"))


async def test_changed_rows_get_their_own_values_and_others_keep_theirs(engine, owner):
    several = [
        await make_subscription(engine, owner, phone_number=f"25471234567{n}") for n in range(3)
    ]
    changes = [
        {"cycle_number": 7, "id": several[0].id, "next_billing_date": date(2027, 2, 28)},
        {"cycle_number": 8, "id": several[2].id, "next_billing_date": date(2027, 3, 31)},
    ]
    async with transaction() as connection:
        await bulk.update_rows(connection, Subscription, changes)

    rows = await Subscription.all().order_by("id").values_list("cycle_number", "next_billing_date")
    untouched = (several[1].cycle_number, several[1].next_billing_date)
    assert rows == [(7, date(2027, 2, 28)), untouched, (8, date(2027, 3, 31))]


async def test_a_text_too_long_for_its_column_is_never_cut(database, database_url):
    long_text = "x" * 41
    if database_url.startswith("sqlite"):  # It takes a text of any length.
        await insert(notice("a", template=long_text))
        assert (await Notification.get()).template == long_text
        return
    with pytest.raises(OperationalError):
        await insert(notice("a", template=long_text))


async def test_rows_are_fetched_by_a_list_of_ids(engine, owner):
    several = [
        await make_subscription(engine, owner, phone_number=f"25471234567{n}") for n in range(3)
    ]
    async with transaction() as connection:
        condition = bulk.among(connection, "id", 2)
        rows = await bulk.fetch(
            connection,
            f"SELECT id, next_billing_date, created_at FROM subscriptions "  # noqa: S608 - our words
            f"WHERE status = $1 AND {condition} ORDER BY id "
            f"{bulk.for_update(connection, 'subscriptions')}",
            "ACTIVE",
            [several[0].id, several[2].id, 999],
        )

    assert [row["id"] for row in rows] == [several[0].id, several[2].id]
    assert bulk.as_date(rows[0]["next_billing_date"]) == several[0].next_billing_date
    assert bulk.as_instant(rows[0]["created_at"]) == several[0].created_at
