"""What comes in: callbacks from Safaricom, presses from the chat."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bench.figures import Figures, number, processor_ms, rate, require
from bench.place import Place
from bench.table import Row
from bench.town import Town

_CONNECTIONS = 100


async def callbacks(place: Place) -> list[Row]:
    """Callbacks stored, acknowledged and settled, against a handler that only stores them."""
    calls = place.sizes.callbacks
    town = Town(
        today=place.today,
        subscriptions=calls,
        due_every=calls + 1,
        paid_bills=calls,
        open_bills=calls,
        pushes=calls,
    )
    await place.database.seed("pushes", town)
    async with _called(place, "serve_by_hand") as (port, _):
        hand = await _call_back(place, port)
    async with _called(place, "serve_engine") as (port, url):
        engine = await _call_back(place, port, url=url)
    return _callback_rows(place, engine, hand)


@asynccontextmanager
async def _called(place: Place, name: str) -> AsyncIterator[tuple[int, str]]:
    """Serve a fresh copy; yield the port and the database's URL."""
    url = await place.database.copy("pushes", "measured")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(place.children.server(name, url=url))
        yield port, url


async def _call_back(place: Place, port: int, *, url: str = "") -> Figures:
    calls = place.sizes.callbacks
    connections = min(_CONNECTIONS, calls)
    return await place.children.measure(
        "call_back", port=port, calls=calls, connections=connections, url=url
    )


def _callback_rows(place: Place, engine: Figures, hand: Figures) -> list[Row]:
    settled = engine["count"] / engine["settled_s"]
    stored = hand["count"] / hand["acknowledged_s"]
    return [
        place.row(
            f"callbacks, stored, acknowledged, settled, notices queued ({number(engine)})",
            "a bare aiohttp handler that inserts one row per request and commits",
            0.5,
            measured=settled / stored,
            detail=(
                f"{settled:,.0f}/s, bare {stored:,.0f}/s; "
                f"p99 of the acknowledgement {engine['p99_ms']:,.0f} ms, "
                f"bare {hand['p99_ms']:,.0f} ms"
            ),
        )
    ]


async def chat(place: Place) -> list[Row]:
    """Presses on an owner's menu through the whole bot, against a bare bot that echoes."""
    presses = place.sizes.presses
    town = Town(today=place.today, subscriptions=10, due_every=11, paid_bills=10)
    await place.database.seed("chat", town)
    url = await place.database.copy("chat", "measured")
    async with place.children.server("serve_bot_api", presses=presses) as port:
        bare = await place.children.measure("echo", port=port)
    async with place.children.server("serve_bot_api", presses=presses) as port:
        engine = await place.children.measure("press_menu", url=url, port=port, presses=presses)
    require(bare, presses)
    require(engine, presses)
    return [
        place.row(
            f"{presses:,} presses on the menu: stored, handled, answered, edited",
            "a bare python-telegram-bot bot that answers and edits, no database",
            0.4,
            measured=rate(engine) / rate(bare),
            detail=(
                f"{rate(engine):,.0f}/s, bare {rate(bare):,.0f}/s; processor time a press "
                f"{processor_ms(engine):.1f} ms, bare {processor_ms(bare):.1f} ms"
            ),
        )
    ]
