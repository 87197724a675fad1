"""How fast a shortcode's pushes go, counted over all processes."""

from datetime import datetime

from core.billing import pacing
from core.models import Pace
from core.services.context import Context


class PaceKeeper:
    """Hand out pushes of a shortcode, each kept count of by one conditional UPDATE."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def grant(self, shortcode: str, wanted: int) -> int:
        """Return how many of the wanted pushes may go now, and count these."""
        per_second = self._context.settings.pushes_per_second
        if not per_second:
            return wanted
        while True:
            pace = await self._pace(shortcode)
            granted = pacing.grant(
                wanted,
                filled_until=pace.filled_until,
                now=self._context.now(),
                pushes_per_second=per_second,
            )
            if not granted.pushes:
                return 0
            if await _move(pace, granted.filled_until):
                return granted.pushes

    async def count(self, shortcode: str) -> None:
        """Count a push that goes at once, because a person waits for it."""
        per_second = self._context.settings.pushes_per_second
        while per_second:
            pace = await self._pace(shortcode)
            filled_until = pacing.count(
                1,
                filled_until=pace.filled_until,
                now=self._context.now(),
                pushes_per_second=per_second,
            )
            if await _move(pace, filled_until):
                return

    async def _pace(self, shortcode: str) -> Pace:
        pace = await Pace.get_or_none(shortcode=shortcode)
        if pace is not None:
            return pace
        await Pace.bulk_create([Pace(shortcode=shortcode)], ignore_conflicts=True)
        return await Pace.get(shortcode=shortcode)


async def _move(pace: Pace, filled_until: datetime) -> bool:
    """Store the new instant; False if another process was faster, whose count then holds."""
    moved = await Pace.filter(id=pace.id, filled_until=pace.filled_until).update(
        filled_until=filled_until
    )
    return bool(moved)
