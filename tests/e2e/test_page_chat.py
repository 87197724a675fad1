"""Telegram on the page, with the test as the bot: what is drawn, and what a person can do."""

import asyncio
import struct
import zlib

import pytest
from playwright.async_api import expect

from tests.e2e.browser import (
    ASHA,
    BRIAN,
    DESKTOP,
    MARKS,
    WANJIKU,
    keep_picture,
)
from tests.e2e.world import eventually

pytestmark = MARKS
COLOURS = [
    [
        {"text": "Plain", "callback_data": "plain"},
        {"text": "Blue", "callback_data": "blue", "style": "primary"},
        {"text": "Green", "callback_data": "green", "style": "success"},
        {"text": "Red", "callback_data": "red", "style": "danger"},
    ],
    [{"text": "Copy it", "copy_text": {"text": "UL5LXM8S7T"}}],
]
TEXT = (
    "<b>Bold</b> <i>italic</i> <tg-spoiler>secret</tg-spoiler> <code>FP1</code>\n"
    "<blockquote>quoted</blockquote>"
    '<tg-time unix="1798819200" format="Dt">1 January 2027, 19:00</tg-time> /menu'
)


def png(width=64, height=48):
    """A picture, as plain as they come."""

    def chunk(kind, body):
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = (b"\0" + b"\x20\x60\xa0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


async def _copied(page, text):
    """Wait for a press on something that can be copied to have its effect."""

    async def clipboard():
        return await page.evaluate("navigator.clipboard.readText()")

    await eventually(clipboard, lambda copied: copied == text)


async def test_a_text_is_drawn_with_its_entities_and_a_spoiler_waits_for_its_reader(page, stage):
    sent = await stage.bot("sendMessage", chat_id=ASHA, text=TEXT, parse_mode="HTML")

    bubble = page.get_by_test_id(f"message-{sent['message_id']}")
    await expect(bubble.locator("b")).to_have_text("Bold")
    await expect(bubble.locator("blockquote")).to_have_text("quoted")
    await expect(bubble.locator("time")).to_have_text("1 January 2027 at 19:00")
    spoiler = bubble.locator(".tg-spoiler")
    await expect(spoiler).to_have_css("color", "rgba(0, 0, 0, 0)")
    await spoiler.press("Enter")
    await expect(spoiler).not_to_have_css("color", "rgba(0, 0, 0, 0)")
    await bubble.locator("code").click()
    await _copied(page, "FP1")
    await bubble.locator(".tg-command").click()
    assert [each["message"]["text"] for each in await stage.updates(timeout=50)] == ["/menu"]


async def test_what_is_typed_is_never_markup(page, stage):
    await page.get_by_test_id("message-input").fill("<img src=x onerror=alert(1)>")
    await page.get_by_test_id("message-input").press("Enter")

    await expect(page.get_by_test_id("messages")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await page.locator("#bubbles img").count() == 0
    await stage.updates()


async def test_a_press_brings_the_bots_toast_or_alert_and_an_edit_keeps_its_place(page, stage):
    keyboard = {"inline_keyboard": COLOURS}
    sent = await stage.bot("sendMessage", chat_id=ASHA, text="Choose", reply_markup=keyboard)
    bubble = page.get_by_test_id(f"message-{sent['message_id']}")
    button = bubble.get_by_role("button", name="Green")
    await button.focus()

    await button.press("Enter")
    [update] = await stage.updates(timeout=50)
    query = update["callback_query"]
    assert query["data"] == "green"
    await stage.bot("answerCallbackQuery", callback_query_id=query["id"], text="Done.")
    await stage.bot(
        "editMessageText",
        chat_id=ASHA,
        message_id=sent["message_id"],
        text="Chosen",
        reply_markup=keyboard,
    )

    await expect(page.get_by_test_id("toast")).to_have_text("Done.")
    await expect(bubble.get_by_test_id("edited")).to_be_visible()
    await expect(bubble.get_by_role("button", name="Green")).to_be_focused()
    await keep_picture(page, "chat-buttons")

    await bubble.get_by_role("button", name="Red").click()
    [update] = await stage.updates(timeout=50)
    await stage.bot(
        "answerCallbackQuery",
        callback_query_id=update["callback_query"]["id"],
        text="Are you sure?",
        show_alert=True,
    )
    await expect(page.get_by_test_id("alert")).to_contain_text("Are you sure?")
    await page.get_by_test_id("alert-ok").click()
    await bubble.get_by_role("button", name="Copy it").click()
    await _copied(page, "UL5LXM8S7T")


async def test_pictures_open_large_and_documents_are_saved_under_their_names(page, stage):
    photo = {"photo": ("chart.png", png(), "image/png")}
    await stage.bot("sendPhoto", files=photo, chat_id=str(ASHA), caption="This month")
    report = {"document": ("report.csv", b"client,kes\nAsha,2500\n", "text/csv")}
    await stage.bot("sendDocument", files=report, chat_id=str(ASHA))

    await page.get_by_role("button", name="Picture: This month").click()
    await expect(page.get_by_test_id("picture-dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    async with page.expect_download() as download:
        await page.get_by_test_id("document").click()
    saved = await download.value
    assert saved.suggested_filename == "report.csv"
    assert (await saved.path()).read_text() == "client,kes\nAsha,2500\n"


@pytest.mark.parametrize("size", [(1600, 1400), (2600, 900), (60, 40)], ids=str)
async def test_a_picture_that_is_opened_large_fills_its_dialog(page, stage, size):
    photo = {"photo": ("chart.png", png(*size), "image/png")}
    await stage.bot("sendPhoto", files=photo, chat_id=str(ASHA), caption=f"Chart {size}")
    await page.get_by_role("button", name=f"Picture: Chart {size}").click()

    dialog = page.get_by_test_id("picture-dialog")
    await expect(dialog).to_be_visible()
    frame, picture = await dialog.bounding_box(), await dialog.get_by_role("img").bounding_box()
    left = picture["x"] - frame["x"]
    right = frame["x"] + frame["width"] - picture["x"] - picture["width"]
    assert abs(left - right) < 2
    assert picture["width"] < 100 or left < 30
    assert picture["width"] / picture["height"] == pytest.approx(size[0] / size[1], rel=0.02)
    assert frame["x"] + frame["width"] / 2 == pytest.approx(DESKTOP["width"] / 2, abs=2)
    await page.keyboard.press("Escape")


async def test_typing_is_shown_until_the_message_comes(page, stage):
    await stage.bot("sendChatAction", chat_id=ASHA, action="typing")
    await expect(page.get_by_test_id("typing")).to_have_text("typing")

    await stage.bot("sendMessage", chat_id=ASHA, text="Here it is")
    await expect(page.get_by_test_id("typing")).to_have_text("")


async def test_a_reply_keyboard_asks_for_the_contact_that_is_ones_own(page, stage):
    rows = [[{"text": "Share my number", "request_contact": True, "style": "primary"}]]
    keyboard = {"keyboard": rows, "one_time_keyboard": True}
    await stage.bot("sendMessage", chat_id=ASHA, text="Your number?", reply_markup=keyboard)

    await page.get_by_test_id("reply-button").click()
    await page.get_by_test_id("contact-own").click()

    await expect(page.get_by_test_id("reply-keyboard")).to_be_hidden()
    [update] = await stage.updates(timeout=50)
    assert update["message"]["contact"]["user_id"] == ASHA


async def test_the_menu_holds_the_commands_and_somebody_elses_contact(page, stage):
    commands = [{"command": "menu", "description": "Where things stand"}]
    await stage.bot("setMyCommands", commands=commands)
    await page.get_by_test_id("menu").click()
    await page.get_by_test_id("command-menu").click()
    await page.get_by_test_id("menu").click()
    await page.get_by_test_id("share-contact").click()
    await page.get_by_test_id("contact-name").fill("Otieno")
    await page.get_by_test_id("contact-number").fill("0712 345 002")
    await page.get_by_test_id("contact-send").click()

    await expect(page.get_by_test_id("messages")).to_contain_text("+254712345002")
    command, shared = await stage.updates()
    assert command["message"]["text"] == "/menu"
    assert shared["message"]["contact"] == {"first_name": "Otieno", "phone_number": "254712345002"}


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0733111222", "👤Otieno0733111222"),
        ("254733111222", "👤Otieno+254733111222"),
        ("+254733111222", "👤Otieno+254733111222"),
    ],
)
async def test_a_contacts_number_is_shown_in_the_form_in_which_it_was_shared(
    page, stage, number, shown
):
    sent = await stage.bot("sendContact", chat_id=ASHA, phone_number=number, first_name="Otieno")

    bubble = page.get_by_test_id(f"message-{sent['message_id']}")
    await expect(bubble).to_contain_text(shown)


async def test_the_bots_name_in_the_field_shows_what_it_offers_to_send(page, stage):
    await page.get_by_test_id("message-input").fill("@FluxPaySandboxBot ash")
    [update] = await stage.updates(timeout=50)
    query = update["inline_query"]
    assert query["query"] == "ash"
    article = {
        "type": "article",
        "id": "7",
        "title": "Asha Mwangi",
        "description": "Gold, paid",
        "input_message_content": {"message_text": "Client Asha Mwangi"},
    }
    await stage.bot("answerInlineQuery", inline_query_id=query["id"], results=[article])

    await page.get_by_test_id("inline-result").click()

    await expect(page.get_by_test_id("messages")).to_contain_text("Client Asha Mwangi")
    await expect(page.get_by_test_id("inline-results")).to_be_hidden()
    [sent] = [each for each in await stage.updates() if "message" in each]
    assert sent["message"]["via_bot"]["username"] == "FluxPaySandboxBot"


async def test_others_news_are_counted_until_they_are_read_and_blocking_ends_them(page, stage):
    await stage.api(f"/api/telegram/people/{WANJIKU}/messages", {"text": "/start"})
    await stage.updates()
    for number in range(3):
        await stage.bot("sendMessage", chat_id=WANJIKU, text=f"News {number}")
    await expect(page.get_by_test_id(f"unread-{WANJIKU}")).to_have_text("3")

    await page.get_by_test_id(f"person-{WANJIKU}").click()
    await expect(page.get_by_test_id(f"unread-{WANJIKU}")).to_be_hidden()
    await page.get_by_test_id("block").click()
    await expect(page.get_by_test_id("start")).to_have_text("Unblock and restart")
    await page.get_by_test_id("start").click()
    await expect(page.get_by_test_id("message-input")).to_be_visible()


async def test_a_stranger_reads_what_the_bot_says_of_itself(page, stage):
    await stage.bot("setMyDescription", description="I collect regular payments.")
    await page.get_by_test_id(f"person-{BRIAN}").click()
    await expect(page.get_by_test_id("welcome")).to_have_text("I collect regular payments.")


async def test_a_long_chat_is_drawn_in_parts_and_stays_where_it_is_read(page, stage):
    telegram = stage.sandbox.world.telegram
    for number in range(400):
        content, keyboard = {"text": f"Bill {number}"}, {"inline_keyboard": COLOURS}
        telegram.messages.add(
            chat_id=ASHA,
            sender_id=None,
            sent_at_s=telegram.now_s(),
            content=content,
            inline_keyboard=keyboard,
        )
    await page.reload()
    messages = page.get_by_test_id("messages")
    await expect(messages).to_contain_text("Bill 399")
    assert await page.locator("#bubbles article").count() == 60

    await page.get_by_test_id("earlier").click()
    await expect(page.locator("#bubbles article")).to_have_count(210)
    await messages.evaluate("box => { box.scrollTop = 300; }")
    first_seen = (
        "box => document.elementFromPoint(box.getBoundingClientRect().x + 60, 300)?.textContent"
    )
    before = await messages.evaluate(first_seen)
    await stage.bot("editMessageText", chat_id=ASHA, message_id=await _newest(stage), text="Paid")
    await expect(messages).to_contain_text("Paid")
    assert await messages.evaluate(first_seen) == before


async def test_a_storm_of_news_is_a_few_fetches(page, stage):
    asked = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/chat" in request.url else None
    )
    await asyncio.gather(
        *(stage.bot("sendMessage", chat_id=ASHA, text=f"Storm {number}") for number in range(60))
    )
    await expect(page.locator("#bubbles article").last).to_contain_text("Storm")
    assert len(asked) < 40


async def _newest(stage):
    chat = await stage.api(f"/api/telegram/people/{ASHA}/chat?last=1")
    return chat["messages"][0]["id"]
