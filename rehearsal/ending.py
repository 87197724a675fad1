"""Once nothing goes wrong any more, nothing may be stuck, and all news must have been taken in."""

from datetime import timedelta

from rehearsal.telegram import Telegram
from rehearsal.world import World

_PENDING = (
    " WHERE t.status = 'PENDING' AND s.status IN ('ACTIVE', 'PAST_DUE')"
    " AND t.next_attempt_at IS NOT NULL"
)
# One of a subscription that goes on by itself after a pause, or once another bill of it is paid,
# is due only from then on.
_ASKED_FROM = (
    "SELECT id, max(instant) FROM ("  # noqa: S608 - one constant
    "SELECT t.id AS id, t.next_attempt_at AS instant FROM transactions t"
    f" JOIN subscriptions s ON s.id = t.subscription_id{_PENDING}"
    " UNION ALL SELECT t.id, n.created_at FROM transactions t"
    " JOIN subscriptions s ON s.id = t.subscription_id"
    " JOIN notifications n ON n.dedupe_key LIKE 'subscription_resumed:' || s.id || ':%'"
    f"{_PENDING}"
    " UNION ALL SELECT t.id, o.settled_at FROM transactions t"
    " JOIN subscriptions s ON s.id = t.subscription_id"
    " JOIN transactions o ON o.subscription_id = s.id AND o.settled_at IS NOT NULL"
    f"{_PENDING}) asked GROUP BY id"
)
_STUCK: tuple[tuple[str, str, timedelta], ...] = (
    (
        "no prompt is stuck before it is sent",
        "SELECT id, created_at FROM stk_pushes WHERE state IN ('CREATED', 'SENDING')",
        timedelta(minutes=10),
    ),
    (
        "no prompt stays unknown",
        "SELECT id, created_at FROM stk_pushes WHERE state IN ('SENT', 'UNKNOWN')",
        timedelta(hours=26),
    ),
    (
        "no event stays unhandled",
        "SELECT id, received_at FROM inbound_events WHERE handled_at IS NULL",
        timedelta(minutes=10),
    ),
    (
        "no notice stays queued",
        "SELECT id, not_before FROM notifications WHERE state = 'QUEUED'",
        timedelta(minutes=10),
    ),
    (
        "a pending bill is asked for",
        _ASKED_FROM,
        timedelta(hours=26),
    ),
    (
        "a failed bill is retried",
        (
            "SELECT t.id, t.next_attempt_at FROM transactions t"
            " JOIN subscriptions s ON s.id = t.subscription_id"
            " WHERE t.status = 'FAILED' AND s.status IN ('ACTIVE', 'PAST_DUE')"
            " AND t.next_attempt_at IS NOT NULL"
        ),
        timedelta(minutes=10),
    ),
    (
        "what is due is billed",
        (
            "SELECT id, next_billing_date FROM subscriptions"
            " WHERE status IN ('ACTIVE', 'PAST_DUE') AND parked_at IS NULL"
        ),
        timedelta(hours=26),
    ),
    (
        "who owes too long is suspended",
        (
            "SELECT id, suspend_at FROM subscriptions WHERE status = 'PAST_DUE'"
            " AND suspend_at IS NOT NULL"
        ),
        timedelta(minutes=10),
    ),
)
_FORGOTTEN: tuple[tuple[str, str], ...] = (
    (
        "a pending bill has a future",
        (
            "SELECT t.id FROM transactions t JOIN subscriptions s ON s.id = t.subscription_id"
            " LEFT JOIN stk_pushes p ON p.live_transaction_id = t.id"
            " WHERE t.status = 'PENDING' AND s.status IN ('ACTIVE', 'PAST_DUE')"
            " AND t.next_attempt_at IS NULL AND p.id IS NULL"
        ),
    ),
    (
        "a charge has an end",
        (
            "SELECT t.id FROM transactions t"
            " LEFT JOIN stk_pushes p ON p.live_transaction_id = t.id"
            " WHERE t.status = 'PENDING' AND t.subscription_id IS NULL AND p.id IS NULL"
        ),
    ),
    (
        "a failed bill has a future",
        (
            "SELECT t.id FROM transactions t JOIN subscriptions s ON s.id = t.subscription_id"
            " WHERE t.status = 'FAILED' AND s.status IN ('ACTIVE', 'PAST_DUE')"
            " AND t.next_attempt_at IS NULL AND t.needs_person_at IS NULL AND s.suspend_at IS NULL"
        ),
    ),
    (
        "no event breaks its handler",
        "SELECT id, attempts FROM inbound_events WHERE outcome = 'error'",
    ),
    (
        "no notice is given up",
        "SELECT id, detail FROM notifications WHERE state = 'FAILED'",
    ),
)


async def nothing_is_stuck(world: World) -> None:
    """Check that nothing waits for longer than it should. For calm days."""
    for promise, sql, patience in _STUCK:
        latest = world.clock.now() - patience
        rows = await world.observer.rows(sql)
        stuck = [row for row in rows if world.instant(row[1]) < latest]
        if stuck:
            world.fail(promise, f"{stuck[:3]} at {world.clock.now()}")


async def judge_the_end(world: World, telegram: Telegram) -> None:
    """Check what only the end can show."""
    await nothing_is_stuck(world)
    for promise, sql in _FORGOTTEN:
        rows = await world.observer.rows(sql)
        if rows:
            world.fail(promise, str(rows[:3]))
    await _all_news_was_taken_in(world)
    await _no_cash_is_made_up(world)
    await _all_notices_were_shown(world, telegram)


async def _all_news_was_taken_in(world: World) -> None:
    """Money of which a genuine callback was acknowledged is in the books."""
    rows = await world.observer.rows(
        "SELECT s.token_hash FROM payments p JOIN stk_pushes s ON s.id = p.push_id"
    )
    known = {row[0] for row in rows}
    for sent in world.truth.sent:
        if sent.told_paid and sent.token_hash not in known:
            world.fail("money that we were told of is in the books", str(sent))


async def _no_cash_is_made_up(world: World) -> None:
    """Money by hand is what owners entered, each time once at most."""
    rows = await world.observer.rows(
        "SELECT coalesce(sum(amount_kes), 0) FROM payments WHERE source IN ('CASH', 'BANK')"
    )
    if int(rows[0][0]) > world.truth.by_hand_kes:
        world.fail("cash is booked once", f"{rows[0][0]} of {world.truth.by_hand_kes}")


async def _all_notices_were_shown(world: World, telegram: Telegram) -> None:
    rows = await world.observer.rows("SELECT id FROM notifications WHERE state = 'SENT'")
    for (row_id,) in rows:
        if not telegram.shown[row_id]:
            world.fail("a notice that counts as sent was shown", str(row_id))
