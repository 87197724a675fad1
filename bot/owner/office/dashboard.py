"""The owner's home: how the business stands, and everything that can be done."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome, open_form
from bot.forms.sheet import Sheets
from bot.looks.cards import transaction_line
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, SUCCESS, Row, Screen, button
from bot.owner.office.first_steps import next_step, progress
from bot.words.texts import Texts
from core.billing.permissions import Permission
from core.errors import NoMerchantAccount
from core.models import User
from core.services.bills.transactions import Only
from core.services.office.dashboard import Beginnings, Overview


async def dashboard(context: Context, where: Where, sheets: Sheets) -> Outcome:
    """Show each number as a button that opens what it counts, and a button for each action."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    overview = await context.engine.dashboard.overview(owner.id)
    begun = overview.begun
    updated = _("Updated {time}").format(
        time=context.engine.now().astimezone(context.engine.zone).strftime("%H:%M")
    )
    blocks = (
        _("<b>{business}</b>").format(business=escape(owner.display_name)),
        progress(context.texts, begun),
        _subscriptions(context.texts, overview),
        _latest(context.texts, overview),
        f"<i>{updated}</i>",
    )
    is_refresh = where.arguments == ["again"]
    return Screen(
        text="\n\n".join(block for block in blocks if block),
        rows=[*_numbers(context.texts, overview), *await _actions(context, owner, sheets, begun)],
        toast=updated if is_refresh else None,
    )


def _subscriptions(texts: Texts, overview: Overview) -> str:
    _ = texts.gettext
    counts = [
        _("{status}: {n}").format(status=texts.status(status), n=count)
        for status, count in overview.by_status.items()
        if count
    ]
    title = _("<b>Subscriptions</b>")
    return "\n".join([title, *(counts or [_("None yet: add your first client.")])])


def _latest(texts: Texts, overview: Overview) -> str:
    _ = texts.gettext
    lines = [transaction_line(texts, transaction) for transaction in overview.latest]
    return "\n".join([_("<b>Latest transactions</b>"), *(lines or [_("None yet.")])])


def _numbers(texts: Texts, overview: Overview) -> list[Row]:
    """Return a button for each number; it opens the list of what was counted."""
    _ = texts.gettext
    here = Where()
    due = _("📅 Due today: {n}").format(n=overview.due_today)
    failed = _("❌ Failed: {n}").format(n=overview.failed)
    overdue = _("⚠️ Overdue: {n} · {amount}").format(
        n=overview.overdue_count, amount=texts.kes(overview.overdue_kes)
    )
    received = _("💰 Received this month: {amount}").format(
        amount=texts.kes(overview.received_month_kes)
    )
    week = _("🗓 Next 7 days: {n} · {amount}").format(
        n=overview.next_week_count, amount=texts.kes(overview.next_week_kes)
    )
    rows: list[Row] = [
        [
            button(due, here.to("today")),
            button(failed, here.to("txns", 0, Only.FAILED)),
        ],
        [button(overdue, here.to("txns", 0, Only.OVERDUE))],
        [button(received, here.to("money"))],
        [button(week, here.to("week"))],
    ]
    if overview.needs_you:
        words = _("👉 Needs you: {n}").format(n=overview.needs_you)  # button
        rows.insert(0, [button(words, here.to("needs"), PRIMARY)])
    return rows


async def _actions(context: Context, owner: User, sheets: Sheets, begun: Beginnings) -> list[Row]:
    _ = context.texts.gettext
    here = Where()
    rows: list[Row] = []
    unfinished = await open_form(context, sheets)
    following = next_step(context.texts, begun)
    if unfinished is not None:
        title = unfinished.form.title(context.texts)
        rows.append([button(_("✏️ Go on: {form}").format(form=title), here.to("resume"), PRIMARY)])
    elif following is not None:
        rows.append([following])
    rows.append(
        [
            button(_("🆕 New plan"), here.to("new", "plan"), SUCCESS),  # button
            _new_client(context, has_plan=begun.has_plan),
        ]
    )
    rows.append([await _push(context, owner)])
    return [*rows, *_list_rows(context.texts)]


def _new_client(context: Context, *, has_plan: bool) -> InlineKeyboardButton:
    _ = context.texts.gettext
    if has_plan:
        return button(_("🆕 New client"), Where().to("new", "client"), SUCCESS)  # button
    return button(_("🔒 New client"), Where().to("locked", "plan"))  # button


async def _push(context: Context, owner: User) -> InlineKeyboardButton:
    _ = context.texts.gettext
    try:
        await context.engine.accounts.for_owner(owner)
    except NoMerchantAccount:
        return button(_("🔒 Simulate STK push"), Where().to("locked", "account"))  # button
    return button(_("📲 Simulate STK push"), Where().to("new", "push"), PRIMARY)  # button


def _list_rows(texts: Texts) -> list[Row]:
    _ = texts.gettext
    here = Where()
    return [
        [
            button(_("📋 Plans"), here.to("plans"), PRIMARY),  # button
            button(_("👥 Clients"), here.to("clients"), PRIMARY),  # button
        ],
        [
            button(_("🧾 Transactions"), here.to("txns", 0), PRIMARY),  # button
            button(_("📊 Charts"), here.to("chart", "day"), PRIMARY),  # button
        ],
        [
            button(_("⚙️ Settings"), here.to("set")),  # button
            button(_("🔄 Refresh"), here.stay("home", "again")),  # button
        ],
    ]
