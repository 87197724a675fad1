"""No notice without its change, and no change without its notice."""

from rehearsal.world import Row, World

_OVERLAP = 200
"""On PostgreSQL a smaller id may be committed after a larger one."""

_PAID = "SELECT id FROM transactions WHERE status = 'SUCCESS'"
_FAILED = (
    "SELECT t.id, s.id FROM transactions t JOIN stk_pushes s ON s.transaction_id = t.id"
    " WHERE t.status = 'FAILED' AND t.subscription_id IS NOT NULL"
)


class NoticeCheck:
    """Compare the outbox with what it announces."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last_id = 0
        self._seen: set[int] = set()
        self._paid: set[int] = set()
        """The bills whose payment was announced."""
        self._reopened: set[int] = set()
        """The bills whose payment turned out to be none."""
        self._failed: set[int] = set()
        """The pushes whose failure was announced."""

    async def check(self) -> None:
        """Look at the changes that need a notice, then at the new notices, and compare."""
        paid = await self._world.observer.rows(_PAID)
        failed = await self._world.observer.rows(_FAILED)
        for row in await self._new():
            await self._take(str(row[1]))
        self._changes_are_told(paid, failed)

    async def _new(self) -> list[Row]:
        rows = await self._world.observer.rows(
            f"SELECT id, dedupe_key FROM notifications WHERE id > {self._last_id - _OVERLAP}"  # noqa: S608 - a number
        )
        new = [row for row in rows if row[0] not in self._seen]
        self._seen |= {row[0] for row in new}
        self._last_id = max([self._last_id, *(row[0] for row in new)])
        return new

    async def _take(self, key: str) -> None:
        kind, _, rest = key.partition(":")
        ids = [int(part) for part in rest.split(":")[:2] if part.isdigit()]
        match kind:
            case "paid":
                self._paid.add(ids[0])
                await self._there(key, f"allocations WHERE transaction_id = {ids[0]}")
            case "show" if rest.endswith(":paid"):
                self._paid.add(ids[0])
                await self._there(key, f"allocations WHERE transaction_id = {ids[0]}")
            case "extra":
                await self._there(key, f"payments WHERE id = {ids[0]}")
            case "failed" | "needs_you":
                self._failed.add(ids[0])
                await self._there(key, f"stk_pushes WHERE id = {ids[0]} AND closed_at IS NOT NULL")
            case "withdrawn":
                self._reopened.add(ids[0])
            case "unknown":
                await self._there(key, f"stk_pushes WHERE id = {ids[0]} AND state <> 'SENDING'")
            case "retrying":
                await self._there(
                    key, f"transactions WHERE id = {ids[0]} AND retry_count >= {ids[1]}"
                )
            case _:
                return

    async def _there(self, key: str, what: str) -> None:
        rows = await self._world.observer.rows(f"SELECT 1 FROM {what} LIMIT 1")  # noqa: S608 - ours
        if not rows:
            self._world.fail("no notice without its change", key)

    def _changes_are_told(self, paid: list[Row], failed: list[Row]) -> None:
        """A paid bill, and a failed one of a subscription, is announced by the same commit."""
        for (row_id,) in paid:
            if row_id not in self._paid:
                self._world.fail("no change without its notice", f"bill {row_id} is paid")
        told = self._reopened | {bill for bill, push in failed if push in self._failed}
        for bill, _ in failed:
            if bill not in told:
                self._world.fail("no change without its notice", f"bill {bill} has failed")
