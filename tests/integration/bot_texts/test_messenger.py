import asyncio
import gc
from datetime import timedelta

import pytest

from bot.notices.messenger import ChatMessenger
from core.ports import Delivery, Failure
from core.services.prompts.push_status import Stage
from tests.integration.bot_texts.bot_api import field_of, open_bot
from tests.unit.bot_texts.samples import CHAT_ID, notice

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


async def test_a_notice_is_sent_as_html_with_its_buttons_and_no_preview(messenger, api):
    delivery = await messenger.deliver(notice("payment_received"))

    assert delivery == Delivery(message_id=501)
    [call] = api.calls
    assert call[0] == "sendMessage"
    assert call[1]["chat_id"] == str(CHAT_ID)
    assert call[1]["parse_mode"] == "HTML"
    assert "<b>Asha Mwangi</b>" in call[1]["text"]
    assert field_of(call, "link_preview_options") == {"is_disabled": True}
    [button] = field_of(call, "reply_markup")["inline_keyboard"][0]
    assert button["copy_text"] == {"text": "TKN7ABC123"}


async def test_a_notice_speaks_the_language_of_its_reader(messenger, api):
    await messenger.deliver(notice("approved", language="sw"))

    assert "imeidhinishwa" in api.texts[0]


async def test_a_demo_marks_every_message(messenger, api, pushes):
    pushes.settings.demo = True

    await messenger.deliver(notice("approved"))
    await messenger.show_push_status(CHAT_ID, 77, 42, "en")

    assert [text.split("\n")[0] for text in api.texts] == ["<b>DEMO</b>"] * 2


async def test_a_notice_with_a_message_edits_that_message(messenger, api):
    delivery = await messenger.deliver(notice("approved", edit_message_id=77))

    assert delivery == Delivery(message_id=77)
    assert api.methods == ["editMessageText"]


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_somebody_out_of_reach_is_blocked_and_not_tried_again(
    messenger, api, status, description
):
    api.refuse(status, description)

    delivery = await messenger.deliver(notice("approved"))

    assert (delivery.failure, delivery.retry_after) == (Failure.BLOCKED, None)
    assert len(api.calls) == 1


async def test_flood_control_is_obeyed_to_the_second(messenger, api):
    api.refuse(429, "Too Many Requests: retry after 37", retry_after=37)

    delivery = await messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.LATER
    assert delivery.retry_after == timedelta(seconds=37)
    assert len(api.calls) == 1


async def test_a_server_in_trouble_is_tried_later_and_each_time_more_patiently(messenger, api):
    for _ in range(10):
        api.refuse(502, "Bad Gateway")

    deliveries = [await messenger.deliver(notice("approved")) for _ in range(10)]

    assert {delivery.failure for delivery in deliveries} == {Failure.LATER}
    waits_s = [delivery.retry_after.total_seconds() for delivery in deliveries]
    assert waits_s == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


async def test_a_success_ends_the_patience(messenger, api):
    for _ in range(3):
        api.refuse(502, "Bad Gateway")
        await messenger.deliver(notice("approved"))
    await messenger.deliver(notice("approved"))
    api.refuse(502, "Bad Gateway")

    delivery = await messenger.deliver(notice("approved"))

    assert delivery.retry_after == timedelta(seconds=5)


async def test_a_torn_connection_is_tried_later(messenger, api):
    api.is_silent = True

    delivery = await messenger.deliver(notice("approved"))

    assert (delivery.failure, delivery.retry_after) == (Failure.LATER, timedelta(seconds=5))


async def test_an_answer_that_does_not_come_in_time_is_asked_for_later(api, api_url, pushes):
    api.may_answer.clear()

    async with open_bot(api_url, read_timeout_s=0.05) as bot:
        delivery = await ChatMessenger(bot, pushes).deliver(notice("approved"))

    assert (delivery.failure, delivery.retry_after) == (Failure.LATER, timedelta(seconds=5))


async def test_a_server_that_is_not_there_is_tried_later(pushes, api_url):
    async with open_bot(api_url) as bot:
        messenger = ChatMessenger(bot, pushes)
    # The bot is shut down now, as it is for a moment when the program ends.
    delivery = await messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.LATER


async def test_a_wrong_token_keeps_the_notices_for_a_right_one(messenger, api):
    api.refuse(401, "Unauthorized")

    assert (await messenger.deliver(notice("approved"))).failure is Failure.LATER


@pytest.mark.parametrize("body", [{"ok": True, "result": {}}, {"result": None}, ["?"]])
async def test_an_answer_that_nobody_can_read_is_no_end_of_a_notice(messenger, api, body):
    api.refusals.append((200, body))

    delivery = await messenger.deliver(notice("approved"))

    assert (delivery.failure, delivery.retry_after) == (Failure.LATER, timedelta(seconds=5))


async def test_a_message_that_telegram_refuses_is_broken(messenger, api):
    api.refuse(400, "Bad Request: BUTTON_DATA_INVALID")

    delivery = await messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.BROKEN
    assert "Button_data_invalid" in delivery.detail


async def test_an_edit_that_changes_nothing_counts_as_sent(messenger, api):
    api.refuse(400, NOT_MODIFIED)

    delivery = await messenger.deliver(notice("approved", edit_message_id=77))

    assert delivery == Delivery(message_id=77)
    assert api.methods == ["editMessageText"]


@pytest.mark.parametrize(
    "description",
    ["Bad Request: message to edit not found", "Bad Request: message can't be edited"],
)
async def test_a_message_that_can_not_be_edited_any_more_is_sent_anew(messenger, api, description):
    api.refuse(400, description)

    delivery = await messenger.deliver(notice("approved", edit_message_id=77))

    assert delivery == Delivery(message_id=502)
    assert api.methods == ["editMessageText", "sendMessage"]


async def test_another_refusal_of_an_edit_is_broken_and_sends_nothing(messenger, api):
    api.refuse(400, "Bad Request: message is too long")

    delivery = await messenger.deliver(notice("approved", edit_message_id=77))

    assert delivery.failure is Failure.BROKEN
    assert api.methods == ["editMessageText"]


async def test_markup_that_telegram_can_not_read_is_sent_once_as_plain_text(messenger, api):
    api.refuse(400, "Bad Request: can't parse entities: Unsupported start tag at byte offset 3")

    delivery = await messenger.deliver(notice("approved", business="Fish & Chips"))

    assert delivery == Delivery(message_id=502)
    assert "parse_mode" not in api.calls[1][1]
    assert api.texts[1].startswith("✅ Fish & Chips is approved.")


async def test_plain_text_that_is_refused_too_is_broken(messenger, api):
    for _ in range(2):
        api.refuse(400, "Bad Request: can't parse entities: whatever")

    delivery = await messenger.deliver(notice("approved"))

    assert delivery.failure is Failure.BROKEN
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    "unusable",
    [
        notice("no_such_template"),
        notice("payment_received", amount_kes="much"),
        notice("invitation", first_on="tomorrow"),
        notice("push_status", transaction_id=404),
        notice("push_status"),
    ],
    ids=["template", "amount", "date", "transaction", "parameter"],
)
async def test_a_notice_that_can_not_be_put_in_words_is_broken(messenger, api, unusable):
    delivery = await messenger.deliver(unusable)

    assert delivery.failure is Failure.BROKEN
    assert api.calls == []


async def test_a_database_at_rest_does_not_lose_a_push_status(messenger, pushes):
    pushes.prompts.states[42] = ConnectionError("the database is away")

    delivery = await messenger.deliver(notice("push_status", transaction_id=42))

    assert (delivery.failure, delivery.retry_after) == (Failure.LATER, timedelta(seconds=5))


async def test_cancelling_is_not_swallowed(messenger, api):
    api.may_answer.clear()
    delivering = asyncio.create_task(messenger.deliver(notice("approved")))
    await api.arrived.wait()

    delivering.cancel()

    with pytest.raises(asyncio.CancelledError):
        await delivering


async def test_a_push_status_shows_the_truth_of_the_moment_it_is_delivered(messenger, api, pushes):
    queued = notice("push_status", transaction_id=42, edit_message_id=77)
    pushes.prompts.states[42] = Stage.PAID

    await messenger.deliver(queued)

    assert api.methods == ["editMessageText"]
    assert "received from 254712345678" in api.texts[0]


async def test_a_status_that_waited_for_its_chat_shows_the_truth_of_its_own_turn(
    messenger, api, pushes
):
    async with messenger.lock_for(CHAT_ID):
        showing = asyncio.create_task(messenger.show_push_status(CHAT_ID, 77, 42, "en"))
        for _ in range(50):
            await asyncio.sleep(0)  # lets the other one run as far as it may
        assert api.calls == []
        pushes.prompts.states[42] = Stage.PAID
    await showing

    assert "received from" in api.texts[0]


async def test_an_older_status_never_overwrites_a_newer_one(messenger, api, pushes):
    api.may_answer.clear()
    first = asyncio.create_task(messenger.show_push_status(CHAT_ID, 77, 42, "en"))
    await api.arrived.wait()
    queued = notice("push_status", transaction_id=42, edit_message_id=77)
    second = asyncio.create_task(messenger.deliver(queued))
    for _ in range(50):
        await asyncio.sleep(0)
    pushes.prompts.states[42] = Stage.PAID
    api.may_answer.set()
    await asyncio.gather(first, second)

    assert "Please check your phone" in api.texts[0]
    assert "received from" in api.texts[1]


async def test_one_chat_does_not_wait_for_another(messenger, api):
    async with messenger.lock_for(2002):
        delivery = await messenger.deliver(notice("approved"))

    assert delivery.failure is None


async def test_a_chat_has_one_lock_while_somebody_holds_it(messenger):
    held = messenger.lock_for(CHAT_ID)
    async with held:
        assert messenger.lock_for(CHAT_ID) is held
        assert messenger.lock_for(CHAT_ID).locked()


async def test_a_silent_chat_takes_no_memory(messenger):
    await messenger.deliver(notice("approved"))
    gc.collect()

    assert len(messenger._locks) == 0  # noqa: SLF001 - memory shows nowhere else


async def test_a_status_that_somebody_waits_for_is_tried_again_when_telegram_asks_for_patience(
    messenger, api, slept_s
):
    api.refuse(429, "Too Many Requests: retry after 7", retry_after=7)

    delivery = await messenger.show_push_status(CHAT_ID, 77, 42, "en")

    assert delivery == Delivery(message_id=77)
    assert slept_s == [7]
    assert api.methods == ["editMessageText"] * 2


async def test_a_status_that_somebody_waits_for_is_given_up_after_three_tries(
    messenger, api, slept_s
):
    for _ in range(5):
        api.refuse(502, "Bad Gateway")

    delivery = await messenger.show_push_status(CHAT_ID, 77, 42, "en")

    assert delivery.failure is Failure.LATER
    assert len(api.calls) == 3
    assert slept_s == [5, 10]
