"""A subscription's way from one status to another, and what comes with it.

Belongs inside the DB transaction of a use case.
"""

from collections.abc import Mapping
from datetime import date

from core.billing import lifecycle
from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Renewal, next_cycle_on_or_after
from core.errors import IllegalMove
from core.models import Subscription, Transaction
from core.services.context import Context
from core.services.notices import Notices
from core.services.voiding import OPEN, void_open_bills

# What is agreed for a later day, and is void once the subscription has ended.
LATER = (
    "invitation_expires_at",
    "suspend_at",
    "parked_at",
    "cancel_at",
    "resume_on",
    "next_plan_id",
    "next_amount_kes",
)


async def move(subscription: Subscription, wanted: SubscriptionStatus) -> None:
    """Change the status in one conditional UPDATE, so that of two who try one wins."""
    lifecycle.move(subscription.status, wanted)
    moved = await Subscription.filter(id=subscription.id, status=subscription.status).update(
        status=wanted
    )
    if not moved:
        raise IllegalMove(current=subscription.status, wanted=wanted)
    subscription.status = wanted


async def start(context: Context, subscription: Subscription) -> None:
    """Make it ACTIVE; billing begins on the first scheduled date from today on."""
    await move(subscription, SubscriptionStatus.ACTIVE)
    catch_up(subscription, context.today())
    subscription.activated_at = context.now()
    await subscription.save(
        update_fields=["activated_at", "anchor_date", "cycle_number", "next_billing_date"]
    )


async def go_on(context: Context, subscription: Subscription) -> None:
    """Make it ACTIVE again after a pause or a suspension, with no day agreed for its end."""
    await move(subscription, SubscriptionStatus.ACTIVE)
    catch_up(subscription, context.today())
    subscription.resume_on = subscription.paused_by_client_at = None
    await subscription.save(
        update_fields=[
            "anchor_date",
            "cycle_number",
            "next_billing_date",
            "parked_at",
            "resume_on",
            "paused_by_client_at",
        ]
    )


async def end(context: Context, subscription: Subscription) -> None:
    """Make it CANCELLED, with no open bill and nothing agreed for a later day."""
    await move(subscription, SubscriptionStatus.CANCELLED)
    subscription.cancelled_at = context.now()
    for later in LATER:
        setattr(subscription, later, None)
    await subscription.save(update_fields=["cancelled_at", *LATER])
    await void_open_bills(subscription.id)


def catch_up(subscription: Subscription, today: date) -> None:
    """Let no date before today fall due: nothing accrued meanwhile. Changes the row, saves not."""
    subscription.parked_at = None
    if subscription.next_billing_date >= today:
        return
    if subscription.plan.renewal is Renewal.ROLLING:
        subscription.anchor_date = subscription.next_billing_date = today
        subscription.cycle_number = 0
        return
    subscription.cycle_number, subscription.next_billing_date = next_cycle_on_or_after(
        subscription.schedule, anchor=subscription.anchor_date, day=today
    )


async def tell_pause(context: Context, notices: Notices, subscription: Subscription) -> None:
    """Tell the client that his owner has paused it, and until when."""
    day = subscription.resume_on
    params = {"resume_on": None if day is None else day.isoformat()}
    await _tell_client(context, notices, subscription, "client_put_on_pause", params)


async def tell_resumed(context: Context, notices: Notices, subscription: Subscription) -> None:
    """Tell the client that it goes on, what is open, and when he pays next."""
    owed = await Transaction.filter(subscription_id=subscription.id, status__in=list(OPEN))
    next_on = subscription.next_billing_date
    params = {
        # Of one that is to end with its period no bill follows.
        "next_on": next_on.isoformat() if subscription.cancel_at is None else None,
        "owed_kes": sum(bill.amount_kes - bill.paid_kes for bill in owed),
    }
    await _tell_client(context, notices, subscription, "client_resumed", params)


async def _tell_client(
    context: Context,
    notices: Notices,
    subscription: Subscription,
    template: str,
    params: Mapping[str, object],
) -> None:
    names = {"business": subscription.owner.display_name, "plan_name": subscription.plan.name}
    # Each call belongs to a move of its own, so two in one second are two pieces of news.
    key = f"{template}:{subscription.id}:{context.mint()[:16]}"
    await notices.client(subscription.client, template, {**names, **params}, key=key)
