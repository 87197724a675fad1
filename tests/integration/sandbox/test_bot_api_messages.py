import io
import struct
import zlib

import pytest
from telegram import (
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import KeyboardButtonStyle, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken

from sandbox.telegram import acts


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x80" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def button(text: str, data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)]])


async def refused(awaitable, error=BadRequest) -> str:
    with pytest.raises(error) as caught:
        await awaitable
    return caught.value.message


async def test_bot_is_known_by_its_token(ptb_bot, local_telegram):
    me = await ptb_bot.get_me()

    assert (me.id, me.is_bot, me.username) == (7000000001, True, local_telegram.username)


async def test_another_token_is_unauthorized(telegram_server):
    with pytest.raises(InvalidToken):
        async with telegram_server.bot("7000000001:wrong"):
            pass


async def test_text_arrives_with_entities_counted_in_utf16(ptb_bot, amina, hand_clock):
    sent = await ptb_bot.send_message(
        amina.id, "💰 <b>KES 500</b> &amp; <i>more</i>", parse_mode=ParseMode.HTML
    )

    assert sent.text == "💰 KES 500 & more"
    assert sent.parse_entities() == {sent.entities[0]: "KES 500", sent.entities[1]: "more"}
    assert sent.date == hand_clock.now()


async def test_bot_cannot_write_first(ptb_bot, stranger):
    assert await refused(ptb_bot.send_message(stranger.id, "Hello")) == "Chat not found"


async def test_bot_cannot_write_to_who_blocked_it(ptb_bot, local_telegram, amina):
    acts.block(local_telegram, amina)

    reason = await refused(ptb_bot.send_message(amina.id, "Hello"), Forbidden)

    assert reason == "Forbidden: bot was blocked by the user"
    acts.unblock(local_telegram, amina)
    assert (await ptb_bot.send_message(amina.id, "Hello")).text == "Hello"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>open", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("  \n ", "Message text is empty"),
        ("x" * 4097, "Message is too long"),
    ],
)
async def test_text_that_telegram_would_not_take_is_refused(ptb_bot, amina, text, reason):
    assert (
        await refused(ptb_bot.send_message(amina.id, text, parse_mode="HTML"))
    ).lower() == reason.lower()


async def test_styled_copy_and_url_buttons_come_back_as_sent(ptb_bot, amina):
    keyboard = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    "Pay", callback_data="pay:7", style=KeyboardButtonStyle.SUCCESS
                ),
                InlineKeyboardButton("Copy", copy_text=CopyTextButton("QK12AB34")),
            ],
            [InlineKeyboardButton("Open", url="https://example.com/a?b=1")],
        ]
    )

    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=keyboard)

    assert sent.reply_markup == keyboard


async def test_callback_data_of_65_bytes_is_refused(ptb_bot, amina):
    fits, too_long = "x" * 64, "é" * 32 + "x"

    await ptb_bot.send_message(amina.id, "Due", reply_markup=button("Pay", fits))
    reason = await refused(
        ptb_bot.send_message(amina.id, "Due", reply_markup=button("Pay", too_long))
    )

    assert reason == "Button_data_invalid"


async def test_edit_changes_text_and_drops_buttons_that_are_not_given_again(
    ptb_bot, amina, control
):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=button("Pay", "pay"))

    edited = await ptb_bot.edit_message_text("Paid", amina.id, sent.message_id)

    assert (edited.text, edited.reply_markup) == ("Paid", None)
    assert edited.edit_date is not None
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        shown = (await answer.json())["messages"][-1]
    assert (shown["text"], shown["edited"], shown["buttons"]) == ("Paid", True, [])


async def test_edit_to_the_same_is_not_modified(ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "Due", reply_markup=button("Pay", "pay"))

    reason = await refused(
        ptb_bot.edit_message_text(
            "Due", amina.id, sent.message_id, reply_markup=button("Pay", "pay")
        )
    )

    assert reason == (
        "Message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )


async def test_only_the_bots_own_messages_can_be_edited(ptb_bot, local_telegram, amina):
    theirs = acts.say(local_telegram, amina, "Hi")

    assert (
        await refused(ptb_bot.edit_message_text("X", amina.id, theirs.id))
        == "Message can't be edited"
    )
    assert (
        await refused(ptb_bot.edit_message_text("X", amina.id, 9999))
        == "Message to edit not found"
    )


async def test_buttons_alone_can_be_taken_away_without_a_mark_of_editing(ptb_bot, amina, control):
    sent = await ptb_bot.send_message(amina.id, "Plan?", reply_markup=button("Gold", "g"))

    await ptb_bot.edit_message_reply_markup(amina.id, sent.message_id)

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        shown = (await answer.json())["messages"][-1]
    assert (shown["edited"], shown["buttons"]) == (False, [])


async def test_deleted_message_is_gone_and_cannot_be_deleted_again(ptb_bot, amina, control):
    sent = await ptb_bot.send_message(amina.id, "Oops")

    assert await ptb_bot.delete_message(amina.id, sent.message_id)

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert [m["text"] for m in (await answer.json())["messages"]] == ["/start"]
    reason = await refused(ptb_bot.delete_message(amina.id, sent.message_id))
    assert reason == "Message to delete not found"


async def test_message_older_than_48_hours_cannot_be_deleted(ptb_bot, amina, hand_clock):
    sent = await ptb_bot.send_message(amina.id, "Old")
    hand_clock.advance(48 * 3600 + 1)

    reason = await refused(ptb_bot.delete_message(amina.id, sent.message_id))

    assert reason == "Message can't be deleted for everyone"


async def test_many_messages_are_deleted_at_once_and_missing_ones_do_not_matter(ptb_bot, amina):
    sent = [await ptb_bot.send_message(amina.id, text) for text in ("one", "two")]

    assert await ptb_bot.delete_messages(amina.id, [m.message_id for m in sent] + [4242])

    reason = await refused(ptb_bot.edit_message_text("X", amina.id, sent[0].message_id))
    assert reason == "Message to edit not found"


async def test_photo_can_be_uploaded_fetched_and_sent_again_by_its_id(ptb_bot, amina, control):
    picture = png(30, 20)

    sent = await ptb_bot.send_photo(
        amina.id, io.BytesIO(picture), caption="<b>QR</b>", parse_mode="HTML"
    )

    assert (sent.photo[-1].width, sent.photo[-1].height, sent.caption) == (30, 20, "QR")
    fetched = await (await ptb_bot.get_file(sent.photo[-1].file_id)).download_as_bytearray()
    assert bytes(fetched) == picture
    again = await ptb_bot.send_photo(amina.id, sent.photo[-1].file_id)
    assert again.photo == sent.photo
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        url = (await answer.json())["messages"][-1]["photo"]
    async with control.get(url) as answer:
        assert (await answer.read(), answer.content_type) == (picture, "image/png")


async def test_what_is_no_picture_is_no_photo(ptb_bot, amina):
    assert await refused(ptb_bot.send_photo(amina.id, b"hello")) == "Image_process_failed"


async def test_document_keeps_its_name_and_is_offered_as_a_download(ptb_bot, amina, control):
    report = b"name,amount\n" * 200_000

    sent = await ptb_bot.send_document(
        amina.id, report, filename="payments.csv", caption="November", protect_content=True
    )

    assert (sent.document.file_name, sent.document.file_size) == ("payments.csv", len(report))
    assert sent.document.mime_type == "text/csv"
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        shown = (await answer.json())["messages"][-1]
    assert (shown["document"]["name"], shown["protected"]) == ("payments.csv", True)
    async with control.get(shown["document"]["url"]) as answer:
        assert await answer.read() == report
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_document_cannot_be_sent_as_a_photo(ptb_bot, amina):
    sent = await ptb_bot.send_document(amina.id, b"a,b", filename="a.csv")

    reason = await refused(ptb_bot.send_photo(amina.id, sent.document.file_id))

    assert reason == "Can't use file of type document as photo"


async def test_caption_and_media_can_be_edited(ptb_bot, amina):
    sent = await ptb_bot.send_photo(amina.id, png(8, 8), caption="Draft")

    captioned = await ptb_bot.edit_message_caption(amina.id, sent.message_id, caption="Final")
    replaced = await ptb_bot.edit_message_media(
        InputMediaPhoto(png(9, 9), caption="New"), amina.id, sent.message_id
    )

    assert captioned.caption == "Final"
    assert (replaced.photo[-1].width, replaced.caption) == (9, "New")
    reason = await refused(ptb_bot.edit_message_text("X", amina.id, sent.message_id))
    assert reason == "There is no text in the message to edit"


async def test_album_is_one_group_of_one_kind(ptb_bot, amina):
    photos = [InputMediaPhoto(png(8, 8), caption="A"), InputMediaPhoto(png(9, 9))]

    sent = await ptb_bot.send_media_group(amina.id, photos)

    assert len({message.media_group_id for message in sent}) == 1
    assert [message.photo[-1].width for message in sent] == [8, 9]
    mixed = [InputMediaPhoto(png(8, 8)), InputMediaDocument(b"a", filename="a.txt")]
    assert "mixed" in await refused(ptb_bot.send_media_group(amina.id, mixed))


async def test_reply_keyboard_stays_until_it_is_removed(ptb_bot, amina, control):
    keyboard = ReplyKeyboardMarkup(
        [[KeyboardButton("Share", request_contact=True)], ["Skip"]],
        resize_keyboard=True,
        input_field_placeholder="07..",
    )

    sent = await ptb_bot.send_message(amina.id, "Your number?", reply_markup=keyboard)
    await ptb_bot.send_message(amina.id, "Please")

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        shown = (await answer.json())["replyKeyboard"]
    assert [[b["text"], b["kind"]] for row in shown["rows"] for b in row] == [
        ["Share", "contact"],
        ["Skip", "text"],
    ]
    assert (shown["placeholder"], shown["resize"], shown["oneTime"]) == ("07..", True, False)
    reason = await refused(ptb_bot.edit_message_text("X", amina.id, sent.message_id))
    assert reason == "Message can't be edited"
    await ptb_bot.send_message(amina.id, "Thanks", reply_markup=ReplyKeyboardRemove())
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert (await answer.json())["replyKeyboard"] is None


async def test_one_time_keyboard_hides_when_its_button_is_used(
    ptb_bot, local_telegram, amina, control
):
    keyboard = ReplyKeyboardMarkup([["Yes", "No"]], one_time_keyboard=True)
    await ptb_bot.send_message(amina.id, "Sure?", reply_markup=keyboard)

    acts.say(local_telegram, amina, "hm")
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert (await answer.json())["replyKeyboard"] is not None
    acts.say(local_telegram, amina, "Yes")

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert (await answer.json())["replyKeyboard"] is None


async def test_forced_reply_quotes_the_question_once(ptb_bot, local_telegram, amina):
    asked = await ptb_bot.send_message(amina.id, "Name?", reply_markup=ForceReply())

    acts.say(local_telegram, amina, "Gold")
    acts.say(local_telegram, amina, "Silver")

    first, second = [update.message for update in await ptb_bot.get_updates()]
    assert first.reply_to_message.message_id == asked.message_id
    assert second.reply_to_message is None


async def test_reply_needs_its_message(ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "One")

    reply = await ptb_bot.send_message(amina.id, "Two", reply_to_message_id=sent.message_id)

    assert reply.reply_to_message.text == "One"
    reason = await refused(ptb_bot.send_message(amina.id, "Three", reply_to_message_id=999))
    assert reason == "Message to be replied not found"


async def test_copy_forgets_and_forward_names_the_author(ptb_bot, local_telegram, amina):
    theirs = acts.say(local_telegram, amina, "Original")

    copy = await ptb_bot.copy_message(amina.id, amina.id, theirs.id)
    forward = await ptb_bot.forward_message(amina.id, amina.id, theirs.id)

    assert copy.message_id > theirs.id
    assert forward.forward_origin.sender_user.id == amina.id
    assert forward.text == "Original"


async def test_protected_message_can_be_neither_copied_nor_forwarded(ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "Report", protect_content=True)

    assert "can't be copied" in await refused(
        ptb_bot.copy_message(amina.id, amina.id, sent.message_id)
    )
    assert "can't be forwarded" in await refused(
        ptb_bot.forward_message(amina.id, amina.id, sent.message_id)
    )


async def test_typing_shows_for_five_seconds_or_until_the_message(
    ptb_bot, amina, control, hand_clock
):
    async def is_typing() -> bool:
        async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
            return (await answer.json())["typing"]

    await ptb_bot.send_chat_action(amina.id, "typing")
    assert await is_typing()
    hand_clock.advance(5)
    assert not await is_typing()
    await ptb_bot.send_chat_action(amina.id, "typing")
    await ptb_bot.send_message(amina.id, "Done")
    assert not await is_typing()


async def test_draft_vanishes_with_the_message(ptb_bot, amina, control):
    await ptb_bot.send_message_draft(amina.id, 1, "Thinking")
    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert (await answer.json())["draft"] == "Thinking"

    await ptb_bot.send_message(amina.id, "Done")

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        assert (await answer.json())["draft"] is None


async def test_contact_of_the_bot_and_reaction_are_shown(ptb_bot, local_telegram, amina, control):
    theirs = acts.say(local_telegram, amina, "Thanks")
    await ptb_bot.set_message_reaction(amina.id, theirs.id, ReactionTypeEmoji("❤"))
    await ptb_bot.send_contact(amina.id, "+254700000001", "Shop")

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        liked, contact = (await answer.json())["messages"][-2:]
    assert liked["reaction"] == "❤"
    assert contact["contact"]["phoneNumber"] == "+254700000001"
    reason = await refused(ptb_bot.set_message_reaction(amina.id, theirs.id, "🧮"))
    assert reason == "Reaction_invalid"


async def test_pinned_message_is_told_by_get_chat(ptb_bot, amina):
    sent = await ptb_bot.send_message(amina.id, "Rules")

    await ptb_bot.pin_chat_message(amina.id, sent.message_id)

    assert (await ptb_bot.get_chat(amina.id)).pinned_message.message_id == sent.message_id
    await ptb_bot.unpin_chat_message(amina.id)
    assert (await ptb_bot.get_chat(amina.id)).pinned_message is None
    assert await refused(ptb_bot.unpin_chat_message(amina.id)) == "Message to unpin not found"


async def test_chat_members_are_the_person_and_the_bot(ptb_bot, local_telegram, amina):
    acts.block(local_telegram, amina)

    assert (await ptb_bot.get_chat_member(amina.id, amina.id)).status == "member"
    assert (await ptb_bot.get_chat_member(amina.id, ptb_bot.id)).status == "kicked"
    assert await refused(ptb_bot.get_chat_member(amina.id, 42)) == "Member not found"
