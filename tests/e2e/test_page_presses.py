"""No press is lost on the page and no keyboard loses its place, with the test as the bot."""

import asyncio

from playwright.async_api import expect

from tests.e2e.browser import ASHA, ASHAS_NUMBER, MARKS

pytestmark = MARKS
KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}


async def test_a_press_counts_though_the_one_before_is_on_its_way_yet(page):
    may_arrive = asyncio.Event()

    async def hold(route):
        answer = await route.fetch()
        await may_arrive.wait()
        await route.fulfill(response=answer)

    await page.route(f"**/api/phones/{ASHAS_NUMBER}", hold)
    switch = page.get_by_test_id("phone-on")
    await switch.click()
    await expect(switch).to_have_text("Phone is off")
    await switch.click()
    may_arrive.set()

    await expect(switch).to_have_text("Phone is on")


async def test_a_double_click_is_one_press(page, stage):
    before = await stage.api("/api/clock")
    await page.get_by_test_id("clock-day").dblclick()
    await expect(page.get_by_test_id("clock-day")).not_to_have_attribute("aria-busy", "true")

    after = await stage.api("/api/clock")
    assert after["offsetS"] - before["offsetS"] == 86_400


async def test_a_button_that_is_drawn_anew_under_the_mouse_is_pressed(page, stage):
    await page.clock.install()
    sent = await stage.bot("sendMessage", chat_id=ASHA, text="Sure?", reply_markup=KEYBOARD)
    bubble = page.get_by_test_id(f"message-{sent['message_id']}")
    await bubble.get_by_role("button", name="Yes").hover()
    await page.mouse.down()
    await page.clock.fast_forward(20_000)  # However long he takes.
    async with page.expect_response(lambda answer: "/chat" in answer.url):
        await stage.bot(
            "editMessageText",
            chat_id=ASHA,
            message_id=sent["message_id"],
            text="Really?",
            reply_markup=KEYBOARD,
        )
    await page.mouse.up()

    [update] = await stage.updates(timeout=50)
    assert update["callback_query"]["data"] == "yes"
    await expect(bubble).to_contain_text("Really?")


async def test_the_keyboard_stays_on_its_button_while_news_come_into_a_long_chat(page, stage):
    telegram = stage.sandbox.world.telegram
    for number in range(70):
        telegram.messages.add(
            chat_id=ASHA,
            sender_id=None,
            sent_at_s=telegram.now_s(),
            content={"text": f"Bill {number}"},
            inline_keyboard=KEYBOARD,
        )
    await page.reload()
    button = page.locator("#bubbles article", has_text="Bill 69").get_by_role("button")
    await button.focus()
    await stage.bot("sendMessage", chat_id=ASHA, text="News")

    await expect(page.locator("#bubbles article").last).to_contain_text("News")
    await expect(button).to_be_focused()


async def test_the_keyboard_goes_on_near_a_control_that_went_away(page, stage):
    await stage.push()
    await expect(page.get_by_test_id("cancel")).to_be_enabled()
    await page.get_by_test_id("cancel").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("no-prompt")).to_be_focused()

    await page.get_by_test_id("block").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("start")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("message-input")).to_be_focused()
