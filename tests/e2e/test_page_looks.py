"""What every part of the page owes its reader: contrast, names, a calm layout, any width."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import (
    ASHA,
    MARKS,
    NARROW,
    WANJIKU,
    keep_picture,
    open_page,
    open_stage,
)

pytestmark = MARKS
TEXT_CONTRAST, EDGE_CONTRAST = 4.5, 3.0
# The lines of a list are known as buttons by standing in it; their edge only parts them.
LINE_CONTRAST, IN_A_LIST = 1.25, "part => part.closest('li') !== null"
STYLES = [None, "primary", "success", "danger"]
# Colours as the eye gets them: each laid over what lies behind it. light-dark() is resolved by
# the browser; a canvas turns any notation into bytes.
MEASURE = """() => {
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const bytes = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = ([r, g, b, a], below) => [r, g, b].map((each, i) => each * a + below[i] * (1 - a));
const behind = (part) => {
  if (!part) return bytes("Canvas").slice(0, 3);
  const own = bytes(getComputedStyle(part).backgroundColor);
  return own[3] === 1 ? own.slice(0, 3) : over(own, behind(part.parentElement));
};
const luminance = (colour) => {
  const [r, g, b] = colour.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
window.measured = (part) => {
  const style = getComputedStyle(part);
  const face = behind(part), around = behind(part.parentElement);
  const edge = over(bytes(style.borderTopColor), around);
  return {
    name: `${part.id} ${part.className} ${part.textContent.trim().slice(0, 30)}`,
    text: contrast(over(bytes(style.color), face), face),
    edge: Math.max(contrast(edge, around), contrast(face, around)),
    hasFace: bytes(style.backgroundColor)[3] === 1,
    hasBorder: parseFloat(style.borderTopWidth) >= 1 && style.borderTopStyle !== "none",
    face: style.backgroundColor + style.borderTopColor + style.borderTopStyle + style.cursor,
    outline: parseFloat(style.outlineWidth) * (style.outlineStyle === "none" ? 0 : 1),
  };
};
}"""
# One of each kind: by what can give a button its looks.
KINDS = """
(within) => {
  const seen = new Map();
  for (const part of document.querySelectorAll(`${within} button, ${within} .button`)) {
    if (!part.checkVisibility()) continue;
    const home = part.closest("section, nav, dialog, header, div[class]");
    const states = ["disabled", "aria-pressed", "aria-current", "aria-checked"];
    const state = states.map((each) => part.getAttribute(each) ?? "").join();
    const kind = [part.className, state, home?.className, home?.id].join(" ");
    if (!seen.has(kind)) seen.set(kind, part);
  }
  return [...seen.values()];
}
"""
# What has words of its own, is seen, and is not hidden on purpose as a spoiler is.
FAINT_WORDS = """
(least) => [...document.querySelectorAll("body *")]
  .filter((part) => [...part.childNodes].some((each) => each.nodeType === 3 && each.data.trim()))
  .filter((part) => part.checkVisibility({ visibilityProperty: true }))
  .filter((part) => !part.closest(".off-screen, .tg-spoiler, option"))
  .map(measured)
  .filter((each) => each.text < least)
"""
WATCH_SHIFTS = """() => {
window.shifts = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    const parts = each.sources.map((source) => source.node?.id || source.node?.className || "?");
    if (!each.hadRecentInput) shifts.push([each.value, ...parts]);
  }
}).observe({ type: "layout-shift" });
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage():
    """A world with some of everything."""
    async with open_stage(with_tour=True) as stage:
        for person in (WANJIKU, ASHA):
            await stage.api(f"/api/telegram/people/{person}/messages", {"text": "/start"})
        await stage.bot("setMyCommands", commands=[{"command": "menu", "description": "Home"}])
        reply = {
            "keyboard": [[{"text": style or "plain", "style": style} for style in STYLES if style]]
        }
        await stage.bot("sendMessage", chat_id=ASHA, text="Below", reply_markup=reply)
        inline = [
            [
                {"text": style or "plain", "callback_data": "x"}
                | ({"style": style} if style else {})
            ]
            for style in STYLES
        ]
        inline.append([{"text": "Copy", "copy_text": {"text": "x"}}])
        document = {"document": ("book.csv", b"a,b", "text/csv")}
        await stage.bot("sendDocument", files=document, chat_id=str(ASHA))
        for person in (WANJIKU, ASHA):
            await stage.bot(
                "sendMessage",
                chat_id=person,
                text="Here",
                reply_markup={"inline_keyboard": inline},
            )
        await stage.push()
        yield stage


async def _as_asha(page):
    await page.get_by_test_id(f"person-{ASHA}").click()
    await expect(page.get_by_test_id("reply-keyboard")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_button_has_a_face_an_edge_and_legible_words_in_each_of_its_states(
    browser, stage, scheme
):
    async with open_page(browser, stage.sandbox.address, color_scheme=scheme) as page:
        await page.evaluate(MEASURE)
        await _as_asha(page)
        stage.sandbox.world.mpesa.faults.clear()
        await stage.api("/api/clock", {"advanceS": 3600})
        await expect(page.get_by_test_id("no-prompt")).to_be_visible()
        await page.get_by_test_id("fault-callback_lost").click()
        await expect(page.get_by_test_id("fault-callback_lost")).to_have_attribute(
            "aria-pressed", "true"
        )
        await _measure_all(page)
        await stage.push()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        await _measure_all(page, within="#prompt")
        await _measure_all(page, within=".hand")
        await page.get_by_test_id("menu").click()
        await _measure_all(page, within="#menu")
        await page.get_by_test_id("share-contact").click()
        await expect(page.get_by_test_id("contact-dialog")).to_be_visible()
        await _measure_all(page, within="dialog[open]")
        await page.keyboard.press("Escape")
        await page.get_by_test_id("fault-callback_lost").click()
        await keep_picture(page, f"looks-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_stands_out_from_what_it_lies_on(browser, stage, scheme):
    async with open_page(browser, stage.sandbox.address, color_scheme=scheme) as page:
        await page.evaluate(MEASURE)
        await _as_asha(page)
        await stage.api("/api/clock", {"advanceS": 3600})
        await expect(page.get_by_test_id("no-prompt")).to_be_visible()
        await page.get_by_test_id("tour-begin").click()
        await page.get_by_test_id("exchange").first.click()
        await expect(page.get_by_test_id("exchange-detail")).to_contain_text("status")
        assert await page.evaluate(FAINT_WORDS, TEXT_CONTRAST) == []


async def _measure_all(page, within=""):
    handles = await page.evaluate_handle(KINDS, within)
    parts = [each.as_element() for each in (await handles.get_properties()).values()]
    assert len(parts) >= (2 if within else 20)
    for part in parts:
        await _measure(page, part)


async def _measure(page, part):
    await page.mouse.move(0, 0)
    rest = await part.evaluate("part => measured(part)")
    assert rest["hasFace"], rest
    assert rest["hasBorder"], rest
    assert rest["text"] >= TEXT_CONTRAST, rest
    if await part.is_disabled():
        await part.evaluate("part => { part.disabled = false; }")
        normal = await part.evaluate("part => measured(part)")
        await part.evaluate("part => { part.disabled = true; }")
        assert normal["face"] != rest["face"], rest
        return
    assert rest["edge"] >= (LINE_CONTRAST if await part.evaluate(IN_A_LIST) else EDGE_CONTRAST), (
        rest
    )
    await part.hover(force=True)
    hovered = await part.evaluate("part => measured(part)")
    assert hovered["face"] != rest["face"], hovered
    assert hovered["text"] >= TEXT_CONTRAST, hovered
    await page.keyboard.press("Shift")  # What follows is the keyboard's focus, not the mouse's.
    await part.focus()
    assert (await part.evaluate("part => measured(part)"))["outline"] >= 2, rest


async def test_every_control_has_a_name_that_can_be_read_out(browser, stage):
    async with open_page(browser, stage.sandbox.address) as page:
        await _as_asha(page)
        nameless = await page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, textarea, img, dialog")]
              .filter((part) => part.offsetParent)
              .filter((part) => !part.ariaLabel && !part.getAttribute("aria-labelledby")
                && !part.labels?.length && !part.textContent.trim() && part.alt === undefined)
              .map((part) => part.outerHTML)"""
        )
        assert nameless == []
        await page.keyboard.press("Tab")
        for _ in range(12):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement !== document.body")


async def test_news_shifts_nothing_that_one_reads(browser, stage):
    async with open_page(browser, stage.sandbox.address) as page:
        await _as_asha(page)
        await page.evaluate(WATCH_SHIFTS)
        await stage.bot("sendChatAction", chat_id=ASHA, action="typing")
        await expect(page.get_by_test_id("typing")).to_have_text("typing")
        await stage.bot("sendMessage", chat_id=WANJIKU, text="News")
        await expect(page.get_by_test_id(f"unread-{WANJIKU}")).to_be_visible()
        await stage.api("/api/clock", {"advanceS": 3600})
        await expect(page.get_by_test_id("no-prompt")).to_be_visible()
        await stage.push()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        assert await page.evaluate("shifts") == []


@pytest.mark.parametrize("width", [360, 768, 1024, 1280])
async def test_any_width_shows_all_without_scrolling_sideways(browser, stage, width):
    viewport = {"width": width, "height": NARROW["height"]}
    async with open_page(browser, stage.sandbox.address, viewport=viewport) as page:
        await _as_asha(page)
        views = ["chat", "phone", "world"] if width <= 900 else [None]
        for view in views:
            if view:
                await page.get_by_test_id(f"tab-{view}").click()
            await keep_picture(page, f"width-{width}-{view or 'all'}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        if width <= 900:
            await expect(page.get_by_test_id("clock-billing")).to_be_hidden()
            await page.get_by_test_id("tab-phone").click()
        await expect(page.get_by_test_id("pay")).to_be_visible()


async def test_the_chosen_theme_is_kept(browser, stage):
    async with open_page(browser, stage.sandbox.address, color_scheme="light") as page:
        light = await page.evaluate(
            "getComputedStyle(document.querySelector('.bar')).backgroundColor"
        )
        await page.get_by_test_id("theme").click()
        await page.get_by_test_id("theme").click()
        await expect(page.get_by_test_id("theme")).to_have_text("Theme: dark")
        await page.reload()
        await expect(page.get_by_test_id("theme")).to_have_text("Theme: dark")
        dark = await page.evaluate(
            "getComputedStyle(document.querySelector('.bar')).backgroundColor"
        )
        assert dark != light
