"""Every message against the local Bot API, whose parser refuses what Telegram's refuses."""

import pytest

from bot.notices.messenger import ChatMessenger
from core.ports import Delivery, Failure
from core.services.prompts.push_status import Stage
from sandbox.telegram import acts
from tests.unit.bot_texts.samples import CHAT_ID, SAMPLES, notice


@pytest.fixture
def njeri(telegram):
    """An owner who has pressed Start."""
    person = telegram.add_person(
        first_name="Njeri", phone_number="254712345678", person_id=CHAT_ID
    )
    acts.say(telegram, person, "/start")
    return person


@pytest.fixture
def sandbox_messenger(sandbox_bot, pushes):
    return ChatMessenger(sandbox_bot, pushes)


async def test_every_notice_in_every_language_is_taken(sandbox_messenger, njeri):
    notices = [notice(name, language=tag) for name in SAMPLES for tag in ("en", "sw")]

    deliveries = [await sandbox_messenger.deliver(one) for one in notices]

    assert [one.failure for one in deliveries] == [None] * len(notices)


async def test_every_stage_of_a_push_is_taken_as_an_edit(sandbox_messenger, njeri, pushes):
    first = await sandbox_messenger.deliver(notice("push_status", transaction_id=42))

    for stage in (Stage.UNKNOWN, Stage.FAILED, Stage.REFUSED, Stage.PAID):
        pushes.prompts.states[42] = stage
        shown = await sandbox_messenger.show_push_status(CHAT_ID, first.message_id, 42, "sw")
        assert shown == Delivery(message_id=first.message_id)


async def test_the_same_status_twice_counts_as_shown(sandbox_messenger, njeri):
    first = await sandbox_messenger.deliver(notice("push_status", transaction_id=42))

    again = await sandbox_messenger.show_push_status(CHAT_ID, first.message_id, 42, "en")

    assert again == Delivery(message_id=first.message_id)


async def test_a_message_that_was_never_there_is_sent_anew(sandbox_messenger, njeri):
    delivery = await sandbox_messenger.show_push_status(CHAT_ID, 9999, 42, "en")

    assert delivery.failure is None
    assert delivery.message_id != 9999


async def test_hostile_names_arrive_as_they_were_typed(sandbox_messenger, njeri, telegram):
    name = '<b>Asha</b> & "Sons" </code>'

    delivery = await sandbox_messenger.deliver(notice("suspended", client_name=name))

    sent = telegram.messages.find(CHAT_ID, delivery.message_id)
    assert name in sent.text


async def test_somebody_who_never_pressed_start_is_blocked(sandbox_messenger):
    delivery = await sandbox_messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.BLOCKED


async def test_somebody_who_blocked_the_bot_is_blocked(sandbox_messenger, njeri, telegram):
    acts.block(telegram, njeri)

    delivery = await sandbox_messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.BLOCKED
