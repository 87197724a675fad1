"""When the program has something to do, so that a clock can jump there and no job runs idle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tortoise.queryset import QuerySet

from core.billing.lifecycle import BILLABLE, PushState, SubscriptionStatus, TransactionStatus
from core.engine import Engine
from core.models import (
    InboundEvent,
    InboundSource,
    Notification,
    NotificationState,
    StkPush,
    Subscription,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_HOP = timedelta(hours=12)
"""Jobs that look at the calendar get their turn twice a day."""
BY_CALENDAR = frozenset(
    {
        "process_due_payments",
        "spend_credit",
        "apply_due_changes",
        "finish_checks",
        "queue_due_digests",
        "forget_what_is_done",
    }
)
"""Those whose work no single column announces, and which can wait for their turn."""
ANNOUNCED = frozenset(
    {
        "send_due_prompts",
        "retry_failed_payments",
        "reconcile",
        "suspend_overdue",
        "deliver_notifications",
        "handle_callbacks",
    }
)
"""Those that need to run only when `look_ahead` says so."""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do."""

    due: frozenset[str]
    """The jobs that have something to do by now; it may have to wait for a better hour."""
    next_at: datetime | None
    """The earliest instant after now at which something falls due; None: nothing will."""


async def look_ahead(engine: Engine) -> Work:
    """Return what there is to do, as far as rows tell."""
    now = engine.now()
    billing_at = await engine.dashboard.next_billing_at()
    instants = [] if billing_at is None else [("process_due_payments", billing_at)]
    for job, rows, column in _rows():
        instants += [(job, instant) for instant in await _instants(rows, column, now)]
    instants += [("reconcile", instant) for instant in await _closings(engine)]
    return Work(
        due=frozenset(job for job, instant in instants if instant <= now),
        next_at=min((instant for _, instant in instants if instant > now), default=None),
    )


def _rows() -> list[tuple[str, QuerySet[Any], str]]:
    """Return by whom rows are worked on, which rows they are, and the column that says when."""
    pending = Transaction.filter(status=TransactionStatus.PENDING)
    failed = Transaction.filter(
        status=TransactionStatus.FAILED, subscription__status__in=list(BILLABLE)
    )
    asked = StkPush.filter(checkout_request_id__not_isnull=True)
    notices = Notification.filter(state=NotificationState.QUEUED)
    subscriptions = Subscription.exclude(status=SubscriptionStatus.CANCELLED)
    return [
        ("send_due_prompts", pending, "next_attempt_at"),
        ("retry_failed_payments", failed, "next_attempt_at"),
        ("reconcile", asked.exclude(state=PushState.SUCCESS), "next_query_at"),
        ("suspend_overdue", Subscription.filter(status=SubscriptionStatus.PAST_DUE), "suspend_at"),
        ("apply_due_changes", subscriptions, "cancel_at"),
        ("deliver_notifications", notices, "not_before"),
        ("deliver_notifications", notices, "leased_until"),
        ("handle_callbacks", InboundEvent.filter(handled_at=None), "leased_until"),
    ]


async def _closings(engine: Engine) -> list[datetime]:
    """Return when a prompt without an answer is given up."""
    patience = engine.settings.unknown_closes_after
    unknown = StkPush.filter(state=PushState.UNKNOWN)
    created = await _instants(unknown, "created_at", engine.now() - patience)
    return [instant + patience for instant in created]


async def _instants(rows: QuerySet[Any], column: str, now: datetime) -> list[datetime]:
    """Return the earliest value of a column, and if it is past, the earliest to come as well."""
    known = rows.filter(**{f"{column}__not_isnull": True})
    first = await _first(known, column)
    if first is None or first > now:
        return [] if first is None else [first]
    following = await _first(known.filter(**{f"{column}__gt": now}), column)
    return [first] if following is None else [first, following]


async def _first(rows: QuerySet[Any], column: str) -> datetime | None:
    found: Sequence[Any] = await rows.order_by(column).limit(1).values_list(column, flat=True)
    return found[0] if found else None


async def has_unread_mail(engine: Engine) -> bool:
    """Tell whether an update or a callback waits that could be handled now."""
    now = engine.now()
    waiting = await InboundEvent.filter(
        handled_at=None, source__in=[InboundSource.TELEGRAM, InboundSource.STK]
    ).values_list("source", "leased_until")
    return any(
        source == InboundSource.TELEGRAM or leased_until is None or leased_until <= now
        for source, leased_until in waiting
    )
