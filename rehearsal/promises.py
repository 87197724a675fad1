"""The promises, checked after each commit against the database and against the truth.

Each check lists the tables that it looks at, and runs when one of them was written.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rehearsal.manners import MannersCheck
from rehearsal.notices import NoticeCheck
from rehearsal.world import World

Check = Callable[[], Awaitable[None]]
_COMMITS_A_CHECK = 5
"""On a real server."""

_MONEY = (
    "SELECT p.id, p.amount_kes, p.credit_kes, coalesce(a.allocated, 0) FROM payments p"
    " LEFT JOIN (SELECT payment_id, sum(amount_kes) AS allocated FROM allocations"
    " GROUP BY payment_id) a ON a.payment_id = p.id"
    " WHERE p.credit_kes < 0 OR p.amount_kes <> p.credit_kes + coalesce(a.allocated, 0)"
)
_PAID = (
    "SELECT t.id, t.status, t.amount_kes, t.paid_kes, coalesce(a.allocated, 0)"
    " FROM transactions t"
    " LEFT JOIN (SELECT transaction_id, sum(amount_kes) AS allocated FROM allocations"
    " GROUP BY transaction_id) a ON a.transaction_id = t.id"
    " WHERE t.paid_kes <> coalesce(a.allocated, 0) OR t.paid_kes > t.amount_kes"
    " OR (t.status = 'SUCCESS' AND t.paid_kes <> t.amount_kes)"
    " OR (t.status IN ('PENDING', 'FAILED') AND t.paid_kes = t.amount_kes)"
)
_TWICE_BILLED = (
    "SELECT subscription_id, period_start, count(*) FROM transactions"
    " WHERE subscription_id IS NOT NULL AND status <> 'VOID'"
    " GROUP BY subscription_id, period_start HAVING count(*) > 1"
)
_BILLED_AHEAD = (
    "SELECT t.id, t.subscription_id, t.period_start, s.next_billing_date FROM transactions t"
    " JOIN subscriptions s ON s.id = t.subscription_id"
    " WHERE t.period_start >= s.next_billing_date AND t.status <> 'VOID'"
)
_TWO_LIVE = (
    "SELECT transaction_id, count(*) FROM stk_pushes"
    " WHERE state IN ('CREATED', 'SENDING', 'SENT', 'UNKNOWN')"
    " GROUP BY transaction_id HAVING count(*) > 1"
)
_GUARDS = (
    "SELECT id, state, live_transaction_id, live_phone FROM stk_pushes"
    " WHERE (state IN ('CREATED', 'SENDING', 'SENT', 'UNKNOWN') AND (live_transaction_id IS NULL"
    " OR live_transaction_id <> transaction_id))"
    " OR (state NOT IN ('CREATED', 'SENDING', 'SENT', 'UNKNOWN')"
    " AND (live_transaction_id IS NOT NULL OR live_phone IS NOT NULL))"
    " OR (state IN ('CREATED', 'SENDING') AND live_phone IS NULL)"
)
_TOO_MANY_RETRIES = (
    "SELECT t.id, t.retry_count, coalesce(s.ended, 0) FROM transactions t"
    " LEFT JOIN (SELECT transaction_id, count(*) AS ended FROM stk_pushes"
    " WHERE state IN ('FAILED', 'SUCCESS') GROUP BY transaction_id) s ON s.transaction_id = t.id"
    " WHERE t.retry_count > 3 OR t.retry_count > coalesce(s.ended, 0)"
)
_PAYMENTS = (
    "SELECT p.id, p.amount_kes, p.receipt, p.is_verified, s.token_hash, s.state FROM payments p"
    " LEFT JOIN stk_pushes s ON s.id = p.push_id WHERE p.source = 'STK'"
)
_BY_WORD = (
    "SELECT push_id FROM payments WHERE source = 'SMS'",
    (
        "SELECT a.transaction_id FROM allocations a JOIN payments p ON p.id = a.payment_id"
        " WHERE p.source = 'SMS'"
    ),
)
_SUBSCRIPTIONS = (
    "SELECT s.id, s.status, s.cycle_number, s.parked_at, s.next_billing_date, s.anchor_date"
    " FROM subscriptions s JOIN service_plans p ON p.id = s.plan_id WHERE p.renewal = 'FIXED'"
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a fixed subscription has been billed."""

    is_billable: bool
    cycle: int
    next_on: str
    anchor: str


class Promises:
    """Look at what each commit has left behind."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._final: dict[str, set[int]] = {"transactions": set(), "stk_pushes": set()}
        # What was settled on an owner's word alone may be undone by what is proved.
        self._by_word: dict[str, set[int]] = {"transactions": set(), "stk_pushes": set()}
        self._standings: dict[int, _Standing] = {}
        self._notices = NoticeCheck(world)
        self._manners = MannersCheck(world)
        self.commits = 0
        self._unchecked: set[str] = set()
        self._checks: tuple[tuple[frozenset[str], Check], ...] = (
            (frozenset({"payments", "allocations"}), self._money_adds_up),
            (frozenset({"allocations", "transactions"}), self._paid_is_what_was_allocated),
            (frozenset({"payments"}), self._payments_are_real),
            (frozenset({"transactions", "subscriptions"}), self._one_bill_a_period),
            (frozenset({"transactions", "stk_pushes"}), self._retries_follow_failures),
            (frozenset({"stk_pushes"}), self._one_live_prompt),
            (frozenset({"stk_pushes", "transactions"}), self._success_is_final),
            (frozenset({"subscriptions"}), self._no_period_is_lost),
            (frozenset({"stk_pushes"}), self._manners.check),
            (frozenset({"notifications", "transactions", "stk_pushes"}), self._notices.check),
        )

    async def committed(self, tables: set[str]) -> None:
        """Check what these tables' new content may have broken."""
        self.commits += 1
        self._unchecked |= tables
        # A real server makes each check wait, and others commit meanwhile in any case.
        if self._world.observer.is_exact or self.commits % _COMMITS_A_CHECK == 0:
            tables, self._unchecked = self._unchecked, set()
            await self._check(tables)

    async def _check(self, tables: set[str]) -> None:
        for watched, check in self._checks:
            if watched & tables:
                await check()

    async def _none(self, promise: str, sql: str) -> None:
        """Break the promise if the SELECT finds anything."""
        rows = await self._world.observer.rows(sql)
        if rows:
            self._world.fail(promise, str(rows[:3]))

    async def _money_adds_up(self) -> None:
        await self._none("received = allocated + credit", _MONEY)

    async def _paid_is_what_was_allocated(self) -> None:
        await self._none("a bill is paid by what was allocated to it", _PAID)

    async def _one_bill_a_period(self) -> None:
        await self._none("one bill per subscription and period", _TWICE_BILLED)
        await self._none("a bill and its next date move together", _BILLED_AHEAD)

    async def _one_live_prompt(self) -> None:
        await self._none("one live prompt a bill", _TWO_LIVE)
        await self._none("a live prompt holds its bill and phone", _GUARDS)

    async def _retries_follow_failures(self) -> None:
        await self._none("each retry follows a failure", _TOO_MANY_RETRIES)

    async def _payments_are_real(self) -> None:
        """Each payment is money that moved, counted once, with its own receipt."""
        seen: set[str] = set()
        rows = await self._world.observer.rows(_PAYMENTS)
        for payment_id, amount_kes, receipt, is_verified, token_hash, state in rows:
            sent = self._world.truth.by_token_hash.get(token_hash)
            if sent is None or not sent.is_paid or sent.prompt.order.amount_kes != amount_kes:
                self._world.fail("a payment is money that moved", f"{payment_id}: {sent}")
            elif token_hash in seen:
                self._world.fail("money counts once", f"payment {payment_id} of {sent}")
            elif is_verified and receipt != sent.receipt:
                self._world.fail("a proved receipt is M-Pesa's", f"{payment_id}: {receipt}")
            elif state != "SUCCESS":
                self._world.fail("success is final", f"payment {payment_id}, push {state}")
            seen.add(token_hash)

    async def _success_is_final(self) -> None:
        for table, sql in zip(("stk_pushes", "transactions"), _BY_WORD, strict=True):
            rows = await self._world.observer.rows(sql)
            self._by_word[table] |= {int(row[0]) for row in rows}
        for table, column in (("transactions", "status"), ("stk_pushes", "state")):
            sql = f"SELECT id FROM {table} WHERE {column} = 'SUCCESS'"  # noqa: S608 - two constants
            now = {int(row[0]) for row in await self._world.observer.rows(sql)}
            undone = self._final[table] - now - self._by_word[table]
            if undone:
                self._world.fail("success is final", f"{table} {sorted(undone)}")
            self._final[table] = now

    async def _no_period_is_lost(self) -> None:
        """A running fixed subscription moves on by as many cycles as it has got bills.

        One that begins to count anew, on another plan, begins where the last period ended.
        """
        rows = await self._world.observer.rows(_SUBSCRIPTIONS)
        # Nobody watches it while its plan is a rolling one.
        for left in self._standings.keys() - {row[0] for row in rows}:
            del self._standings[left]
        for row in rows:
            row_id, status, cycle, parked_at, next_on, anchor = row
            is_billable = status in {"ACTIVE", "PAST_DUE"} and parked_at is None
            before = self._standings.get(row_id)
            now = _Standing(is_billable, int(cycle), str(next_on), str(anchor))
            if before == now:
                continue
            self._standings[row_id] = now
            if before is None or not before.is_billable:
                continue
            if now.anchor != before.anchor:
                self._begins_anew(row_id, before, now)
            elif now.cycle != before.cycle:
                await self._bills_between(row_id, before, now)

    def _begins_anew(self, row_id: int, before: _Standing, now: _Standing) -> None:
        is_exact = self._world.observer.is_exact
        if is_exact and (now.anchor, now.next_on, now.cycle) != (before.next_on, now.anchor, 0):
            self._world.fail("no period is lost", f"subscription {row_id}: {before} to {now}")

    async def _bills_between(self, row_id: int, before: _Standing, now: _Standing) -> None:
        if not self._world.observer.is_exact:
            return
        sql = (
            f"SELECT count(*) FROM transactions WHERE subscription_id = {row_id}"  # noqa: S608 - a number
            f" AND period_start >= '{before.next_on}' AND period_start < '{now.next_on}'"
        )
        bills = (await self._world.observer.rows(sql))[0][0]
        if bills != now.cycle - before.cycle:
            detail = f"subscription {row_id} from {before} to {now} with {bills} bills"
            self._world.fail("no period is lost", detail)
