"""What an owner does for one client: reminders, another phone, letters."""

from datetime import timedelta

import pytest

from core.errors import Conflict, InvalidInput, NotFound, PhoneHasOpenPrompt
from core.models import Client, Notification
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    OWNER_CHAT,
    TODAY,
    bills,
    chatting_subscription,
    notice,
    prompted_subscription,
    report,
    told,
)

NEW_PHONE = "0722 111 222"


@pytest.fixture
async def asha(engine, owner):
    """A client in the chat whose bill falls due today."""
    return await chatting_subscription(engine, owner)


async def test_a_client_is_reminded_of_what_is_owed_at_most_once_a_day(engine, owner, asha, clock):
    await engine.billing.process_due_payments()
    clock.advance(DAY)
    await engine.care.remind(owner.id, asha.client_id)
    reminder = await notice("client_reminder", CLIENT_CHAT)
    assert (reminder["is_owed"], reminder["amount_kes"]) == (True, 1500)
    assert (reminder["due_on"], reminder["pay_to"]) == (TODAY.isoformat(), "174379")

    with pytest.raises(Conflict, match="reminded_today"):
        await engine.care.remind(owner.id, asha.client_id)
    clock.advance(DAY)
    await engine.care.remind(owner.id, asha.client_id)

    assert (await told(CLIENT_CHAT)).count("client_reminder") == 2


async def test_a_client_who_owes_nothing_is_reminded_of_his_next_bill(engine, owner, asha):
    await engine.care.remind(owner.id, asha.client_id)

    reminder = await notice("client_reminder", CLIENT_CHAT)
    assert (reminder["is_owed"], reminder["due_on"]) == (False, TODAY.isoformat())


async def test_who_cannot_be_reached_or_has_nothing_to_pay_is_not_reminded(engine, owner, asha):
    by_phone = await make_subscription(engine, owner, phone_number="254712000009")
    with pytest.raises(Conflict, match="no_chat"):
        await engine.care.remind(owner.id, by_phone.client_id)

    await engine.subscriptions.cancel(owner.id, asha.id)
    with pytest.raises(Conflict, match="nothing_to_remind_of"):
        await engine.care.remind(owner.id, asha.client_id)
    await Client.filter(id=asha.client_id).update(blocked_at=engine.now())
    with pytest.raises(Conflict, match="no_chat"):
        await engine.care.remind(owner.id, asha.client_id)


async def test_another_phone_is_prompted_for_open_bills_too_and_the_client_knows(
    engine, owner, asha
):
    await engine.billing.process_due_payments()

    for _ in range(2):
        await engine.care.change_phone(owner.id, asha.client_id, NEW_PHONE)

    (bill,) = await bills()
    assert bill.phone_number == "254722111222"
    assert (await engine.clients.find_by_phone(owner.id, "254722111222")).id == asha.client_id
    assert await engine.clients.find_by_phone(owner.id, "254712345678") is None
    assert (await notice("client_phone_changed", CLIENT_CHAT))["phone"] == "0722***222"


async def test_a_phone_is_not_changed_while_it_is_asked(engine, owner, gateway):
    subscription = await prompted_subscription(engine, owner)

    with pytest.raises(PhoneHasOpenPrompt):
        await engine.care.change_phone(owner.id, subscription.client_id, NEW_PHONE)
    await report(engine, gateway)

    changed = await engine.care.change_phone(owner.id, subscription.client_id, NEW_PHONE)
    assert changed.phone_number == "254722111222"


async def test_a_blocked_or_wrong_or_anothers_number_is_refused(engine, owner, asha):
    await engine.blocked_numbers.block(admin_telegram_id=9001, phone_number=NEW_PHONE)
    other = await make_subscription(engine, owner, phone_number="254712000009")
    for number, error, said in (
        (NEW_PHONE, Conflict, "number_blocked"),
        ("0712000009", Conflict, "phone_taken"),
        ("0712", InvalidInput, "phone_number"),
    ):
        with pytest.raises(error, match=said):
            await engine.care.change_phone(owner.id, asha.client_id, number)

    shared = await engine.care.change_phone(owner.id, asha.client_id, "0712000009", is_shared=True)

    assert shared.same_person_key is None
    known = await engine.clients.find_by_phone(owner.id, "254712000009")
    assert known.id == other.client_id


async def test_letters_go_both_ways_once_for_each_key(engine, owner, asha):
    for _ in range(2):
        await engine.care.write_to_client(
            owner.id, asha.client_id, "We open\n\n\n\nat six. ", key="k1"
        )
        await engine.care.write_to_owner(CLIENT_CHAT, asha.client_id, "Thank you", key="k2")

    assert (await notice("client_letter", CLIENT_CHAT))["text"] == "We open\n\nat six."
    letter = await notice("letter_from_client", OWNER_CHAT)
    assert (letter["text"], letter["client_name"]) == ("Thank you", "Asha")


async def test_a_letter_is_known_again_by_its_message_in_its_own_chat(engine, owner, asha):
    await engine.care.write_to_client(owner.id, asha.client_id, "Hello", key="k1")
    await Notification.filter(template="client_letter").update(message_id=77)

    assert await engine.care.letter_behind(CLIENT_CHAT, 77) == ("client_letter", asha.client_id)
    assert await engine.care.letter_behind(OWNER_CHAT, 77) is None
    assert await engine.care.letter_behind(CLIENT_CHAT, 78) is None


async def test_letters_that_cannot_be_are_refused(engine, owner, asha):
    for text in (" \n ", "x" * 1001, "\x07"):
        with pytest.raises(InvalidInput, match="text"):
            await engine.care.write_to_client(owner.id, asha.client_id, text, key="k")
    with pytest.raises(NotFound):
        await engine.care.write_to_owner(4004, asha.client_id, "Hello", key="k")
    by_phone = await make_subscription(engine, owner, phone_number="254712000009")
    with pytest.raises(Conflict, match="no_chat"):
        await engine.care.write_to_client(owner.id, by_phone.client_id, "Hello", key="k")


async def test_a_client_writes_twenty_letters_a_day_at_most(engine, owner, asha, clock):
    for number in range(20):
        await engine.care.write_to_owner(CLIENT_CHAT, asha.client_id, "Hey", key=str(number))
    with pytest.raises(Conflict, match="letters_today"):
        await engine.care.write_to_owner(CLIENT_CHAT, asha.client_id, "Hey", key="20")

    clock.advance(timedelta(days=1))

    await engine.care.write_to_owner(CLIENT_CHAT, asha.client_id, "Hey", key="21")
