"""No automatic prompt at night, and no more than two a day to one phone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from rehearsal.world import Row, World

_OVERLAP = 50
_FIRST_HOUR, _LAST_HOUR = 7, 20
_MOST_A_DAY = 2
_ZONE = ZoneInfo("Africa/Nairobi")


class MannersCheck:
    """Look at each new automatic push."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last_id = 0
        self._seen: set[int] = set()

    async def check(self) -> None:
        """Look at those that were not there before."""
        rows = await self._world.observer.rows(
            "SELECT id, phone_number, created_at FROM stk_pushes"  # noqa: S608 - a number
            f" WHERE origin = 'AUTOMATIC' AND id > {self._last_id - _OVERLAP}"
        )
        for row in rows:
            if row[0] not in self._seen:
                self._seen.add(row[0])
                self._last_id = max(self._last_id, row[0])
                await self._judge(row)

    async def _judge(self, row: Row) -> None:
        push_id, phone_number, value = row
        local = self._world.instant(value).astimezone(_ZONE)
        if not _FIRST_HOUR <= local.hour <= _LAST_HOUR:
            self._world.fail("prompts keep sociable hours", f"push {push_id} at {local}")
        today = await self._prompts_of(phone_number, push_id)
        same_day = sum(
            self._world.instant(other).astimezone(_ZONE).date() == local.date()
            for (other,) in today
        )
        if same_day >= _MOST_A_DAY:
            self._world.fail("two prompts a day", f"push {push_id}, {same_day} before it today")

    async def _prompts_of(self, phone_number: str, before_id: int) -> list[Row]:
        """Return when the phone got prompts before, of those that may have rung."""
        since = (self._world.clock.now() - timedelta(hours=26)).isoformat(" ")
        return await self._world.observer.rows(
            "SELECT created_at FROM stk_pushes WHERE origin = 'AUTOMATIC'"  # noqa: S608 - ours
            f" AND phone_number = '{phone_number}' AND id < {before_id}"
            f" AND created_at > '{since}' AND state NOT IN ('CREATED', 'REJECTED')"
            " AND coalesce(outcome, '') <> 'BUSY'"
        )
