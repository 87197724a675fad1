"""Putting a client on another plan from his next period on: which one, and what it means."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import short, subscription_bills, subscription_rhythm
from bot.looks.places import Where
from bot.looks.screen import SUCCESS, Row, Screen, button, way_back
from bot.owner.clients.subscription_screens import card
from core.models import ServicePlan, Subscription

_MOST_PLANS = 20  # More buttons than that are no choice but a search.


async def choose_plan(context: Context, where: Where) -> Outcome:
    """Offer the plans that are sold, and the new price of his own one."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    page = await context.engine.plans.page(subscription.owner_id, limit=_MOST_PLANS)
    others = [plan for plan in page.items if _is_another(subscription, plan)]
    text = _(
        "<b>{client}</b> pays {amount} for {plan}. Which plan should follow from {date} on?"
    ).format(**_facts(context, subscription))
    if not others:
        text = _("There is no other plan. Make one first, or change this one's price.")
    rows: list[Row] = [[_choice(context, where, subscription, plan)] for plan in others]
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _is_another(subscription: Subscription, plan: ServicePlan) -> bool:
    return plan.id != subscription.plan_id or plan.amount_kes != subscription.amount_kes


def _choice(
    context: Context, where: Where, subscription: Subscription, plan: ServicePlan
) -> InlineKeyboardButton:
    _ = context.texts.gettext
    words = _("{plan} · {amount}").format(
        plan=short(plan.name), amount=context.texts.kes(plan.amount_kes)
    )
    return button(words, where.to("toplan", subscription.id, plan.id))


async def ask_to_change(context: Context, where: Where) -> Outcome:
    """Say what changes, from when on, and what does not."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    plan = await context.engine.plans.get(subscription.owner_id, int(where.arguments[1]))
    text = _(
        "Put <b>{client}</b> on <b>{new}</b> from {date} on?\n\n"
        "Until then: {plan}, {amount}\n"
        "From then on: {new}, {new_amount}, {rhythm}\n"
        "First bill: {bills}\n\n"
        "Bills already made stay as they are. The client is told now."
    ).format(
        **_facts(context, subscription),
        new=escape(plan.name),
        new_amount=context.texts.kes(plan.amount_kes),
        rhythm=subscription_rhythm(context.texts, subscription, plan),
        bills=subscription_bills(context.texts, subscription, plan),
    )
    keep = button(_("◀ Not yet"), where.back())  # button
    change = button(
        _("🔁 Yes, change it"),  # button
        _card_place(where).stay("planchanged", subscription.id, plan.id),
        SUCCESS,
    )
    return Screen(text=text, rows=[[keep, change]])


def _card_place(where: Where) -> Where:
    """Return the place from which the plans were looked at."""
    trail = [place for place in where.trail if not place.startswith("newplan:")]
    return Where(trail[0] if trail else "home", tuple(trail[1:]))


async def change(context: Context, where: Where) -> Outcome:
    """Agree on the plan from the next period on."""
    _ = context.texts.gettext
    owner = await context.owner()
    number, plan_id = (int(argument) for argument in where.arguments)
    subscription = await context.engine.changes.change_plan(owner.id, number, plan_id)
    return await card(context, where, subscription, toast=_("The plan changes later"))


async def keep(context: Context, where: Where) -> Outcome:
    """Call the change off."""
    _ = context.texts.gettext
    owner = await context.owner()
    subscription = await context.engine.changes.keep_plan(owner.id, int(where.arguments[0]))
    return await card(context, where, subscription, toast=_("The plan stays"))


def _facts(context: Context, subscription: Subscription) -> dict[str, str]:
    return {
        "client": escape(subscription.client.name),
        "plan": escape(subscription.plan.name),
        "amount": context.texts.kes(subscription.amount_kes),
        "date": context.texts.date(subscription.next_billing_date),
    }


async def _subscription(context: Context, where: Where) -> Subscription:
    owner = await context.owner()
    return await context.engine.subscriptions.get(owner.id, int(where.arguments[0]))
