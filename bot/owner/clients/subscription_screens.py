"""One subscription of an owner's client, and what can be done with it."""

from collections.abc import Awaitable, Callable
from html import escape

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import subscription_card
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, Toast, button, way_back
from bot.owner.clients.invitation_screens import invitation_lines, link_rows
from core.billing.changes import can_change_plan, can_end_later
from core.billing.lifecycle import BILLABLE, SubscriptionStatus, can_move
from core.billing.permissions import Permission
from core.errors import Conflict, IllegalMove
from core.models import Subscription
from core.services.bills.making import MissedPeriods

_S = SubscriptionStatus


async def subscription_screen(context: Context, where: Where) -> Outcome:
    """Show one subscription with what can be done with it now."""
    return await card(context, where, await _subscription(context, where))


async def card(
    context: Context, where: Where, subscription: Subscription, *, toast: str | None = None
) -> Screen:
    """Show the subscription again after something was done with it."""
    _ = context.texts.gettext
    here = where.at("sub", subscription.id)
    text = subscription_card(context.texts, subscription)
    if subscription.status is _S.PENDING_ACTIVATION:
        text += "\n\n" + await invitation_lines(context, subscription)
    client = button(_("👤 Open the client"), here.to("client", subscription.client_id))  # button
    bills = button(_("🧾 Transactions"), here.to("txns", subscription.id), PRIMARY)  # button
    return Screen(
        text=text,
        rows=[
            *actions(context, here, subscription),
            *await link_rows(context, here, subscription),
            [bills],
            [client],
            way_back(context.texts, here),
        ],
        toast=toast,
    )


def actions(context: Context, here: Where, subscription: Subscription) -> list[Row]:
    """Return a button for each move that this status allows."""
    _ = context.texts.gettext
    number, status = subscription.id, subscription.status
    rows: list[Row] = _choices_of_missed(context, here, subscription)
    if status is _S.PENDING_ACTIVATION:
        activate = button(_("✅ Activate by hand"), here.to("activate", number), SUCCESS)  # button
        again = button(_("📨 Send a new link"), here.stay("invite", number), PRIMARY)  # button
        rows += [[activate], [again]]
    elif status in {_S.PAUSED, _S.SUSPENDED}:
        rows.append([button(_("▶️ Resume"), here.stay("resumesub", number), SUCCESS)])  # button
    rows += _pauses(context, here, subscription)
    rows += _changes(context, here, subscription)
    if can_move(status, _S.CANCELLED):
        rows.append([button(_("✖️ Cancel it"), here.to("cancel", number), DANGER)])  # button
    return rows


def _pauses(context: Context, here: Where, subscription: Subscription) -> list[Row]:
    _ = context.texts.gettext
    until = here.to("new", "pause", subscription.id)
    if subscription.status is _S.PAUSED:
        return [[button(_("📅 Pause until …"), until)]]  # button
    if not can_move(subscription.status, _S.PAUSED):
        return []
    pause = button(_("⏸ Pause"), here.stay("pause", subscription.id))  # button
    return [[pause, button(_("📅 Pause until …"), until)]]  # button


def _changes(context: Context, here: Where, subscription: Subscription) -> list[Row]:
    """Return what can be agreed for a later day, or called off again."""
    _ = context.texts.gettext
    if subscription.cancel_at is not None:
        stay = here.stay("goon", subscription.id)
        return [[button(_("↩️ Let it go on"), stay, SUCCESS)]]  # button
    if not can_change_plan(subscription.status):
        return []
    rows: list[Row] = []
    if subscription.next_plan_id is not None:
        keep = here.stay("keepplan", subscription.id)
        rows.append([button(_("↩️ Keep the old plan"), keep)])  # button
    change = here.to("newplan", subscription.id)
    return [*rows, [button(_("🔁 Change the plan"), change)]]  # button


def _choices_of_missed(context: Context, here: Where, subscription: Subscription) -> list[Row]:
    """Return what may become of the periods that an outage left behind."""
    _ = context.texts.gettext
    if subscription.parked_at is None or subscription.status not in BILLABLE:
        return []
    words = {
        MissedPeriods.ALL: _("Bill all missed periods"),  # button
        MissedPeriods.LATEST: _("Bill only the latest"),  # button
        MissedPeriods.NONE: _("Bill none of them"),  # button
    }
    return [
        [button(text, here.stay("missed", subscription.id, choice), PRIMARY)]
        for choice, text in words.items()
    ]


async def ask_to_activate(context: Context, where: Where) -> Outcome:
    """Say what activating by hand means."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    text = _(
        "Activate <b>{client}</b> on {plan} by hand? Billing begins without the client having "
        "accepted in Telegram: {amount}, first on {date}."
    ).format(
        client=escape(subscription.client.name),
        plan=escape(subscription.plan.name),
        amount=context.texts.kes(subscription.amount_kes),
        date=context.texts.date(subscription.next_billing_date),
    )
    not_yet = button(_("◀ Not yet"), where.back())  # button
    activate = button(_("✅ Activate"), _done(where, "activated"), SUCCESS)  # button
    return Screen(text=text, rows=[[not_yet, activate]])


async def ask_to_cancel(context: Context, where: Where) -> Outcome:
    """Name the subscription and what its end means, now or after the billed period."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    text = _(
        "Cancel <b>{client}</b> on {plan}? No further bill of {amount} is made, open ones are "
        "dropped, and the client is told. This can't be undone."
    ).format(
        client=escape(subscription.client.name),
        plan=escape(subscription.plan.name),
        amount=context.texts.kes(subscription.amount_kes),
    )
    keep = button(_("◀ Keep it"), where.back())  # button
    cancel = button(_("✖️ Yes, cancel it"), _done(where, "cancelled"), DANGER)  # button
    rows: list[Row] = [[keep, cancel]]
    if _can_end_later(context, subscription):
        text += "\n\n" + _(
            "Or let it run to the end of the period, {date}. What is unpaid by then is dropped."
        ).format(date=context.texts.date(subscription.next_billing_date))
        later = button(_("📅 At the period's end"), _done(where, "endlater"))  # button
        rows.append([later])
    return Screen(text=text, rows=rows)


def _can_end_later(context: Context, subscription: Subscription) -> bool:
    return subscription.cancel_at is None and can_end_later(
        subscription.status,
        next_on=subscription.next_billing_date,
        today=context.engine.today(),
        is_parked=subscription.parked_at is not None,
    )


def _done(where: Where, action: str) -> str:
    """Return the data of the last button: afterwards the card stands where it stood before."""
    card = Where(where.trail[0] if where.trail else "home", where.trail[1:])
    return card.stay(action, *where.arguments)


async def activate(context: Context, where: Where) -> Outcome:
    """Activate it; the client need not have accepted."""
    _ = context.texts.gettext
    subscriptions = context.engine.subscriptions
    return await _do(context, where, subscriptions.activate, _("Activated"))


async def pause(context: Context, where: Where) -> Outcome:
    """Pause it: nothing is billed meanwhile."""
    _ = context.texts.gettext
    return await _do(context, where, context.engine.subscriptions.pause, _("Paused"))


async def resume(context: Context, where: Where) -> Outcome:
    """Let it go on from the next billing day."""
    _ = context.texts.gettext
    return await _do(context, where, context.engine.subscriptions.resume, _("It goes on"))


async def cancel(context: Context, where: Where) -> Outcome:
    """End it."""
    _ = context.texts.gettext
    return await _do(context, where, context.engine.subscriptions.cancel, _("Cancelled"))


async def end_later(context: Context, where: Where) -> Outcome:
    """Let it end with the period that is billed already."""
    _ = context.texts.gettext
    return await _do(context, where, context.engine.changes.end_later, _("It ends later"))


async def let_go_on(context: Context, where: Where) -> Outcome:
    """Call the end off."""
    _ = context.texts.gettext
    return await _do(context, where, context.engine.changes.do_not_end, _("It goes on"))


async def bill_missed(context: Context, where: Where) -> Outcome:
    """Bill what the owner chose of the missed periods, and go on."""
    _ = context.texts.gettext
    owner = await context.owner()
    number, choice = where.arguments
    unpark = context.engine.billing.unpark
    try:
        subscription = await unpark(owner.id, int(number), MissedPeriods(choice))
    except Conflict as error:
        if error.params["reason"] != "not_parked":
            raise
        return Toast(text=_("Already done"))
    return await card(context, where, subscription, toast=_("It goes on"))


async def invite_again(context: Context, where: Where) -> Outcome:
    """Make a new link; the invitation follows as a message of its own."""
    _ = context.texts.gettext
    owner = await context.owner()
    renew = context.engine.invitations.renew
    subscription = await renew(owner.id, int(where.arguments[0]))
    toast = _("A new invitation follows below. The old link does not work any more.")
    return await card(context, where, subscription, toast=toast)


async def _do(
    context: Context,
    where: Where,
    act: Callable[[int, int], Awaitable[Subscription]],
    toast: str,
) -> Outcome:
    owner = await context.owner()
    try:
        subscription = await act(owner.id, int(where.arguments[0]))
    except IllegalMove as error:
        if error.params["current"] != error.params["wanted"]:
            raise
        return Toast(text=context.texts.gettext("Already done"))
    return await card(context, where, subscription, toast=toast)


async def _subscription(context: Context, where: Where) -> Subscription:
    owner = await context.owner(Permission.SEE)
    return await context.engine.subscriptions.get(owner.id, int(where.arguments[0]))
