"""A newcomer at the whole program: from its address to his first paid bill."""

import socket

import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import (
    ASHA,
    MARKS,
    NARROW,
    WANJIKU,
    keep_picture,
    open_page,
)
from tests.e2e.world import Program, open_world

pytestmark = MARKS
STEPS = 8
# Every click and every field that a person changes, counted over reloads.
COUNT = """
const count = (event) => {
  if (!event.isTrusted) return;
  sessionStorage.setItem("deeds", Number(sessionStorage.getItem("deeds") ?? 0) + 1);
};
addEventListener("click", count, true);
addEventListener("change", count, true);
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


@pytest_asyncio.fixture(loop_scope="module")
async def program(tmp_path):
    """FluxPay as a newcomer runs it, at ports that outlive a restart."""
    program = Program(tmp_path, "run", PORT=free_port(), SANDBOX_PORT=free_port())
    await program.start()
    yield program
    await program.stop()


async def at_step(page, number):
    await expect(page.get_by_test_id("tour-step")).to_have_text(f"Step {number} of {STEPS}")
    await expect(page.get_by_test_id("tour-do")).to_be_enabled()
    await expect(page.locator("[data-tour-target]")).to_be_visible()


async def test_the_tour_leads_to_a_paid_bill_in_eight_clicks_over_a_reload_and_a_restart(
    browser, program
):
    async with open_world(program) as world:
        await world.move_to_next_month()
    async with open_page(browser, program.page) as page:
        await page.add_init_script(COUNT)
        await page.reload()
        for number in range(1, STEPS + 1):
            await at_step(page, number)
            if number == 5:
                await program.stop()
                await expect(page.get_by_test_id("connection")).to_be_visible()
                await program.start()
                await expect(page.get_by_test_id("connection")).to_be_hidden()
            if number == 7:
                await page.reload()
                await at_step(page, number)
            await keep_picture(page, f"tour-{number}")
            await page.get_by_test_id("tour-do").click()

        await expect(page.get_by_test_id("tour-title")).to_have_text("The bill is paid")
        assert await page.evaluate("sessionStorage.getItem('deeds')") == str(STEPS)
        await expect(page.get_by_test_id("balance")).to_have_text("KES 17,500")
        await expect(page.get_by_test_id("messages")).to_contain_text("Receipt from Wanjiku")
        await keep_picture(page, "tour-9")
        await page.get_by_test_id("tour-do").click()
        await expect(page.get_by_test_id("messages")).to_contain_text("received from Asha")
        await expect(page.get_by_test_id("tour")).to_be_hidden()
        await keep_picture(page, "paid")


async def test_the_tour_can_be_skipped_follows_who_goes_by_hand_and_fits_a_narrow_screen(
    browser, program
):
    async with open_page(browser, program.page, viewport=NARROW, color_scheme="dark") as page:
        await at_step(page, 1)
        await page.get_by_test_id("start").click()
        await at_step(page, 2)
        await page.locator("button[data-callback*=':new:plan']").last.click()
        await expect(page.get_by_test_id("messages")).to_contain_text("Step 1 of")
        await page.get_by_test_id("message-input").fill("Silver")
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("messages")).to_contain_text("Silver")
        await page.get_by_test_id("tour-do").click()
        await at_step(page, 3)
        await expect(page.get_by_test_id("messages")).to_contain_text("Silver")
        await keep_picture(page, "narrow-tour")

        await page.get_by_test_id("tour-skip").click()
        await page.reload()
        await expect(page.get_by_test_id(f"person-{WANJIKU}")).to_be_visible()
        await expect(page.get_by_test_id("tour")).to_be_hidden()
        await page.get_by_test_id("tour-begin").click()
        for number in range(3, STEPS + 1):
            await at_step(page, number)
            await page.get_by_test_id("tour-do").click()
        await expect(page.get_by_test_id("tour-title")).to_have_text("The bill is paid")
        await expect(page.get_by_test_id(f"person-{ASHA}")).to_have_attribute(
            "aria-current", "true"
        )
        await keep_picture(page, "narrow-paid")
