"""Making the bills that are due."""

from bench.figures import Figures, number, rate
from bench.place import Place
from bench.table import Row
from bench.town import Town


async def billing(place: Place) -> list[Row]:
    """process_due_payments: against a hand, against an ORM's loop, its growth and its memory."""
    sizes = place.sizes
    every = sizes.subscriptions // sizes.due
    await _seed_subscriptions(place, "many", due_every=every)
    await _seed_subscriptions(place, "few", due_every=sizes.subscriptions // sizes.few_due)
    engine = await _billed(place, "bill", "many")
    few = await _billed(place, "bill", "few")
    hand = await _billed(place, "bill_by_hand", "many", today=str(place.today))
    loop = await _billed(
        place, "bill_one_by_one", "many", today=str(place.today), limit=sizes.one_by_one
    )
    return [*_billing_rates(place, engine, hand, loop), *_billing_bounds(place, engine, few)]


async def _seed_subscriptions(place: Place, template: str, *, due_every: int) -> None:
    town = Town(
        today=place.today,
        subscriptions=place.sizes.subscriptions,
        due_every=due_every,
        paid_bills=place.sizes.due,
    )
    await place.database.seed(template, town)


async def _billed(place: Place, name: str, template: str, **arguments: object) -> Figures:
    url = await place.database.copy(template, "measured")
    return await place.children.measure(name, url=url, **arguments)


def _billing_rates(place: Place, engine: Figures, hand: Figures, loop: Figures) -> list[Row]:
    work = f"process_due_payments, {number(engine)} due of {place.sizes.subscriptions:,}"
    return [
        place.row(
            work,
            "hand-written asyncpg or aiosqlite, same batches and commits",
            0.5,
            measured=rate(engine) / rate(hand),
            detail=f"{rate(engine):,.0f}/s, by hand {rate(hand):,.0f}/s",
        ),
        place.row(
            work,
            f"a loop with the ORM, one row at a time ({number(loop)} of them)",
            10,
            unit=" times",
            measured=rate(engine) / rate(loop),
            detail=f"{rate(engine):,.0f}/s, loop {rate(loop):,.0f}/s",
        ),
    ]


def _billing_bounds(place: Place, engine: Figures, few: Figures) -> list[Row]:
    return [
        place.row(
            "growth of process_due_payments",
            f"time for {number(engine)} due / time for {number(few)} due",
            11,
            is_ceiling=True,
            measured=engine["seconds"] / few["seconds"],
            detail=f"{engine['seconds']:.2f} s, {few['seconds']:.2f} s",
        ),
        place.row(
            f"peak RSS of the worker over the {place.sizes.subscriptions:,} run",
            "250 MB",
            250,
            is_ceiling=True,
            unit=" MB",
            # In the unit of the target, a million bytes.
            measured=engine["peak_rss_mib"] * 2**20 / 1e6,
        ),
    ]
