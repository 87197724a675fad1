"""Groups, attachments and limits on the page, with the test as the bot."""

from playwright.async_api import expect

from sandbox.mpesa.faults import FaultKind
from sandbox.telegram.faults import FAULT_KINDS
from tests.e2e.browser import (
    ASHA,
    BRIAN,
    MARKS,
    keep_picture,
)
from tests.e2e.test_page_chat import png

pytestmark = MARKS


async def test_a_group_is_made_joined_talked_in_and_left_to_itself(page, stage):
    await page.get_by_test_id("menu").click()
    await page.get_by_test_id("make-group").click()
    await page.get_by_test_id("group-title").fill("Chama")
    await page.get_by_test_id("save-group").click()
    await expect(page.locator("#chat-title")).to_have_text("Chama")
    [added, *_] = await stage.updates(timeout=50)
    group = added["my_chat_member"]["chat"]["id"]

    await page.get_by_test_id("message-input").fill("/menu")
    await page.get_by_test_id("send").click()
    [command] = [each for each in await stage.updates(timeout=50) if "message" in each]
    assert command["message"]["chat"]["id"] == group
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    await stage.bot("sendMessage", chat_id=group, text="Here?", reply_markup=keyboard)
    await page.get_by_role("button", name="Yes").click()
    [press] = await stage.updates(timeout=50)
    answer = {"callback_query_id": press["callback_query"]["id"], "text": "Good."}
    await stage.bot("answerCallbackQuery", **answer)
    await expect(page.get_by_test_id("toast")).to_have_text("Good.")

    await page.get_by_test_id(f"person-{BRIAN}").click()
    await page.get_by_test_id(f"group-{group}").click()
    await page.get_by_test_id("start").click()
    await expect(page.get_by_test_id("chat-status")).to_contain_text("you are Brian, with 1 other")
    await expect(page.locator("article", has_text="/menu").locator(".sender")).to_have_text("Asha")
    await expect(page.get_by_test_id("block")).to_be_hidden()
    await keep_picture(page, "group")

    await page.get_by_test_id(f"person-{ASHA}").click()
    await page.get_by_test_id(f"group-{group}").click()
    await page.get_by_test_id("block").click()
    await expect(page.get_by_test_id("start")).to_have_text("Put the bot back")
    await page.get_by_test_id(f"person-{ASHA}").click()
    await expect(page.locator("#chat-title")).not_to_have_text("Chama")
    await stage.updates()


async def test_pictures_files_stickers_and_voice_messages_reach_the_bot(page, stage):
    await stage.updates()
    for name in ("send-sticker", "send-voice"):
        await page.get_by_test_id("menu").click()
        await page.get_by_test_id(name).click()
    picked = {"name": "slip.png", "mimeType": "image/png", "buffer": png()}
    for name in ("send-picture", "send-file"):
        await page.get_by_test_id("menu").click()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_test_id(name).click()
        await (await chooser.value).set_files(picked)

    await expect(page.get_by_test_id("document")).to_contain_text("slip.png")
    await expect(page.get_by_test_id("photo").first).to_be_visible()
    sent = [update["message"] for update in await stage.updates()]
    kinds = ("sticker", "voice", "photo", "document")
    assert [kind for message in sent for kind in kinds if kind in message] == list(kinds)


async def test_every_fault_of_the_sandbox_has_a_tile_that_says_what_it_means(page, stage):
    for kind in [*FaultKind, *FAULT_KINDS]:
        tile = page.get_by_test_id(f"fault-{kind}")
        assert await tile.get_attribute("title")
        await tile.click()
        await expect(tile).to_have_attribute("aria-pressed", "true")
    await page.get_by_test_id("clear-faults").click()
    await expect(page.locator("#faults [aria-pressed=true]")).to_have_count(0)


async def test_telegrams_own_limits_can_be_switched(page, stage):
    limits = page.get_by_test_id("flood-limits")
    before = (await stage.api("/api/telegram"))["floodLimits"]
    await expect(limits).to_have_attribute("aria-checked", str(before).lower())
    await limits.click()
    await expect(limits).to_have_attribute("aria-checked", str(not before).lower())
    assert (await stage.api("/api/telegram"))["floodLimits"] is not before
