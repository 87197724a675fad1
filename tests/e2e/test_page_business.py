"""The whole program on the page, once a client has accepted: refusals, retries, and a month."""

import re

import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import ASHA, MARKS, WANJIKU, keep_picture, open_page
from tests.e2e.world import Program, open_world

pytestmark = MARKS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(tmp_path_factory):
    """FluxPay with one client, who is billed each month on the 5th; it is the first."""
    program = Program(tmp_path_factory.mktemp("business"), "run", PORT="0", SANDBOX_PORT="0")
    await program.start()
    async with open_world(program) as world:
        await world.move_to_next_month()
        await _onboard(world)
    yield program
    await program.stop()


async def _onboard(world):
    owner = world.owner
    await owner.say("/start")
    for step in ("New plan", "Gold", "KES 2,500", "Every month", "On the 5th", "Create the plan"):
        await (owner.say(step) if step == "Gold" else owner.press(step))
    await owner.press("New client")
    await owner.shown("What is the client's name?")
    await owner.say("Asha")
    await owner.say("0712 345 678")
    await owner.press("Skip")
    await owner.shown("When is the first bill?")
    await owner.press("5 ")
    await owner.press("Add")
    invitation = await owner.shown("invites Asha")
    await world.asha.open_link(re.search(r"https://t\.me/\S+", invitation)[0])
    await world.asha.press("Accept")
    await owner.shown("accepted your invitation")


async def _owner_is_told(page, text):
    await page.get_by_test_id(f"person-{WANJIKU}").click()
    await expect(page.locator("#bubbles article", has_text=text).last).to_be_visible()
    await page.get_by_test_id(f"person-{ASHA}").click()


async def _run_a_month(page):
    await page.get_by_test_id("month").click()
    await expect(page.get_by_test_id("month")).to_contain_text("Stop at day")
    await page.reload()
    await expect(page.get_by_test_id("month")).to_contain_text("Stop at day")
    await expect(page.get_by_test_id("month")).to_have_text("Run a month")


async def test_a_bill_is_refused_ignored_and_paid_in_the_end_and_a_month_goes_by(browser, program):
    async with open_page(browser, program.page) as page:
        await page.get_by_test_id(f"person-{ASHA}").click()
        await page.get_by_test_id("clock-billing").click()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        await page.get_by_test_id("stk-cancel").click()
        await _owner_is_told(page, "did not pay")

        await page.get_by_test_id("clock-day").click()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        await keep_picture(page, "retry")
        await page.get_by_test_id("clock-hour").click()
        await expect(page.get_by_test_id("no-prompt")).to_be_visible()
        await expect(page.get_by_test_id("messages")).to_contain_text("could not be reached")
        await _owner_is_told(page, "retry 1 of 3")

        await page.get_by_test_id("clock-day").click()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        await page.reload()
        await page.get_by_test_id("pay").click()
        await expect(page.get_by_test_id("balance")).to_have_text("KES 17,500")
        await _owner_is_told(page, "received from Asha")

        before = await page.get_by_test_id("clock").get_attribute("datetime")
        await _run_a_month(page)
        after = await page.get_by_test_id("clock").get_attribute("datetime")
        assert after[:7] > before[:7]
        await expect(page.get_by_test_id("balance")).to_have_text("KES 15,000")
        await keep_picture(page, "month")
