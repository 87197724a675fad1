"""Programs that end with their test, whatever happens in it."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import ASHA, open_browser, open_page, open_stage
from tests.e2e.world import PATIENCE_S, Program, open_world

# A test waits for several things, one after the other: its patience must end before ours.
_WITHIN_S = 4 * PATIENCE_S


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_WITHIN_S))


@pytest.fixture
async def start(tmp_path):
    """Start a command of FluxPay in the test's folder."""
    started = []

    async def begin(*command, folder=tmp_path, **environment):
        program = Program(folder, *command, **environment)
        started.append(program)
        await program.start()
        return program

    yield begin
    for program in reversed(started):
        await program.stop()


@pytest.fixture
async def program(start):
    """FluxPay as a newcomer runs it: no settings at all, but ports of this test's own."""
    return await start("run", PORT="0", SANDBOX_PORT="0")


@pytest.fixture
async def world(program):
    async with open_world(program) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage():
    async with open_stage() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, stage):
    """The page as Asha, who has pressed Start; the test is the bot."""
    await stage.api(f"/api/telegram/people/{ASHA}/messages", {"text": "/start"})
    await stage.updates()
    async with open_page(browser, stage.sandbox.address) as page:
        await page.get_by_test_id(f"person-{ASHA}").click()
        await expect(page.get_by_test_id("message-input")).to_be_visible()
        yield page
