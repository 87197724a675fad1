"""Whoever has his data deleted is nowhere to be found, and the books still add up."""

import json

import pytest
from tortoise import Tortoise

from core.errors import Conflict
from core.models import Client, Email, Subscription, Transaction, User
from tests.integration.services.stories import (
    CLIENT_CHAT,
    PHONE,
    bill_and_prompt,
    bills,
    chatting_subscription,
    check_books,
    report,
    report_plainly,
    told,
)

NAME = "Zawadi Unmistakable"
EMAIL = "zawadi@example.com"


@pytest.fixture
async def subscription(engine, owner):
    await engine.people.meet(telegram_id=CLIENT_CHAT, name=NAME, language_code="en")
    return await chatting_subscription(engine, owner, name=NAME, email=EMAIL)


@pytest.fixture
async def lived(engine, owner, subscription, gateway, clock):
    """He has paid, failed, written, opened a form, blocked his number; his owner typed of him."""
    await bill_and_prompt(engine)
    await report_plainly(engine)
    await report(engine, gateway)
    words = "It is me, Zawadi"
    await engine.care.write_to_owner(CLIENT_CHAT, subscription.client_id, words, key="1")
    now = engine.now()
    await Email.create(
        owner=owner,
        dedupe_key="invitation:1",
        subject=f"subscription:{subscription.id}",
        address=EMAIL,
        template="invitation",
        params={"client_name": NAME},
        not_before=now,
        created_at=now,
    )
    update = json.dumps({"update_id": 1, "message": {"from": {"first_name": NAME}}}).encode()
    await engine.updates.receive(1, CLIENT_CHAT, update)
    await engine.updates.receive(2, owner.telegram_id, update)
    claimed = await engine.updates.claim()
    await engine.updates.finish([event.id for event in claimed])
    answers = {"name": NAME, "phone_number": PHONE}
    for chat in (CLIENT_CHAT, owner.telegram_id):
        await engine.dialogs.save(chat, form="x", step="y", answers=answers, message_id=1)
    await engine.facts.put(f"commands:{CLIENT_CHAT}", "client:en")
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    return subscription


async def everything():
    """Every value of every table, as one text."""
    rows = []
    for model in Tortoise.apps["core"].values():
        for row in await model.all().values():
            rows += [v.decode() if isinstance(v, bytes) else v for v in row.values()]
    return json.dumps(rows, default=str)


async def test_nothing_of_the_person_is_left_in_any_table(engine, lived):
    before = await everything()
    for trace in (NAME, EMAIL, PHONE, str(CLIENT_CHAT)):
        assert trace in before

    await engine.erasure.erase(CLIENT_CHAT)

    after = await everything()
    for trace in (NAME, EMAIL, PHONE, str(CLIENT_CHAT), "It is me, Zawadi"):
        assert trace not in after, trace


async def test_the_owners_books_keep_the_money(engine, lived):
    (before,) = await bills()

    await engine.erasure.erase(CLIENT_CHAT)

    (after,) = await bills()
    kept = ("amount_kes", "paid_kes", "status", "mpesa_receipt_no", "period_start")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.mpesa_receipt_no is not None
    await check_books()
    overview = await engine.dashboard.overview(lived.owner_id)
    assert overview.received_month_kes == 1500


async def test_his_subscriptions_end_and_the_owner_is_told_without_his_name(engine, lived):
    await engine.erasure.erase(CLIENT_CHAT)

    assert (await Subscription.get(id=lived.id)).status == "CANCELLED"
    assert (await told())[-1] == "client_erased"
    assert (await Client.get()).name == f"#{lived.client_id}"


async def test_money_on_its_way_is_booked_before_anything_is_deleted(engine, subscription):
    await bill_and_prompt(engine)

    with pytest.raises(Conflict, match="prompt_open"):
        await engine.erasure.erase(CLIENT_CHAT)
    assert (await Client.get()).name == NAME


async def test_extent_says_what_would_end(engine, subscription, gateway):
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)

    extent = await engine.erasure.extent(CLIENT_CHAT)

    assert (extent.businesses, extent.subscriptions, extent.owed_kes) == (1, 1, 1500)
    assert not extent.is_owner


async def test_debts_are_void_and_deleting_again_is_harmless(engine, subscription, gateway):
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)

    for _ in range(2):
        await engine.erasure.erase(CLIENT_CHAT)

    assert [bill.status for bill in await Transaction.all()] == ["VOID"]
    await check_books()


async def test_an_owner_who_is_a_client_elsewhere_keeps_his_business(engine, owner, subscription):
    other = await engine.people.register_owner(CLIENT_CHAT)

    await engine.erasure.erase(CLIENT_CHAT)

    assert (await User.get(id=other.id)).telegram_id == CLIENT_CHAT
    assert (await Client.get(id=subscription.client_id)).telegram_id is None


async def test_whoever_is_nobodys_client_is_forgotten_as_well(engine):
    await engine.people.meet(telegram_id=2500, name="Passer-by", language_code="en")

    await engine.erasure.erase(2500)

    assert await engine.people.find(2500) is None
    assert "Passer-by" not in await everything()
