"""The phone, the clock, the faults and the log on the page, with the test as the merchant."""

import asyncio
from datetime import UTC, datetime

import pytest_asyncio
from playwright.async_api import expect

from sandbox.control.play import PlayFailed, Title
from tests.e2e.browser import (
    ASHA,
    ASHAS_NUMBER,
    MARKS,
    keep_picture,
    open_page,
    open_stage,
)

pytestmark = MARKS


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, stage):
    """The page as Asha, whose phone is on and holds KES 20,000."""
    await stage.api(f"/api/phones/{ASHAS_NUMBER}", {"balanceKes": 20_000, "on": True})
    async with open_page(browser, stage.sandbox.address) as page:
        await page.get_by_test_id(f"person-{ASHA}").click()
        yield page


async def _newest_sms(page):
    return page.get_by_test_id("sms-item").first


async def test_the_prompt_is_paid_with_the_pin_pad_and_mpesa_confirms_it(page, stage):
    await stage.push()

    await expect(page.get_by_test_id("prompt-amount")).to_have_text("Ksh2,500.00")
    await expect(page.get_by_test_id("prompt-business")).to_have_text("FluxPay Demo")
    await expect(page.get_by_test_id("prompt-account")).to_have_text("GYM7")
    await expect(page.get_by_test_id("stk-send")).to_be_disabled()
    for digit in "1234":
        await page.get_by_role("group", name="PIN pad").get_by_role("button", name=digit).click()
    await keep_picture(page, "pin")
    await page.get_by_test_id("stk-send").click()

    await expect(page.get_by_test_id("prompt")).to_be_hidden()
    await expect(page.get_by_test_id("balance")).to_have_text("KES 17,500")
    await expect(page.get_by_test_id("notice")).to_contain_text("Confirmed. Ksh2,500.00")
    await expect(await _newest_sms(page)).to_contain_text("New M-PESA balance is Ksh17,500.00")


async def test_the_keyboard_alone_is_enough_to_pay(page, stage):
    await stage.push(100)
    await expect(page.get_by_test_id("prompt")).to_be_visible()
    await page.get_by_test_id("pin").focus()
    await page.keyboard.type("12a34")
    await page.keyboard.press("Enter")

    await expect(page.get_by_test_id("balance")).to_have_text("KES 19,900")


async def test_a_wrong_pin_want_of_money_a_refusal_and_silence_pay_nothing(page, stage):
    await expect(page.get_by_test_id("pay")).to_be_disabled()
    await stage.push()
    await page.get_by_test_id("wrong-pin").click()
    await expect(await _newest_sms(page)).to_contain_text("wrong PIN")
    await stage.push()
    await page.get_by_test_id("no-money").click()
    await expect(await _newest_sms(page)).to_contain_text("do not have enough money")
    for refusal in ("stk-cancel", "cancel", "time-out"):
        await stage.push()
        await page.get_by_test_id(refusal).click()
        await expect(page.get_by_test_id("no-prompt")).to_be_visible()

    await expect(page.get_by_test_id("balance")).to_have_text("KES 20,000")


async def test_an_ignored_prompt_runs_out_with_the_clock(page, stage):
    await stage.push()
    await expect(page.get_by_test_id("prompt-left")).to_contain_text("seconds")
    await page.get_by_test_id("clock-hour").click()

    await expect(page.get_by_test_id("no-prompt")).to_be_visible()


async def test_a_phone_that_is_off_shows_no_prompt_and_an_empty_one_cannot_pay(page, stage):
    await page.get_by_test_id("phone-on").click()
    await expect(page.get_by_test_id("phone-on")).to_have_text("Phone is off")
    await stage.push()
    await expect(page.get_by_test_id("no-prompt")).to_be_visible()
    await page.get_by_test_id("clock-hour").click()
    await page.get_by_test_id("phone-on").click()

    await page.get_by_test_id("change-balance").click()
    await page.get_by_test_id("balance-input").fill("10")
    await page.get_by_test_id("set-balance").click()
    await expect(page.get_by_test_id("balance")).to_have_text("KES 10")
    await stage.push()
    await page.get_by_test_id("pay").click()
    await expect(await _newest_sms(page)).to_contain_text("Your M-PESA balance is Ksh10.00")


async def test_a_fault_waits_for_its_occasion_and_a_second_press_forgets_it(page, stage):
    busy = page.get_by_test_id("fault-daraja_busy")
    await busy.click()
    await expect(busy).to_have_attribute("aria-pressed", "true")
    reply = await stage.push()
    assert reply.json()["errorMessage"]
    await expect(busy).to_have_attribute("aria-pressed", "false")

    await page.get_by_label("Until I switch it off").check()
    for kind in ("fault-callback_lost", "fault-slow"):
        await page.get_by_test_id(kind).click()
        await expect(page.get_by_test_id(kind)).to_have_attribute("aria-pressed", "true")
    await page.get_by_test_id("fault-callback_lost").click()
    await expect(page.get_by_test_id("fault-callback_lost")).to_have_attribute(
        "aria-pressed", "false"
    )
    await page.get_by_test_id("clear-faults").click()
    await expect(page.get_by_test_id("fault-slow")).to_have_attribute("aria-pressed", "false")
    await expect(page.get_by_test_id("clear-faults")).to_be_disabled()


async def test_what_is_said_over_http_is_laid_out_without_its_secrets(page, stage):
    await stage.push()
    await page.get_by_test_id("cancel").click()
    await page.get_by_role("button", name="To Daraja").click()
    await page.get_by_test_id("exchange").filter(has_text="processrequest").first.click()

    detail = page.get_by_test_id("exchange-detail")
    await expect(detail).to_contain_text('"AccountReference": "GYM7"')
    await expect(detail).to_contain_text('"Password": "•••"')
    await expect(page.get_by_test_id("exchange").filter(has_text="Telegram")).to_have_count(0)
    await keep_picture(page, "log", at="#log")


async def test_days_go_by_until_they_are_stopped(page, stage):
    await page.get_by_test_id("month-phones").select_option("leave")
    await page.get_by_test_id("month").click()
    await expect(page.get_by_test_id("month")).to_contain_text("Stop at day")
    await expect(page.get_by_test_id("clock-day")).to_be_disabled()
    await page.get_by_test_id("month").click()
    await expect(page.get_by_test_id("month")).to_have_text("Run a month")
    assert (await stage.api("/api/clock/run"))["day"] < 30


async def test_without_telegram_there_are_phones_and_no_chat(browser):
    async with (
        open_stage(with_telegram=False) as stage,
        open_page(browser, stage.sandbox.address) as page,
    ):
        await expect(page.get_by_test_id(f"phone-{ASHAS_NUMBER}")).to_be_visible()
        await expect(page.get_by_test_id("message-input")).to_be_hidden()
        await expect(page.get_by_test_id("fault-slow")).to_have_count(0)
        await page.get_by_test_id(f"phone-{ASHAS_NUMBER}").click()
        await stage.push()
        await page.get_by_test_id("pay").click()
        await expect(page.get_by_test_id("balance")).to_have_text("KES 17,500")


class Director:
    """Plays until it is told how it ends; the stage is known once it stands."""

    def __init__(self):
        self.stage = None
        self._endings = asyncio.Queue()

    def titles(self):
        return [Title("first-bill", "The first bill", "Asha is asked and pays.")]

    async def play(self, _name, progress):
        progress.tell("The bill falls due", step=1, of=2)
        await self.stage.push()
        return await self._ending()

    async def build_demo_book(self, progress):
        progress.tell("December: 3 clients", step=3, of=12)
        return await self._ending()

    async def live_until(self, _instant):
        """Never called: no month is run."""

    def end(self, ending):
        self._endings.put_nowait(ending)

    async def _ending(self):
        ending = await self._endings.get()
        if isinstance(ending, PlayFailed):
            raise ending
        return ending


async def test_a_scenario_is_played_before_ones_eyes_and_one_at_a_time(browser):
    director = Director()
    async with (
        open_stage(director=director) as stage,
        open_page(browser, stage.sandbox.address) as page,
    ):
        director.stage = stage
        await expect(page.get_by_test_id("playing")).to_be_hidden()
        await page.get_by_test_id("play-first-bill").click()
        await expect(page.get_by_test_id("play-note")).to_have_text("The bill falls due")
        await expect(page.get_by_test_id("demo-book")).to_be_disabled()
        await expect(page.get_by_test_id(f"person-{ASHA}")).to_have_attribute(
            "aria-current", "true"
        )
        await page.reload()
        await expect(page.get_by_test_id("play-title")).to_have_text("The first bill")
        director.end(PlayFailed("Asha was not asked"))
        await expect(page.get_by_test_id("play-title")).to_have_text("The first bill: failed")
        await expect(page.get_by_test_id("play-note")).to_have_text("Asha was not asked")

        await page.get_by_test_id("play-close").click()
        await page.get_by_test_id("demo-book").click()
        await expect(page.get_by_test_id("play-note")).to_have_text("December: 3 clients")
        director.end("40 clients")
        await expect(page.get_by_test_id("play-title")).to_have_text("A demo book: done")


async def test_the_clock_says_when_billing_is_next_and_that_nobody_is_billed_just_now(browser):
    upcoming = [datetime(2090, 12, 5, 5, tzinfo=UTC)]

    async def next_billing_at():
        return upcoming[0]

    async with (
        open_stage(next_billing_at=next_billing_at) as stage,
        open_page(browser, stage.sandbox.address) as page,
    ):
        await expect(page.get_by_test_id("next-billing")).to_contain_text("Next billing: ")
        upcoming[0] = None  # As after the only client has paused.
        await page.get_by_test_id("clock-hour").click()
        await expect(page.get_by_test_id("next-billing")).to_have_text(
            "Nobody is being billed just now."
        )
        await page.get_by_test_id("clock-billing").click()
        await expect(page.get_by_test_id("clock-note")).to_have_text(
            "No subscription is active, so no billing day is ahead."
        )


async def test_where_nobody_can_play_there_is_nothing_to_press(page):
    await expect(page.get_by_test_id("stories")).to_be_hidden()
