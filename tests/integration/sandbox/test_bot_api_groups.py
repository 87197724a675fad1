"""Groups: people make one with the bot in it, write there, and throw the bot out."""

import asyncio

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, Forbidden

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
PAY = InlineKeyboardMarkup([[InlineKeyboardButton("Pay", callback_data="pay:7")]])


async def post(control, path: str, body=None) -> tuple[int, dict]:
    async with control.post(f"/api/telegram{path}", json=body or {}) as answer:
        return answer.status, await answer.json()


@pytest.fixture
async def chama(control, amina) -> int:
    """Amina's group with the bot in it."""
    _, group = await post(control, f"/people/{amina.id}/groups", {"title": "Chama"})
    return group["id"]


@pytest.fixture
def write(control, amina, chama):
    async def write(text, *, person=amina):
        body = {"text": text, "chatId": chama}
        return await post(control, f"/people/{person.id}/messages", body)

    return write


async def updates(bot):
    """Take what waits."""
    taken = await bot.get_updates(allowed_updates=ALLOWED)
    if taken:
        await bot.get_updates(offset=taken[-1].update_id + 1)
    return taken


async def test_bot_that_is_added_hears_of_its_membership_and_of_the_group(ptb_bot, amina, chama):
    member, made = await updates(ptb_bot)

    assert (member.my_chat_member.chat.type, chama < 0) == ("group", True)
    assert member.my_chat_member.new_chat_member.status == "member"
    assert member.my_chat_member.from_user.id == amina.id
    assert (made.message.chat.title, made.message.group_chat_created) == ("Chama", True)


async def test_of_talk_in_a_group_the_bot_hears_commands_and_replies_to_itself(
    ptb_bot, chama, write
):
    await updates(ptb_bot)
    await write("Habari")
    await write("/menu@AnotherBot")
    await write("/menu@FluxPaySandboxBot")
    await ptb_bot.send_message(chama, "How much?", reply_markup=ForceReply())
    await write("500")

    command, reply = await updates(ptb_bot)

    assert (command.message.text, command.message.chat.id) == ("/menu@FluxPaySandboxBot", chama)
    assert (reply.message.text, reply.message.reply_to_message.text) == ("500", "How much?")


async def test_members_press_buttons_and_read_their_own_menu(ptb_bot, control, amina, chama):
    await updates(ptb_bot)
    await ptb_bot.set_my_commands(
        [BotCommand("menu", "Menu")], scope=BotCommandScopeAllGroupChats()
    )
    sent = await ptb_bot.send_message(chama, "Due", reply_markup=PAY)
    press = {"messageId": sent.message_id, "data": "pay:7", "chatId": chama}
    async with control.get(f"/api/telegram/groups/{chama}/chat") as answer:
        shown = await answer.json()
    pressing = asyncio.create_task(post(control, f"/people/{amina.id}/presses", press))
    (update,) = await ptb_bot.get_updates(timeout=5)
    await update.callback_query.answer("Asante")

    assert [command["command"] for command in shown["commands"]] == ["menu"]
    assert update.callback_query.message.chat.id == chama
    assert (await pressing)[1]["answer"]["text"] == "Asante"


async def test_only_members_write_and_only_the_founder_throws_the_bot_out(
    control, stranger, amina, chama, write
):
    assert (await write("Hi", person=stranger))[0] == 400
    path = f"/groups/{chama}"

    assert (await post(control, f"/people/{stranger.id}{path}/join"))[0] == 200
    assert (await write("Hi", person=stranger))[0] == 201
    assert (await post(control, f"/people/{stranger.id}{path}/remove-bot"))[0] == 400
    assert (await post(control, f"/people/{amina.id}{path}/remove-bot"))[1]["hasBot"] is False
    assert (await post(control, f"/people/{amina.id}{path}/remove-bot"))[0] == 400


async def test_bot_that_was_thrown_out_hears_nothing_and_cannot_write(
    ptb_bot, control, amina, chama, write
):
    await post(control, f"/people/{amina.id}/groups/{chama}/remove-bot")
    await write("/menu")

    heard = await updates(ptb_bot)

    assert heard[-1].message.left_chat_member.id == ptb_bot.id
    assert heard[-2].my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await ptb_bot.send_message(chama, "Hi")
    await post(control, f"/people/{amina.id}/groups/{chama}/add-bot")
    assert (await ptb_bot.send_message(chama, "Back")).chat.title == "Chama"
    (back, _joined) = await updates(ptb_bot)
    assert back.my_chat_member.new_chat_member.status == "member"


async def test_group_takes_no_request_for_a_number_and_no_deleting_of_others_messages(
    ptb_bot, chama, write
):
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Share", request_contact=True)]])
    with pytest.raises(BadRequest, match="can be requested in private chats only"):
        await ptb_bot.send_message(chama, "Your number?", reply_markup=keyboard)
    _, said = await write("Hi")

    with pytest.raises(BadRequest, match=r"(?i)message can't be deleted"):
        await ptb_bot.delete_message(chama, said["id"])
    assert await ptb_bot.delete_messages(chama, [said["id"]])
    own = await ptb_bot.send_message(chama, "Mine")
    assert await ptb_bot.delete_message(chama, own.message_id)


async def test_members_of_a_group_are_known_and_the_bot_can_leave(ptb_bot, amina, stranger, chama):
    assert (await ptb_bot.get_chat_member(chama, amina.id)).status == "creator"
    with pytest.raises(BadRequest, match=r"(?i)member not found"):
        await ptb_bot.get_chat_member(chama, stranger.id)
    assert (await ptb_bot.get_chat(chama)).title == "Chama"
    with pytest.raises(BadRequest, match="private chats"):
        await ptb_bot.leave_chat(amina.id)
    assert await ptb_bot.leave_chat(chama)
    assert (await ptb_bot.get_chat_member(amina.id, ptb_bot.id)).status == "member"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people/{id}/groups", {"title": " "}, 400),
        ("/people/{id}/groups/-1/join", {}, 404),
        ("/people/{id}/messages", {"text": "Hi", "chatId": -1}, 404),
        ("/people/{id}/messages", {"text": "Hi", "chatId": "x"}, 400),
    ],
)
async def test_what_nobody_can_do_in_groups_is_explained(control, amina, path, body, status):
    answered, explained = await post(control, path.format(id=amina.id), body)

    assert (answered, bool(explained["error"])) == (status, True)
