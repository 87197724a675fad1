"""The owner's plans: the list, one plan, and putting it away."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import plan_card, short
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, way_back
from core.billing.permissions import Permission
from core.models import ServicePlan


async def plan_list(context: Context, where: Where) -> Outcome:
    """Show the plans that can still be sold, newest first."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    plans = context.engine.plans
    page = await leaf(
        lambda cursor, limit: plans.page(owner.id, cursor=cursor, limit=limit),
        number_of(next(iter(where.arguments), None)),
    )
    text = _("<b>Plans</b>\nPress one to see or change it.")
    if not page.items:
        text = _("<b>Plans</b>\nNone yet. A plan says what you sell and how often it is paid.")
    rows: list[Row] = [[_plan_button(context, where, plan)] for plan in page.items]
    rows += pager(context.texts, where, page, "plans")
    rows.append([button(_("🆕 New plan"), where.to("new", "plan"), SUCCESS)])  # button
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _plan_button(context: Context, where: Where, plan: ServicePlan) -> InlineKeyboardButton:
    _ = context.texts.gettext
    words = _("{plan} · {amount}").format(
        plan=short(plan.name), amount=context.texts.kes(plan.amount_kes)
    )
    return button(words, where.to("plan", plan.id))


async def plan_screen(context: Context, where: Where) -> Outcome:
    """Show one plan with what can be done with it."""
    _ = context.texts.gettext
    plan, running = await _plan(context, where)
    rows: list[Row] = []
    if plan.archived_at is None:
        new_client = button(
            _("🆕 New client"), where.to("new", "client", plan.id), SUCCESS
        )  # button
        rename = button(_("✏️ Name"), where.to("new", "rename", plan.id), PRIMARY)  # button
        reprice = button(_("✏️ Price"), where.to("new", "reprice", plan.id), PRIMARY)  # button
        archive = button(_("🗄 Archive"), where.to("archive", plan.id), DANGER)  # button
        rows = [[new_client], [rename, reprice], [archive]]
    text = plan_card(context.texts, plan, running=running)
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


async def ask_to_archive(context: Context, where: Where) -> Outcome:
    """Name the plan and what putting it away means."""
    _ = context.texts.gettext
    plan, running = await _plan(context, where)
    text = context.texts.ngettext(
        "Archive the plan <b>{name}</b>? Nobody new can be put on it. {n} subscription goes on "
        "as before.",
        "Archive the plan <b>{name}</b>? Nobody new can be put on it. {n} subscriptions go on "
        "as before.",
        running,
    ).format(name=escape(plan.name), n=running)
    keep = button(_("◀ Keep it"), where.back())  # button
    archive = button(
        _("🗄 Archive it"),  # button
        where.stay("archived", plan.id),
        DANGER,
    )
    return Screen(text=text, rows=[[keep, archive]])


async def archive(context: Context, where: Where) -> Outcome:
    """Put the plan away; doing it again changes nothing."""
    _ = context.texts.gettext
    owner = await context.owner()
    plan = await context.engine.plans.archive(owner.id, _plan_id(where))
    text = _("🗄 <b>{name}</b> is archived.").format(name=escape(plan.name))
    plans = button(_("📋 Plans"), Where().to("plans"), PRIMARY)  # button
    return Screen(text=text, rows=[[plans], way_back(context.texts, where)])


async def _plan(context: Context, where: Where) -> tuple[ServicePlan, int]:
    owner = await context.owner(Permission.SEE)
    plan = await context.engine.plans.get(owner.id, _plan_id(where))
    return plan, await context.engine.plans.running(owner.id, plan.id)


def _plan_id(where: Where) -> int:
    return int(where.arguments[0])
