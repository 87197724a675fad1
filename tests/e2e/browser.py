"""The sandbox's page in Chromium, and a sandbox alone with a bot and a merchant to fill it."""

import base64
import os
import shutil
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from sandbox.clock import EAT
from sandbox.server import DEFAULT_APP, DEFAULT_BOT_TOKEN, Sandbox, SandboxOptions
from tests.e2e.world import PATIENCE_S, ROOT

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
# Where a Chromium is found these tests run, and CI has one: there, none may be left out.
# One browser and one world serve a whole file, so its tests share one event loop.
MARKS = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine"
    ),
]
DESKTOP = {"width": 1400, "height": 900}
NARROW = {"width": 390, "height": 844}
WANJIKU, ASHA, BRIAN = 1001, 1002, 1003
ASHAS_NUMBER = "254712345678"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def open_browser():
    expect.set_options(timeout=PATIENCE_S * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def open_page(browser, address, *, viewport=DESKTOP, **options):
    """The page in a profile of its own; at the end no error and no foreign address is forgiven."""
    context = await browser.new_context(
        viewport=viewport,
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
        **options,
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.extend(_foreign(request.url, address)))
    await page.goto(address)
    await page.locator("body[data-ready]").wait_for()
    yield page
    assert problems == []
    await context.close()


def _foreign(url, address):
    return [] if url.startswith((address, "data:", "blob:")) else [url]


async def keep_picture(page, name, *, at="header"):
    """Keep a screenshot under artifacts/, or where `make screenshots` wants it."""
    folder = os.environ.get("SCREENSHOTS", ROOT / "artifacts" / "screenshots")
    await page.mouse.move(0, 0)
    await page.locator(at).first.evaluate("part => part.scrollIntoView()")
    await page.screenshot(path=f"{folder}/{name}.png", animations="disabled")


class Stage:
    """A sandbox alone: the test is the bot and the merchant."""

    def __init__(self, sandbox, http):
        self.sandbox = sandbox
        self._http = http

    async def bot(self, method, files=None, **params):
        """Call the Bot API; return the result."""
        path = f"/bot{DEFAULT_BOT_TOKEN}/{method}"
        if files:
            reply = await self._http.post(path, data=params, files=files)
        else:
            reply = await self._http.post(path, json=params)
        assert reply.is_success, reply.text
        return reply.json()["result"]

    async def updates(self, **params):
        """Return what people did, and forget it."""
        updates = await self.bot("getUpdates", **params)
        if updates:
            await self.bot("getUpdates", offset=updates[-1]["update_id"] + 1)
        return updates

    async def api(self, path, body=None):
        """Ask the page's own API."""
        reply = await (self._http.get(path) if body is None else self._http.post(path, json=body))
        assert reply.is_success, reply.text
        return reply.json()

    async def push(self, amount_kes=2500, number=ASHAS_NUMBER):
        """Send a prompt as a merchant does; its callback goes nowhere."""
        pair = f"{DEFAULT_APP.consumer_key}:{DEFAULT_APP.consumer_secret}"
        token = await self._http.get(
            "/oauth/v1/generate?grant_type=client_credentials",
            headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
        )
        stamp = f"{self.sandbox.now().astimezone(EAT):%Y%m%d%H%M%S}"
        secret = f"{DEFAULT_APP.shortcode}{DEFAULT_APP.passkey}{stamp}"
        order = {
            "BusinessShortCode": DEFAULT_APP.shortcode,
            "Password": base64.b64encode(secret.encode()).decode(),
            "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": amount_kes,
            "PartyA": number,
            "PartyB": DEFAULT_APP.shortcode,
            "PhoneNumber": number,
            "CallBackURL": "http://127.0.0.1:9/nobody",
            "AccountReference": "GYM7",
            "TransactionDesc": "Gym",
        }
        return await self._http.post(
            "/mpesa/stkpush/v1/processrequest",
            json=order,
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        )


@asynccontextmanager
async def open_stage(*, director=None, next_billing_at=None, **options):
    sandbox = Sandbox(
        SandboxOptions(port=0, **options), director=director, next_billing_at=next_billing_at
    )
    await sandbox.start()
    try:
        async with httpx.AsyncClient(base_url=sandbox.address, timeout=PATIENCE_S) as http:
            yield Stage(sandbox, http)
    finally:
        await sandbox.stop()
