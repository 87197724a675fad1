import asyncio

import aiohttp
import pytest
from aiohttp import web
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, EndPointNotFound
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

from sandbox.rows import joined, take_all
from sandbox.telegram import acts
from sandbox.telegram.model import Telegram
from sandbox.telegram.waiting import wait_until
from sandbox.telegram.webhook_push import push_updates

PAY = InlineKeyboardMarkup([[InlineKeyboardButton("Pay", callback_data="pay:7")]])


async def until(telegram, condition) -> None:
    assert await wait_until(telegram, condition, timeout_s=5)


async def a_poll(bot, server, **options) -> asyncio.Task:
    """Start a long poll and return once it waits on the server."""
    before = server.telegram.poll_turn
    poll = asyncio.create_task(bot.get_updates(timeout=30, **options))
    await until(server.telegram, lambda: server.telegram.poll_turn > before)
    return poll


class Hook:
    """A bot's webhook that refuses the first `failures` pushes."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.taken: list[tuple[int, str | None]] = []
        self.attempts = 0

    async def take(self, request: web.Request) -> web.Response:
        self.attempts += 1
        if self.attempts <= self.failures:
            return web.Response(status=500)
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.taken.append(((await request.json())["update_id"], secret))
        return web.Response()


@pytest.fixture
async def open_hook():
    runners = []

    async def start(hook: Hook) -> str:
        app = web.Application()
        app.router.add_post("/updates", hook.take)
        runner = web.AppRunner(app, access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/updates"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def pushing(local_telegram):
    task = asyncio.create_task(push_updates(local_telegram, first_pause_s=0.01))
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_application_polls_answers_commands_and_presses(telegram_server, stranger, control):
    async def start(update, context):
        await update.message.reply_text(f"Karibu {context.args[0]}", reply_markup=PAY)

    async def pay(update, _context):
        await update.callback_query.answer("Sent", show_alert=True)
        await update.callback_query.edit_message_text(f"Paying {update.callback_query.data}")

    application = Application.builder().bot(telegram_server.bot()).build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pay))
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=5)
        people = f"/api/telegram/people/{stranger.id}"
        link = f"https://t.me/{telegram_server.telegram.username}?start=inv-7"
        async with control.post(f"{people}/links", json={"url": link}) as answer:
            assert ((await answer.json())["text"], answer.status) == ("/start inv-7", 201)
        local = telegram_server.telegram
        messages = local.messages
        await until(local, lambda: messages.last_of(stranger.id).from_bot)
        sent = messages.last_of(stranger.id)
        press = {"messageId": sent.id, "data": "pay:7"}
        async with control.post(f"{people}/presses", json=press) as answer:
            answered = (await answer.json())["answer"]
        await until(local, lambda: sent.text != "Karibu inv-7")
        await application.updater.stop()
        await application.stop()

    assert (answered["text"], answered["alert"]) == ("Sent", True)
    assert (sent.text, sent.inline_keyboard) == ("Paying pay:7", None)
    assert local.updates.pending == []
    async with control.get(f"{people}/chat") as answer:
        assert [toast["text"] for toast in (await answer.json())["toasts"]] == ["Sent"]


async def test_long_poll_returns_as_soon_as_somebody_writes(
    ptb_bot, telegram_server, local_telegram, amina
):
    poll = await a_poll(ptb_bot, telegram_server)

    acts.say(local_telegram, amina, "Hi")

    async with asyncio.timeout(5):
        (update,) = await poll
    assert (update.message.text, update.effective_user.language_code) == ("Hi", "sw")


async def test_poll_without_timeout_returns_at_once(ptb_bot):
    assert await ptb_bot.get_updates(timeout=0) == ()


async def test_updates_come_again_until_the_offset_acknowledges_them(
    ptb_bot, local_telegram, amina
):
    for text in ("one", "two", "three"):
        acts.say(local_telegram, amina, text)

    first = await ptb_bot.get_updates(limit=2)
    again = await ptb_bot.get_updates(limit=2)
    rest = await ptb_bot.get_updates(offset=first[-1].update_id + 1)

    assert [update.message.text for update in first] == ["one", "two"]
    assert again == first
    assert [update.message.text for update in rest] == ["three"]
    assert len(local_telegram.updates.pending) == 1


async def test_unacknowledged_updates_and_the_chat_survive_a_restart(
    ptb_bot, local_telegram, amina, hand_clock, open_telegram
):
    acts.say(local_telegram, amina, "one")
    (taken,) = await ptb_bot.get_updates()
    acts.say(local_telegram, amina, "two")
    await ptb_bot.get_updates(offset=taken.update_id + 1)
    await ptb_bot.send_document(amina.id, b"a,b", filename="a.csv")
    saved = joined(take_all(local_telegram.parts()))

    reborn = Telegram(token=local_telegram.token, now=hand_clock.now, changed=lambda: None)
    reborn.load(saved)
    server = open_telegram(reborn)
    await server.start()
    try:
        async with server.bot() as bot:
            (update,) = await bot.get_updates(offset=taken.update_id + 1)
            sent = await bot.send_message(amina.id, "Welcome back")
    finally:
        await server.stop()

    assert update.message.text == "two"
    assert update.update_id == taken.update_id + 1
    assert sent.message_id == local_telegram.messages.last_of(amina.id).id + 1
    assert [message.text for message in reborn.messages.of(amina.id)][-2:] == ["", "Welcome back"]


async def test_state_that_was_loaded_is_the_same(local_telegram, ptb_bot, amina, hand_clock):
    sent = await ptb_bot.send_message(amina.id, "Pay?", reply_markup=PAY)
    acts.press(local_telegram, amina, sent.message_id, "pay:7")
    await ptb_bot.set_my_commands([BotCommand("pay", "Pay now")])
    await ptb_bot.set_my_description("Bills")
    saved = joined(take_all(local_telegram.parts()))

    reborn = Telegram(token=local_telegram.token, now=hand_clock.now, changed=lambda: None)
    reborn.load(saved)

    assert joined(take_all(reborn.parts())) == saved


async def test_state_of_the_first_release_is_still_read(local_telegram, hand_clock):
    asha = {"id": 7, "first_name": "Asha", "phone_number": "254712345678", "started": True}
    said = {"id": 1, "person_id": 7, "from_bot": False, "sent_at_s": 5, "content": {"text": "Hi"}}
    answered = said | {"id": 2, "from_bot": True}
    saved = joined(take_all(local_telegram.parts())) | {
        "people": [asha],
        "messages": {"nextId": 3, "messages": [said, answered]},
    }
    del saved["groups"], saved["inline"]

    reborn = Telegram(token=local_telegram.token, now=hand_clock.now, changed=lambda: None)
    reborn.load(saved)

    assert [message.sender_id for message in reborn.messages.of(7)] == [7, None]


async def test_second_poller_terminates_the_first(telegram_server, ptb_bot, local_telegram, amina):
    first = await a_poll(ptb_bot, telegram_server)
    async with telegram_server.bot() as other:
        second = await a_poll(other, telegram_server)

        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure"):
            async with asyncio.timeout(5):
                await first
        acts.say(local_telegram, amina, "Hi")
        assert [update.message.text for update in await second] == ["Hi"]


async def test_polling_is_refused_while_a_webhook_is_set(ptb_bot, telegram_server):
    poll = await a_poll(ptb_bot, telegram_server)

    await ptb_bot.set_webhook("https://example.com/hook")

    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        async with asyncio.timeout(5):
            await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await ptb_bot.get_updates()
    await ptb_bot.delete_webhook()
    assert await ptb_bot.get_updates() == ()


async def test_closing_ends_a_long_poll_at_once(ptb_bot, telegram_server):
    poll = await a_poll(ptb_bot, telegram_server)

    telegram_server.telegram.close()

    async with asyncio.timeout(5):
        assert await poll == ()


async def test_repeat_goes_to_the_live_poller_and_not_to_one_that_hung_up(
    ptb_bot, telegram_server, local_telegram, amina, control
):
    acts.say(local_telegram, amina, "Hi")
    (taken,) = await ptb_bot.get_updates()
    poll = await a_poll(ptb_bot, telegram_server, offset=taken.update_id + 1)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll

    async with control.post("/api/telegram/updates/repeat") as answer:
        assert await answer.json() == {"updateId": taken.update_id}

    repeated = await ptb_bot.get_updates(offset=taken.update_id + 1)
    assert [update.update_id for update in repeated] == [taken.update_id]
    assert await ptb_bot.get_updates(offset=taken.update_id + 1) == ()


async def test_only_allowed_kinds_are_queued_and_the_list_is_remembered(
    ptb_bot, local_telegram, amina
):
    await ptb_bot.get_updates(allowed_updates=["message"])

    acts.block(local_telegram, amina)
    acts.unblock(local_telegram, amina)
    acts.say(local_telegram, amina, "Hi")

    assert [update.message.text for update in await ptb_bot.get_updates()] == ["Hi"]


async def test_block_and_unblock_reach_the_bot_as_membership(ptb_bot, local_telegram, amina):
    acts.block(local_telegram, amina)
    acts.block(local_telegram, amina)
    acts.unblock(local_telegram, amina)

    changes = [update.my_chat_member for update in await ptb_bot.get_updates()]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


async def test_edited_text_and_contacts_reach_the_bot(ptb_bot, local_telegram, amina):
    said = acts.say(local_telegram, amina, "500")
    acts.edit(local_telegram, amina, said.id, "/pay 600")
    acts.share_contact(local_telegram, amina, {"own": True})
    other = {"phoneNumber": "0722 000 002", "firstName": "Otieno"}
    acts.share_contact(local_telegram, amina, other)

    _, edited, own, foreign = await ptb_bot.get_updates()

    assert edited.edited_message.text == "/pay 600"
    assert edited.edited_message.entities[0].type == "bot_command"
    assert own.message.contact.user_id == amina.id
    assert own.message.contact.phone_number == amina.phone_number
    assert (foreign.message.contact.user_id, foreign.message.contact.first_name) == (
        None,
        "Otieno",
    )


async def test_press_can_be_answered_once_and_within_15_seconds(
    ptb_bot, local_telegram, amina, hand_clock
):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=PAY)
    in_time = acts.press(local_telegram, amina, sent.message_id, "pay:7")
    late = acts.press(local_telegram, amina, sent.message_id, "pay:7")

    hand_clock.advance(15)
    assert await ptb_bot.answer_callback_query(in_time.id)
    too_old = "query is too old and response timeout expired or query id is invalid"
    with pytest.raises(BadRequest, match=f"(?i){too_old}"):
        await ptb_bot.answer_callback_query(in_time.id)
    hand_clock.advance(1)
    with pytest.raises(BadRequest, match=f"(?i){too_old}"):
        await ptb_bot.answer_callback_query(late.id)


async def test_press_on_a_deleted_message_carries_only_its_id(ptb_bot, local_telegram, amina):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=PAY)
    await ptb_bot.delete_message(amina.id, sent.message_id)

    acts.press(local_telegram, amina, sent.message_id, "pay:7", force=True)

    (update,) = await ptb_bot.get_updates()
    assert not update.callback_query.message.is_accessible
    assert update.callback_query.message.message_id == sent.message_id


async def test_webhook_gets_updates_in_order_with_the_secret(
    ptb_bot, local_telegram, amina, open_hook, pushing
):
    hook = Hook()
    acts.say(local_telegram, amina, "before")
    await ptb_bot.set_webhook(await open_hook(hook), secret_token="s3cret")

    acts.say(local_telegram, amina, "after")

    await until(local_telegram, lambda: len(hook.taken) == 2)
    first_id, second_id = (update_id for update_id, _ in hook.taken)
    assert second_id == first_id + 1
    assert {secret for _, secret in hook.taken} == {"s3cret"}
    info = await ptb_bot.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (0, None)


async def test_refused_push_is_tried_again_and_reported(
    ptb_bot, local_telegram, amina, open_hook, pushing
):
    hook = Hook(failures=2)
    await ptb_bot.set_webhook(await open_hook(hook))

    acts.say(local_telegram, amina, "Hi")

    await until(local_telegram, lambda: hook.taken)
    assert (hook.attempts, hook.taken[0][1]) == (3, None)
    info = await ptb_bot.get_webhook_info()
    assert "500 Internal Server Error" in info.last_error_message


async def test_webhook_where_nobody_listens_is_reported(
    ptb_bot, local_telegram, amina, unused_tcp_port, pushing
):
    await ptb_bot.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/updates")

    acts.say(local_telegram, amina, "Hi")

    await until(local_telegram, lambda: local_telegram.updates.webhook.last_error)
    info = await ptb_bot.get_webhook_info()
    assert (info.last_error_message, info.pending_update_count) == ("Connection refused", 1)


@pytest.mark.parametrize("url", ["http://example.com/hook", "ftp://127.0.0.1/x", "nonsense"])
async def test_webhook_must_be_https_unless_it_is_this_machine(ptb_bot, url):
    with pytest.raises(BadRequest, match=r"(?i)an https url must be provided for webhook"):
        await ptb_bot.set_webhook(url)


async def test_pending_updates_are_dropped_on_request(ptb_bot, local_telegram, amina):
    acts.say(local_telegram, amina, "Hi")

    await ptb_bot.delete_webhook(drop_pending_updates=True)

    assert await ptb_bot.get_updates() == ()


async def test_unknown_method_is_not_found(ptb_bot):
    with pytest.raises(EndPointNotFound):
        await ptb_bot.do_api_request("sendRichMessage", api_kwargs={"chat_id": 1})


@pytest.mark.parametrize("path", ["/botnonsense/getMe", "/bot:x/getMe", "/bot12:/getMe"])
async def test_malformed_token_is_not_found(telegram_server, path):
    async with (
        aiohttp.ClientSession(telegram_server.url) as session,
        session.get(path) as answer,
    ):
        assert (answer.status, (await answer.json())["error_code"]) == (404, 404)


async def test_query_form_and_json_bodies_mean_the_same(telegram_server, control, amina):
    path = f"/bot{telegram_server.telegram.token}/SENDMESSAGE"
    values = {"chat_id": amina.id, "text": "Hi", "reply_markup": PAY.to_dict()}
    flat = values | {"reply_markup": PAY.to_json()}

    async with control.get(path, params=flat) as answer:
        by_query = (await answer.json())["result"]
    async with control.post(path, data=flat) as answer:
        by_form = (await answer.json())["result"]
    async with control.post(path, json=values) as answer:
        by_json = (await answer.json())["result"]

    assert by_query["reply_markup"] == by_form["reply_markup"] == by_json["reply_markup"]
    assert by_json["text"] == "Hi"
