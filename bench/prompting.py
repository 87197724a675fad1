"""Sending the prompts that are due, from one worker and from two."""

import asyncio
from collections.abc import Sequence

from bench.figures import Figures, processor_ms, rate, require
from bench.place import Place
from bench.table import Row
from bench.town import Town
from core.services.prompts.pipeline import IN_FLIGHT

_SLOW_ANSWER_S = 0.3


async def prompts(place: Place) -> list[Row]:
    """send_due_prompts against a server that answers at once."""
    calls = place.sizes.prompts
    await _seed_bills(place, calls)
    bare, engine = [], []
    async with place.children.server("serve_daraja", delay_s=0) as port:
        for _ in range(place.sizes.rounds):
            bare.append(
                await place.children.measure(
                    "post_by_hand", daraja_port=port, calls=calls, in_flight=IN_FLIGHT
                )
            )
            engine += await _prompted(place, port, workers=1)
    return [_prompts_row(place, max(engine, key=rate), max(bare, key=rate))]


def _prompts_row(place: Place, engine: Figures, bare: Figures) -> Row:
    calls = place.sizes.prompts
    require(engine, calls)
    return place.row(
        f"send_due_prompts, {calls:,} prompts, answered at once",
        f"a bare aiohttp client loop, {IN_FLIGHT} in flight, no database",
        0.5,
        measured=rate(engine) / rate(bare),
        detail=(
            f"{rate(engine):,.0f}/s, bare {rate(bare):,.0f}/s; processor time a prompt "
            f"{processor_ms(engine):.2f} ms, bare {processor_ms(bare):.2f} ms"
        ),
    )


async def _seed_bills(place: Place, bills: int) -> None:
    town = Town(
        today=place.today,
        subscriptions=bills,
        due_every=bills + 1,
        paid_bills=bills,
        open_bills=bills,
    )
    await place.database.seed("bills", town)


async def workers(place: Place) -> list[Row]:
    """Two workers instead of one, when Safaricom takes its time."""
    calls = place.sizes.slow_prompts
    await _seed_bills(place, calls)
    async with place.children.server("serve_daraja", delay_s=_SLOW_ANSWER_S) as port:
        rounds = [
            (await _prompted(place, port, workers=1), await _prompted(place, port, workers=2))
            for _ in range(place.sizes.rounds)
        ]
    alone, both = (max(side, key=_span_rate) for side in zip(*rounds, strict=True))
    return [
        place.row(
            f"2 workers, {calls:,} prompts, answered in {_SLOW_ANSWER_S * 1000:.0f} ms",
            f"1 worker, {IN_FLIGHT} calls in flight each",
            1.9,
            unit=" times",
            measured=_span_rate(both) / _span_rate(alone),
            detail=f"{_span_rate(both):,.0f}/s, alone {_span_rate(alone):,.0f}/s",
        )
    ]


async def _prompted(place: Place, port: int, *, workers: int) -> list[Figures]:
    url = await place.database.copy("bills", "measured")
    measured = [
        place.children.measure("prompt", url=url, daraja_port=port) for _ in range(workers)
    ]
    return await asyncio.gather(*measured)


def _span_rate(workers: Sequence[Figures]) -> float:
    """Return the prompts a second from the first worker's start to the last one's end."""
    sent = sum(worker["count"] for worker in workers)
    began_s = min(worker["began_s"] for worker in workers)
    return sent / (max(worker["ended_s"] for worker in workers) - began_s)
