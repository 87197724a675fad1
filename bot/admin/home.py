"""An admin's screens: how things are, what can be done, who did what.

For anybody else none of it exists: the command is unknown and a button is out of date.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from html import escape

from telegram import InlineKeyboardButton

from bot import chat
from bot.context import Context
from bot.forms.filling import MenuOutOfDate, Outcome
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, in_rows, way_back
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.models import Approval, AuditEntry, InboundEvent
from core.services.admin.health import Health, Rate

Open = Callable[[Context, Where], Awaitable[Outcome]]


def for_admin(screen: Open) -> Open:
    """Return the screen as it is for admins; for anybody else there is no such place."""

    async def guarded(context: Context, where: Where) -> Outcome:
        if not context.engine.people.is_admin(context.person.telegram_id):
            raise MenuOutOfDate
        return await screen(context, where)

    return guarded


async def admin_home(context: Context, where: Where) -> Outcome:
    """Show what an admin can do, and whether prompts are stopped."""
    _ = context.texts.gettext
    stop = await context.engine.prompt_stop.find()
    lines = [_("<b>🛡 Administration</b>")]
    if stop is not None:
        lines.append(
            _("⏸ All prompts are stopped since {moment}: {reason}").format(
                moment=context.texts.moment(stop.at), reason=shown(stop.reason, limit=300)
            )
        )
    buttons = [
        button(_("🩺 Health"), where.to("ahealth"), PRIMARY),  # button
        button(_("📊 Totals"), where.to("atotals"), PRIMARY),  # button
        button(_("🏪 Businesses"), where.to("aowners", "ALL"), PRIMARY),  # button
        button(_("🔎 Look up a payment"), where.to("anew", "look")),  # button
        button(_("⚙️ Bill now"), where.to("abill")),  # button
        button(_("📥 Unmatched from M-Pesa"), where.to("aevents")),  # button
        button(_("📣 Write to all"), where.to("anew", "say")),  # button
        button(_("📜 Log"), where.to("alog")),  # button
    ]
    rows = [*in_rows(buttons, 2), [_stop_button(context.texts, where, is_stopped=bool(stop))]]
    return Screen(text="\n\n".join(lines), rows=[*rows, way_back(context.texts, where)])


def _stop_button(texts: Texts, where: Where, *, is_stopped: bool) -> InlineKeyboardButton:
    _ = texts.gettext
    if is_stopped:
        return button(_("▶️ Let prompts go on"), where.to("aresume"), SUCCESS)  # button
    return button(_("⏸ Stop all prompts"), where.to("anew", "stop"), DANGER)  # button


async def health(context: Context, where: Where) -> Outcome:
    """Show queues, the oldest that waits, the last ticks, and errors of the last hour."""
    _ = context.texts.gettext
    found = await context.engine.health.look(admin_telegram_id=context.person.telegram_id)
    queues = found.queues
    lines = [
        _("<b>🩺 Health</b>"),
        "",
        _("Prompts that are due: {n}, oldest {age}").format(
            n=queues.prompts, age=_age(context, found.oldest_due_at)
        ),
        _("Messages to send: {n}, oldest {age}").format(
            n=queues.notices, age=_age(context, found.oldest_notice_at)
        ),
        _("News of M-Pesa to settle: {n}").format(n=queues.callbacks),
        _("Presses and messages to handle: {n}").format(n=queues.updates),
        "",
        _("Daraja, last hour: {rate}").format(rate=_rate(context.texts, found.daraja)),
        _("Telegram, last hour: {rate}").format(rate=_rate(context.texts, found.telegram)),
        "",
        *_ran(context, found),
    ]
    again = button(_("🔄 Refresh"), where.stay("ahealth"))  # button
    return Screen(text="\n".join(lines), rows=[[again], way_back(context.texts, where)])


def _age(context: Context, since: datetime | None) -> str:
    """Return how long ago that was: `12 s`, `5 min`, `3 h`."""
    if since is None:
        return "–"  # noqa: RUF001 - a dash on purpose
    seconds = max(0, int((context.engine.now() - since).total_seconds()))
    for unit, length_s in (("h", 3600), ("min", 60)):
        if seconds >= length_s:
            return f"{seconds // length_s} {unit}"
    return f"{seconds} s"


def _rate(texts: Texts, rate: Rate) -> str:
    _ = texts.gettext
    percent = round(100 * rate.bad / rate.all) if rate.all else 0
    return _("{bad} of {all} went wrong ({percent} %)").format(
        bad=rate.bad, all=rate.all, percent=percent
    )


def _ran(context: Context, found: Health) -> list[str]:
    _ = context.texts.gettext
    title = _("Last runs:")
    lines = [f"<code>{escape(job)}</code> {_age(context, at)}" for job, at in found.ran.items()]
    return [title, *(lines or [_("None yet.")])]


async def totals(context: Context, where: Where) -> Outcome:
    """Show the installation in figures."""
    _ = context.texts.gettext
    found = await context.engine.businesses.totals(admin_telegram_id=context.person.telegram_id)
    kes = context.texts.kes
    lines = [
        _("<b>📊 Totals</b>"),
        "",
        _("Businesses: {open} open, {waiting} waiting, {closed} suspended").format(
            open=found.owners[Approval.APPROVED],
            waiting=found.owners[Approval.PENDING],
            closed=found.owners[Approval.SUSPENDED],
        ),
        _("Clients: {n}").format(n=found.clients),
        _("Running subscriptions: {n}").format(n=found.running),
        _("Prompts today: {n}").format(n=found.prompts_today),
        _("Received today: {amount}").format(amount=kes(found.received_today_kes)),
        _("Received this month: {amount}").format(amount=kes(found.received_month_kes)),
    ]
    return Screen(text="\n".join(lines), rows=[way_back(context.texts, where)])


# --- doing --------------------------------------------------------------------------------------


async def resume_prompts(context: Context, where: Where) -> Outcome:
    """Let all prompts go on."""
    await context.engine.prompt_stop.resume(admin_telegram_id=context.person.telegram_id)
    return where.at("admin")


async def ask_to_bill(context: Context, where: Where) -> Outcome:
    """Say what billing by hand does."""
    _ = context.texts.gettext
    text = _(
        "Make all bills that are due now, whatever the time of day, and ask again for those that "
        "have cooled down? A period is never billed twice. Prompts then go out by themselves, "
        "within the sociable hours."
    )
    not_now = button(_("◀ Not now"), where.back())  # button
    yes = button(_("⚙️ Yes, bill now"), where.stay("abillyes"), SUCCESS)  # button
    return Screen(text=text, rows=[[not_now, yes]])


async def bill_now(context: Context, where: Where) -> Outcome:
    """Begin, and show in place what came of it."""
    _ = context.texts.gettext
    return Screen(
        text=_("⏳ Making the bills …"), afterwards=partial(_begin_billing, context, where)
    )


async def _begin_billing(context: Context, where: Where, message_id: int) -> None:
    context.application.create_task(_bill(context, where, message_id), update=context.incoming)


async def _bill(context: Context, where: Where, message_id: int) -> None:
    _ = context.texts.gettext
    admin = context.person.telegram_id
    worked = await context.engine.administration.bill_now(admin_telegram_id=admin)
    text = _(
        "✅ Done.\nBills made: {bills}\nAsked again: {retries}\nSubscriptions suspended: "
        "{suspended}"
    ).format(bills=worked.bills, retries=worked.retries, suspended=worked.suspended)
    screen = Screen(text=text, rows=[way_back(context.texts, where)])
    await chat.edit(context, admin, message_id, screen)


async def odd_events(context: Context, where: Where) -> Outcome:
    """List the newest news of M-Pesa that did not simply settle a prompt."""
    _ = context.texts.gettext
    events = await context.engine.administration.odd_events(
        admin_telegram_id=context.person.telegram_id
    )
    title = _("<b>📥 M-Pesa messages that match no bill</b>\nPress one to have it settled again.")
    lines = [_event_line(context.texts, event) for event in events]
    rows = in_rows(
        (button(f"🔁 {event.id}", where.stay("areplay", event.id)) for event in events), 4
    )
    return Screen(
        text="\n".join([title, "", *(lines or [_("None.")])]),
        rows=[*rows, way_back(context.texts, where)],
    )


def _event_line(texts: Texts, event: InboundEvent) -> str:
    _ = texts.gettext
    outcome = event.outcome or _("waiting")
    return f"{event.id} · {texts.moment(event.received_at)} · <code>{escape(outcome)}</code>"


async def replay(context: Context, where: Where) -> Outcome:
    """Hand one to settlement again."""
    _ = context.texts.gettext
    number = int(where.arguments[0])
    outcome = await context.engine.administration.replay(
        admin_telegram_id=context.person.telegram_id, event_id=number
    )
    text = _("🔁 {number} was settled again: <code>{outcome}</code>").format(
        number=number, outcome=escape(outcome or _("waiting"))
    )
    again = button(_("📥 Unmatched from M-Pesa"), where.stay("aevents"))  # button
    return Screen(text=text, rows=[[again], way_back(context.texts, where)])


async def log(context: Context, where: Where) -> Outcome:
    """Show who did what, newest first."""
    _ = context.texts.gettext
    admin = context.person.telegram_id
    service = context.engine.administration
    page = await leaf(
        lambda cursor, limit: service.log(admin_telegram_id=admin, cursor=cursor, limit=limit),
        number_of([*where.arguments, ""][0]),
        count=await service.count_log(admin_telegram_id=admin),
    )
    lines = [_log_line(context.texts, entry) for entry in page.items]
    rows: list[Row] = pager(context.texts, where, page, "alog")
    return Screen(
        text="\n".join([_("<b>📜 Log</b>"), *(lines or [_("None yet.")])]),
        rows=[*rows, way_back(context.texts, where)],
    )


def _log_line(texts: Texts, entry: AuditEntry) -> str:
    what = f"{entry.actor} · {entry.action} · {entry.subject}"
    after = ", ".join(f"{name}={value}" for name, value in (entry.after or {}).items())
    line = f"{texts.moment(entry.at)} · {shown(what, limit=120)}"
    return f"{line} · <i>{shown(after, limit=120)}</i>" if after else line
