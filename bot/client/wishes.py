"""What a client may wish at a business: reminders, a pause, to go on, to leave."""

from html import escape

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, Screen, button, way_back
from core.billing.own_wishes import may_leave, may_pause
from core.models import Subscription


async def set_reminders(context: Context, where: Where) -> Outcome:
    """Switch a business's reminders on or off, and say what that means."""
    _ = context.texts.gettext
    number, wish = int(where.arguments[0]), where.arguments[1]
    client = await context.engine.own_wishes.set_reminders(
        context.person.telegram_id, number, wanted=wish == "on"
    )
    business = escape(client.owner.display_name)
    text = (
        _("🔔 <b>{business}</b> may remind you again before you pay.")
        if wish == "on"
        else _(
            "🔕 <b>{business}</b> sends you no reminders any more. Receipts still come, and on "
            "the billing day your phone still asks for your PIN."
        )
    ).format(business=business)
    return Screen(text=text, rows=[way_back(context.texts, where)])


async def ask_how_to_end(context: Context, where: Where) -> Outcome:
    """Say what pausing and leaving mean; the press on one of them is the confirmation."""
    _ = context.texts.gettext
    number = int(where.arguments[0])
    person = context.person.telegram_id
    subscription = await context.engine.standings.subscription(person, number)
    standing = await context.engine.standings.standing(person, subscription.client_id)
    owes = standing.owes_for(subscription.id)
    lines = [
        _("<b>{plan}</b> at {business}").format(**_names(subscription)),
        "",
        _("⏸ Pause: nothing is billed until you go on. You can do that here at any time.")
        if may_pause(subscription.status, owes=owes)
        else _("⏸ You can pause it once nothing is open and it is running."),
        _("👋 Leave: it ends at once, for good. What you owe stays owed to the business."),
        _("The business is told either way."),
    ]
    rows = [[button(_("◀ Keep it"), where.back())]]  # button
    if may_pause(subscription.status, owes=owes):
        rows.append([button(_("⏸ Yes, pause"), where.stay("mypause", number), PRIMARY)])  # button
    if may_leave(subscription.status):
        rows.append([button(_("👋 Yes, leave"), where.stay("myleave", number), DANGER)])  # button
    return Screen(text="\n".join(lines), rows=rows)


async def pause(context: Context, where: Where) -> Outcome:
    """Pause it."""
    _ = context.texts.gettext
    subscription = await context.engine.own_wishes.pause(
        context.person.telegram_id, int(where.arguments[0])
    )
    text = _(
        "⏸ <b>{plan}</b> at {business} is paused. Nothing is billed until you go on, and the "
        "business knows."
    )
    return _done(context, where, text.format(**_names(subscription)))


async def go_on(context: Context, where: Where) -> Outcome:
    """End his own pause."""
    _ = context.texts.gettext
    subscription = await context.engine.own_wishes.go_on(
        context.person.telegram_id, int(where.arguments[0])
    )
    text = _("▶️ <b>{plan}</b> at {business} goes on. Next bill: {date}").format(
        date=context.texts.date(subscription.next_billing_date), **_names(subscription)
    )
    return _done(context, where, text)


async def leave(context: Context, where: Where) -> Outcome:
    """End it."""
    _ = context.texts.gettext
    subscription = await context.engine.own_wishes.leave(
        context.person.telegram_id, int(where.arguments[0])
    )
    text = _(
        "👋 You have left <b>{plan}</b> at {business}. No more bills are made, and the business "
        "knows."
    )
    return _done(context, where, text.format(**_names(subscription)))


def _names(subscription: Subscription) -> dict[str, str]:
    return {
        "plan": escape(subscription.plan.name),
        "business": escape(subscription.owner.display_name),
    }


def _done(context: Context, where: Where, text: str) -> Screen:
    _ = context.texts.gettext
    mine = button(_("📄 What I pay for"), Where().to("status"), PRIMARY)  # button
    return Screen(text=text, rows=[[mine], way_back(context.texts, where)])
