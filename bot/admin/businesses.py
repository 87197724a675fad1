"""The businesses of an installation, as an admin sees them."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import short
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, way_back
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.models import Approval, User

ALL = "ALL"


def approval_words(texts: Texts, approval: Approval) -> str:
    """Return a sign and a word."""
    _ = texts.gettext
    return {
        Approval.NONE: _("• No business"),
        Approval.PENDING: _("⏳ Waiting"),
        Approval.APPROVED: _("✅ Open"),
        Approval.SUSPENDED: _("⛔ Suspended"),
    }[approval]


async def owner_list(context: Context, where: Where) -> Outcome:
    """List the businesses of one state or of all, newest first."""
    _ = context.texts.gettext
    admin = context.person.telegram_id
    chosen, number = [*where.arguments, ""][:2]
    approval = None if chosen == ALL else Approval(chosen)
    service = context.engine.businesses
    page = await leaf(
        lambda cursor, limit: service.page(
            admin_telegram_id=admin, approval=approval, cursor=cursor, limit=limit
        ),
        number_of(number),
        count=await service.count(admin_telegram_id=admin, approval=approval),
    )
    rows: list[Row] = [[owner_button(context.texts, where, user)] for user in page.items]
    rows += pager(context.texts, where, page, "aowners", chosen)
    rows += [
        _chips(context.texts, where, chosen),
        [button(_("🔎 Search"), where.to("anew", "find"))],  # button
        way_back(context.texts, where),
    ]
    title = _("<b>🏪 Businesses</b>")
    return Screen(text=title if page.items else f"{title}\n{_('None.')}", rows=rows)


def owner_button(texts: Texts, where: Where, user: User) -> InlineKeyboardButton:
    """Return the button that opens a business."""
    sign = approval_words(texts, user.approval).split(" ", 1)[0]
    return button(f"{sign} {short(user.display_name)}", where.to("aowner", user.id))


def _chips(texts: Texts, where: Where, chosen: str) -> list[InlineKeyboardButton]:
    _ = texts.gettext
    choices = {
        ALL: _("All"),
        Approval.PENDING: "⏳",
        Approval.APPROVED: "✅",
        Approval.SUSPENDED: "⛔",
    }
    return [
        button(words, where.stay("aowners", state), PRIMARY if state == chosen else None)
        for state, words in choices.items()
    ]


async def owner_card(context: Context, where: Where) -> Outcome:
    """Show one business, and what can be done with it."""
    _ = context.texts.gettext
    card = await context.engine.businesses.card(
        admin_telegram_id=context.person.telegram_id, user_id=int(where.arguments[0])
    )
    user = card.user
    lines = [
        _("<b>🏪 {business}</b>").format(business=escape(user.display_name)),
        _("Person: {name} (<code>{number}</code>)").format(
            name=escape(user.name), number=user.telegram_id
        ),
        _("Status: {status}").format(status=approval_words(context.texts, user.approval)),
        _("Clients: {n}").format(n=card.clients),
        _("Running subscriptions: {n}").format(n=card.running),
        _("Received this month: {amount}").format(
            amount=context.texts.kes(card.received_month_kes)
        ),
    ]
    if user.suspension_reason:
        lines.append(_("Reason: {reason}").format(reason=shown(user.suspension_reason, limit=300)))
    rows = [*_actions(context, where, user), way_back(context.texts, where)]
    return Screen(text="\n".join(lines), rows=rows)


def _actions(context: Context, where: Where, user: User) -> list[Row]:
    _ = context.texts.gettext
    match user.approval:
        case Approval.PENDING:
            return [
                [button(_("✅ Approve"), where.stay("adm", "ok", user.id), SUCCESS)],  # button
                [button(_("Approve, lend account"), where.stay("adm", "lend", user.id))],  # button
            ]
        case Approval.SUSPENDED:
            opened = where.stay("areinstate", user.id)
            return [[button(_("▶️ Reinstate"), opened, SUCCESS)]]  # button
        case Approval.APPROVED if not context.engine.people.is_admin(user.telegram_id):
            return [[button(_("⛔ Suspend"), where.to("anew", "suspend", user.id), DANGER)]]
        case _:
            return []


async def reinstate(context: Context, where: Where) -> Outcome:
    """Open a suspended business again, and show it."""
    number = int(where.arguments[0])
    await context.engine.businesses.reinstate(
        admin_telegram_id=context.person.telegram_id, user_id=number
    )
    return where.at("aowner", number)
