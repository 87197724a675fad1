"""Take docs/chat.md's pictures anew, from the sandbox's page: `make chat-pictures`.

The real program lives through the demo book. Then its chats are walked by place, as the bot's
router names them: each screen is photographed where it is first met, and what changes nothing is
tried before what does.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import httpx

from tests.e2e.browser import ASHA, WANJIKU, open_browser, open_page
from tests.e2e.world import PATIENCE_S, Program
from tests.pictures import states
from tests.pictures.captions import ADMIN, CLIENT, KISWAHILI, NEWS, OWNER
from tests.pictures.page import write_page
from tests.pictures.walk import Chat, Walker, press

ROOT = Path(__file__).parents[2]
LONGEST_BOOK_S = 600
TALL = {"width": 1400, "height": 1900}  # The longest screen is seen whole.
NEWCOMERS = 3
# What the demo book leaves out: tests/pictures/states.py makes it so.
MADE_TO_HAPPEN = {
    "f:summary",
    "activate",
    "qr",
    "revoke",
    "needs",
    "unpaid",
    "invited",
    "decline",
    "notme",
    "my",
}
PICTURES = ROOT / "docs" / "images" / "chat"


async def main():
    """Take them in a world of their own, or in the one of a folder that is named."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    for part in ("news", "sw"):
        (PICTURES / part).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as new:
        folder = Path(sys.argv[1] if sys.argv[1:] else new)
        program = Program(folder, "run", PORT="0", SANDBOX_PORT="0")
        await program.start()
        try:
            missing = await _take(program)
        finally:
            await program.stop()
    write_page(ROOT / "docs" / "chat.md")
    if missing:
        sys.exit(f"no picture of: {', '.join(sorted(missing))}")


async def _take(program):
    async with httpx.AsyncClient(base_url=program.page, timeout=PATIENCE_S) as http:
        await _live_through_the_book(http)
        return await _take_all(program, http)


async def _take_all(program, http):
    """Open the page now, not before: how the demo book ended would lie over the chat."""
    async with (
        open_browser() as browser,
        open_page(browser, program.page, viewport=TALL, color_scheme="light") as page,
    ):
        people = (await http.get("/api/telegram")).json()["people"]
        walker, news, other = [Walker(page, PICTURES / part) for part in ("", "news", "sw")]
        owner = Chat(http, WANJIKU)
        clients = [each for each in people if each["started"] and each["id"] != WANJIKU]
        await states.see_the_news(http, news, owner, clients)
        await walker.walk(owner, "/menu", set(OWNER) - MADE_TO_HAPPEN, named="home")
        await states.see_a_summary(walker, owner)
        link = await states.see_the_invited(walker, news, owner)
        await _see_the_invitation(walker, Chat(http, ASHA), link)
        for person in clients:
            missing = set(CLIENT) - MADE_TO_HAPPEN - walker.seen
            # Past his bills the way leads on; whatever else was seen is not walked again.
            if missing:
                on_the_way = {"mybills", "mybill"}
                chat = Chat(http, person["id"])
                await walker.walk(chat, "/status", missing | on_the_way, named="status")
        await states.see_what_needs_the_owner(http, walker, owner)
        await walker.walk(owner, "/menu", ADMIN | {"set": ""}, named="home")
        await states.see_two_businesses(http, walker, owner, clients[0])
        await states.wish_for_a_digest(owner)
        await states.see_the_digest(http, news, owner)
        await states.see_it_in_kiswahili(http, other, owner)
        missing = set(OWNER | CLIENT | ADMIN) - walker.seen | set(NEWS) - news.seen
        return missing | {f"{name} in Kiswahili" for name in set(KISWAHILI) - other.seen}


async def _see_the_invitation(walker, chat, link):
    """Look at an invitation as its client sees it, and at what he may say instead of yes."""
    opened = await chat.open(link)
    await walker.photograph(chat, opened, "invited")
    for name in ("decline", "notme"):
        asked = await press(chat, opened, name)
        await walker.photograph(chat, asked, name)
        opened = await press(chat, asked, "invited")


async def _live_through_the_book(http):
    if len((await http.get("/api/telegram")).json()["people"]) > NEWCOMERS:
        return  # It has been lived through in this folder before.
    (await http.post("/api/demo-book", json={})).raise_for_status()
    for _ in range(LONGEST_BOOK_S):
        told = (await http.get("/api/play")).json()
        if told["state"] in {"done", "failed"}:
            break
        await asyncio.sleep(1)
    if told["state"] != "done":
        sys.exit(f"the demo book did not end: {told}")


if __name__ == "__main__":
    asyncio.run(main())
