import asyncio

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonCommands,
)
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from sandbox.telegram import acts
from sandbox.telegram.faults import Fault

PAY = InlineKeyboardMarkup([[InlineKeyboardButton("Pay", callback_data="pay:7")]])


async def get(control, path: str):
    async with control.get(f"/api/telegram{path}") as answer:
        return await answer.json()


async def post(control, path: str, body=None) -> tuple[int, dict]:
    async with control.post(f"/api/telegram{path}", json=body) as answer:
        return answer.status, await answer.json()


async def menu_of(control, person) -> list[str]:
    shown = await get(control, f"/people/{person.id}/chat")
    return [command["command"] for command in shown["commands"]]


async def test_person_is_added_and_listed_with_what_is_unread(control, ptb_bot, local_telegram):
    status, person = await post(
        control, "/people", {"firstName": "Wanjiru", "phoneNumber": "254733000003"}
    )
    await post(control, f"/people/{person['id']}/messages", {"text": "Habari"})
    await ptb_bot.send_message(person["id"], "Karibu")

    (line,) = (await get(control, ""))["people"]

    assert (status, person["started"], person["languageCode"]) == (201, False, "en")
    assert (line["started"], line["unread"], line["lastMessage"]) == (True, 1, "Karibu")
    _, read = await post(control, f"/people/{person['id']}/read")
    assert read["unread"] == 0


async def test_revision_grows_with_every_change(control, ptb_bot, amina):
    before = (await get(control, ""))["revision"]

    await ptb_bot.send_message(amina.id, "Hi")

    assert (await get(control, ""))["revision"] > before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people", {"firstName": " ", "phoneNumber": "1"}, 400),
        ("/people", {"phoneNumber": "1"}, 400),
        ("/people", ["no object"], 400),
        ("/people/1/messages", {"text": "Hi"}, 404),
        ("/people/{id}/messages", {"text": "  "}, 400),
        ("/people/{id}/messages", {"text": "x" * 4097}, 400),
        ("/people/{id}/messages", {"contact": {"firstName": "Nobody"}}, 400),
        ("/people/{id}/messages/9999", {"text": "Hi"}, 404),
        ("/people/{id}/presses", {"messageId": 9999, "data": "x"}, 404),
        ("/people/{id}/presses", {"data": "x"}, 400),
        ("/people/{id}/links", {"url": "https://t.me/another_bot?start=x"}, 400),
        ("/people/{id}/links", {"url": "https://example.com/FluxPaySandboxBot"}, 400),
        ("/people/{id}/links", {"url": "https://t.me/FluxPaySandboxBot?start=a.b"}, 400),
        ("/faults", {"kind": "earthquake"}, 400),
        ("/faults", {"kind": "429", "count": 0}, 400),
    ],
)
async def test_what_nobody_can_do_is_explained(control, amina, path, body, status):
    answered, explained = await post(control, path.format(id=amina.id), body)

    assert (answered, bool(explained["error"])) == (status, True)


async def test_blocked_bot_can_be_neither_written_to_nor_pressed(
    control, ptb_bot, local_telegram, amina
):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=PAY)
    await post(control, f"/people/{amina.id}/block")

    said, _ = await post(control, f"/people/{amina.id}/messages", {"text": "Hi"})
    press = {"messageId": sent.message_id, "data": "pay:7"}
    pressed, _ = await post(control, f"/people/{amina.id}/presses", press)

    assert (said, pressed) == (400, 400)


async def test_link_restarts_a_bot_that_was_blocked(control, local_telegram, amina):
    acts.block(local_telegram, amina)

    status, message = await post(
        control, f"/people/{amina.id}/links", {"url": "t.me/fluxpaysandboxbot?start"}
    )

    assert (status, message["text"], amina.blocked) == (201, "/start", False)


async def test_press_waits_for_the_answer(control, ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=PAY)
    press = {"messageId": sent.message_id, "data": "pay:7"}
    pressing = asyncio.create_task(post(control, f"/people/{amina.id}/presses", press))

    (update,) = await ptb_bot.get_updates(timeout=5)
    assert not pressing.done()
    await update.callback_query.answer()

    assert await pressing == (200, {"answer": {"text": None, "alert": False, "url": None}})


async def test_button_that_is_gone_can_be_pressed_only_by_force(control, ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=PAY)
    await ptb_bot.edit_message_text("Paid", amina.id, sent.message_id)
    press = {"messageId": sent.message_id, "data": "pay:7"}

    status, _ = await post(control, f"/people/{amina.id}/presses", press)
    forced = asyncio.create_task(
        post(control, f"/people/{amina.id}/presses", press | {"force": True})
    )
    (update,) = await ptb_bot.get_updates(timeout=5)
    await update.callback_query.answer("Out of date")

    assert status == 404
    assert (await forced)[1]["answer"]["text"] == "Out of date"
    assert update.callback_query.message.text == "Paid"


async def test_narrowest_scope_decides_the_menu_and_own_language_comes_first(
    control, ptb_bot, amina, stranger
):
    async def offer(name: str, scope=None, language: str | None = None) -> None:
        commands = [BotCommand(name, "What it does")]
        await ptb_bot.set_my_commands(commands, scope=scope, language_code=language)

    await offer("default")
    assert await menu_of(control, amina) == ["default"]
    await offer("default_sw", language="sw")
    assert await menu_of(control, amina) == ["default_sw"]
    await offer("private", BotCommandScopeAllPrivateChats())
    assert await menu_of(control, amina) == ["private"]
    await offer("private_sw", BotCommandScopeAllPrivateChats(), "sw")
    assert await menu_of(control, amina) == ["private_sw"]
    await offer("own", BotCommandScopeChat(amina.id))
    assert await menu_of(control, amina) == ["own"]
    assert await menu_of(control, stranger) == ["private"]

    await ptb_bot.delete_my_commands(scope=BotCommandScopeChat(amina.id))
    assert await menu_of(control, amina) == ["private_sw"]


async def test_commands_are_read_back_for_exactly_their_scope(ptb_bot, amina):
    await ptb_bot.set_my_commands([BotCommand("pay", "Pay now")], language_code="sw")

    assert [c.command for c in await ptb_bot.get_my_commands(language_code="sw")] == ["pay"]
    assert await ptb_bot.get_my_commands() == ()


async def test_bad_commands_are_refused(ptb_bot, stranger):
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await ptb_bot.set_my_commands([BotCommand("Pay-Now", "Pay")])
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await ptb_bot.set_my_commands([], scope=BotCommandScopeChat(stranger.id))
    with pytest.raises(BadRequest, match=r"(?i)bot_commands_too_much"):
        await ptb_bot.set_my_commands([BotCommand(f"c{n}", "Many") for n in range(101)])


async def test_profile_texts_fall_back_to_every_language(ptb_bot, control):
    await ptb_bot.set_my_name("FluxPay")
    await ptb_bot.set_my_description("Bills on time")
    await ptb_bot.set_my_short_description("Bili", language_code="sw")

    assert (await ptb_bot.get_my_name()).name == "FluxPay"
    assert (await ptb_bot.get_my_description("sw")).description == "Bills on time"
    assert (await ptb_bot.get_my_short_description("sw")).short_description == "Bili"
    assert (await ptb_bot.get_my_short_description()).short_description == ""
    shown = (await get(control, ""))["bot"]
    assert (shown["name"], shown["description"]) == ("FluxPay", "Bills on time")
    with pytest.raises(BadRequest, match="too long"):
        await ptb_bot.set_my_description("x" * 513)


async def test_menu_button_of_a_chat_goes_before_the_one_for_all(ptb_bot, amina):
    await ptb_bot.set_chat_menu_button(amina.id, MenuButtonCommands())

    assert (await ptb_bot.get_chat_menu_button(amina.id)).type == "commands"
    assert (await ptb_bot.get_chat_menu_button()).type == "default"


async def test_429_tells_how_long_to_wait_and_passes(control, ptb_bot, amina):
    fault = {"kind": "429", "method": "sendMessage", "count": 2, "retryAfter": 7}
    await post(control, "/faults", fault)

    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            await ptb_bot.send_message(amina.id, "Hi")
        assert caught.value.retry_after.total_seconds() == 7
    assert (await ptb_bot.send_message(amina.id, "Hi")).text == "Hi"


async def test_403_waits_for_a_call_with_a_chat(ptb_bot, local_telegram, amina):
    local_telegram.faults.append(Fault("403"))

    await ptb_bot.get_my_name()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await ptb_bot.send_message(amina.id, "Hi")


async def test_500_is_a_network_error(ptb_bot, local_telegram, amina):
    local_telegram.faults.append(Fault("500"))

    with pytest.raises(NetworkError, match="Internal Server Error"):
        await ptb_bot.send_message(amina.id, "Hi")


async def test_timed_out_message_has_been_sent_nevertheless(ptb_bot, local_telegram, amina):
    local_telegram.faults.append(Fault("timeout", "sendMessage"))

    with pytest.raises(TimedOut):
        await ptb_bot.send_message(amina.id, "Receipt", read_timeout=0.2)

    assert local_telegram.messages.last_of(amina.id).text == "Receipt"


async def test_decoration_can_be_refused_while_messages_pass(ptb_bot, local_telegram, amina):
    local_telegram.faults.append(Fault("decoration_refused", remaining=2))

    await ptb_bot.send_message(amina.id, "Hi")
    with pytest.raises(BadRequest):
        await ptb_bot.set_my_name("FluxPay")
    with pytest.raises(BadRequest):
        await ptb_bot.set_chat_menu_button()
    assert await ptb_bot.set_my_name("FluxPay")


async def test_faults_can_be_cleared(control, ptb_bot, amina):
    await post(control, "/faults", {"kind": "500", "count": 100})

    async with control.delete("/api/telegram/faults") as answer:
        assert await answer.json() == {"faults": []}

    assert (await ptb_bot.send_message(amina.id, "Hi")).text == "Hi"


async def test_flood_limit_lets_20_through_then_one_a_second(
    ptb_bot, local_telegram, amina, hand_clock
):
    local_telegram.flood_limits = True
    for _ in range(20):
        await ptb_bot.send_message(amina.id, "Hi")

    with pytest.raises(RetryAfter):
        await ptb_bot.send_message(amina.id, "Hi")
    hand_clock.advance(1)
    await ptb_bot.send_message(amina.id, "Hi")
    with pytest.raises(RetryAfter):
        await ptb_bot.send_message(amina.id, "Hi")


async def test_location_and_correction_can_be_sent(control, ptb_bot, amina):
    place = {"location": {"latitude": -1.29, "longitude": 36.82}}
    await post(control, f"/people/{amina.id}/messages", place)
    _, said = await post(control, f"/people/{amina.id}/messages", {"text": "500"})
    path = f"/people/{amina.id}/messages/{said['id']}"
    status, edited = await post(control, path, {"text": "600"})

    here, _, again = await ptb_bot.get_updates()

    assert here.message.location.latitude == -1.29
    assert (status, edited["edited"], again.edited_message.text) == (200, True, "600")
    nowhere = {"location": {"latitude": "south", "longitude": 36.82}}
    assert (await post(control, f"/people/{amina.id}/messages", nowhere))[0] == 400


async def test_stickers_voice_pictures_and_files_of_people_reach_the_bot(control, ptb_bot, amina):
    path = f"/people/{amina.id}/messages"
    await post(control, path, {"sticker": {"emoji": "🎉"}})
    await post(control, path, {"voice": {"durationS": 7}})
    await post(control, path, {"photo": {"caption": "My receipt"}})
    file = {"name": "clients.csv", "base64": "QXNoYSwwNzEyMzQ1Njc4"}
    _, shown = await post(control, path, {"document": file})

    sticker, voice, photo, document = (u.message for u in await ptb_bot.get_updates())

    assert (sticker.sticker.emoji, voice.voice.duration.total_seconds()) == ("🎉", 7)
    assert (photo.photo[-1].width, photo.caption) == (1, "My receipt")
    fetched = await (await document.document.get_file()).download_as_bytearray()
    assert (document.document.file_name, bytes(fetched)) == ("clients.csv", b"Asha,0712345678")
    assert shown["document"]["name"] == "clients.csv"


@pytest.mark.parametrize(
    "body",
    [
        {"sticker": {"emoji": 7}},
        {"voice": {"durationS": 0}},
        {"photo": {"base64": "SGFiYXJp"}},
        {"photo": {"caption": 7}},
        {"document": {"base64": "?"}},
        {"document": {"base64": ""}},
    ],
)
async def test_attachment_that_cannot_be_sent_is_explained(control, amina, body):
    status, explained = await post(control, f"/people/{amina.id}/messages", body)

    assert (status, bool(explained["error"])) == (400, True)


async def test_flood_limits_are_switched_on_and_off(control, ptb_bot, amina):
    await post(control, "/flood-limits", {"on": True})
    for _ in range(20):
        await ptb_bot.send_message(amina.id, "Hi")
    with pytest.raises(RetryAfter):
        await ptb_bot.send_message(amina.id, "Hi")

    await post(control, "/flood-limits", {"on": False})

    assert (await ptb_bot.send_message(amina.id, "Hi")).text == "Hi"
    assert (await post(control, "/flood-limits", {"on": 1}))[0] == 400


async def test_effects_are_passed_over_and_protected_messages_are_marked(ptb_bot, control, amina):
    sent = await ptb_bot.send_message(
        amina.id, "Paid", message_effect_id="5046509860389126442", protect_content=True
    )

    shown = await get(control, f"/people/{amina.id}/chat")
    assert (sent.has_protected_content, shown["messages"][-1]["protected"]) == (True, True)


async def test_body_that_is_no_json_is_explained(control):
    async with control.post("/api/telegram/people", data=b"{") as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "the body must be JSON"})


async def test_file_nobody_sent_is_not_found(control, telegram_server):
    token = telegram_server.telegram.token
    async with control.get("/api/telegram/files/nothing") as answer:
        assert answer.status == 404
    async with control.get(f"/file/bot{token}/documents/file_9.csv") as answer:
        assert answer.status == 404
    async with control.get("/file/bot42:wrong/documents/file_9.csv") as answer:
        assert answer.status == 401


async def test_nothing_can_be_repeated_before_the_first_update(control):
    assert (await post(control, "/updates/repeat"))[0] == 400


async def test_a_slow_telegram_carries_the_call_out_late(control, ptb_bot, local_telegram, amina):
    await post(control, "/faults", {"kind": "slow", "method": "sendMessage", "seconds": 0.3})

    sending = asyncio.create_task(ptb_bot.send_message(amina.id, "Receipt"))
    listed = await get(control, "/faults")
    assert [fault["kind"] for fault in listed["faults"]] in ([], ["slow"])
    assert local_telegram.messages.last_of(amina.id).text == "/start"
    await sending

    assert local_telegram.messages.last_of(amina.id).text == "Receipt"
    for wrong in (-1, 61, "1"):
        assert (await post(control, "/faults", {"kind": "slow", "seconds": wrong}))[0] == 400


async def test_one_kind_of_fault_can_be_forgotten(control):
    for kind in ("429", "slow", "429"):
        await post(control, "/faults", {"kind": kind})

    async with control.delete("/api/telegram/faults?kind=429") as answer:
        left = (await answer.json())["faults"]

    assert [fault["kind"] for fault in left] == ["slow"]
    assert (await get(control, "/faults"))["faults"] == left


async def test_a_chat_can_be_shown_from_its_end(control, ptb_bot, amina):
    for number in range(5):
        await ptb_bot.send_message(amina.id, f"Bill {number}")

    shown = await get(control, f"/people/{amina.id}/chat?last=2")

    assert [message["text"] for message in shown["messages"]] == ["Bill 3", "Bill 4"]
    assert shown["earlier"] == 4
    assert (await get(control, f"/people/{amina.id}/chat"))["earlier"] == 0
    for wrong in ("0", "-1", "x"):
        async with control.get(f"/api/telegram/people/{amina.id}/chat?last={wrong}") as answer:
            assert answer.status == 400
