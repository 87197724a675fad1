"""Whom an owner lets work for him, and for whom a person acts."""

from html import escape
from urllib.parse import quote

from telegram import CopyTextButton, InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import short
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, way_back
from bot.owner.office.settings_screens import marked
from bot.owner.office.staff_links import role_sentence
from bot.words.names import role_name
from core.billing.permissions import Permission, Role
from core.models import Membership
from core.services.office.acting import Acting
from core.services.office.staff import StaffInvitation
from core.services.page import Page

_OTHER = {Role.CASHIER: Role.MANAGER, Role.MANAGER: Role.CASHIER}


async def staff_list(context: Context, where: Where) -> Outcome:
    """Show who works here, and which links are still open."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.OWN)
    everybody = await context.engine.staff.of(owner.id)

    async def fetch(_cursor: int | None, _limit: int) -> Page[Membership]:
        return Page(everybody, None)

    page = await leaf(fetch, number_of(next(iter(where.arguments), None)))
    text = _("<b>Staff</b>\nWhoever works for you acts here under his own name.")
    if not everybody:
        text = _(
            "<b>Staff</b>\nNobody yet. Invite a cashier or a manager by a link: what they do is "
            "written down under their own names."
        )
    rows: list[Row] = [
        [button(_line(context, row), where.to("staffer", row.id))] for row in page.items
    ]
    rows += pager(context.texts, where, page, "staff")
    rows.append([button(_("🆕 Invite"), where.to("staffnew"), SUCCESS)])  # button
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _line(context: Context, row: Membership) -> str:
    _ = context.texts.gettext
    role = role_name(context.texts, row.role)
    if row.user is None:
        return _("⏳ Open link · {role}").format(role=role)
    return _("👤 {name} · {role}").format(name=short(row.user.name or "?"), role=role)


async def staff_card(context: Context, where: Where) -> Outcome:
    """Show one of them, with what can be changed."""
    owner = await context.owner(Permission.OWN)
    row = await context.engine.staff.get(owner.id, int(where.arguments[0]))
    return _card(context, where, row)


def _card(context: Context, where: Where, row: Membership) -> Screen:
    _ = context.texts.gettext
    other = role_name(context.texts, _OTHER[row.role])
    change = button(
        _("🔁 Make {role}").format(role=other),
        where.stay("staffrole", row.id, _OTHER[row.role]),
        PRIMARY,
    )
    end = button(_("✖️ End it"), where.to("staffend", row.id), DANGER)  # button
    lines = [f"<b>{escape(_line(context, row))}</b>", role_sentence(context.texts, row.role)]
    if row.user is None:
        moment = context.texts.moment(row.expires_at)
        lines.append(_("The link can be used until {moment}.").format(moment=moment))
    return Screen(text="\n".join(lines), rows=[[change], [end], way_back(context.texts, where)])


async def set_role(context: Context, where: Where) -> Outcome:
    """Give the other role and show the card."""
    owner = await context.owner(Permission.OWN)
    number, role = where.arguments
    row = await context.engine.staff.set_role(owner.id, int(number), Role(role))
    return _card(context, where.at("staffer", number), row)


async def choose_role(context: Context, where: Where) -> Outcome:
    """Ask as what somebody shall work."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.OWN)
    invited = await context.engine.staff.invited(owner.id)
    sentences = "\n\n".join(role_sentence(context.texts, role) for role in Role)
    text = _("<b>Invite staff</b>\nAs what?\n\n{roles}").format(roles=sentences)
    buttons = [
        button(
            role_name(context.texts, role).capitalize(),
            where.to("stafflink", role, invited),
            PRIMARY,
        )
        for role in Role
    ]
    return Screen(text=text, rows=[buttons, way_back(context.texts, where)])


async def make_link(context: Context, where: Where) -> Outcome:
    """Make the link and show it, this once."""
    owner = await context.owner(Permission.OWN)
    role, after = where.arguments
    invitation = await context.engine.staff.invite(owner.id, Role(role), after=int(after))
    return _link_screen(context, where, invitation, owner.display_name)


def _link_screen(
    context: Context, where: Where, invitation: StaffInvitation, business: str
) -> Screen:
    _ = context.texts.gettext
    url, row = invitation.url, invitation.membership
    text = _(
        "Send this link to your new {role}. One person can use it, until {moment}; you can take "
        "it back under Staff.\n\n{url}"
    ).format(
        role=role_name(context.texts, row.role),
        moment=context.texts.moment(row.expires_at),
        url=escape(url),
    )
    words = _("{business} asks you to work in FluxPay:").format(business=short(business))
    share = f"https://t.me/share/url?url={quote(url, safe='')}&text={quote(words, safe='')}"
    rows: list[Row] = [
        [InlineKeyboardButton(_("📋 Copy the link"), copy_text=CopyTextButton(url))],  # button
        [InlineKeyboardButton(_("Share in Telegram"), url=share)],
    ]
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


async def ask_to_end(context: Context, where: Where) -> Outcome:
    """Name him, and what the end of his work means."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.OWN)
    row = await context.engine.staff.get(owner.id, int(where.arguments[0]))
    if row.user is None:
        text = _("Take this link back? Nobody can use it any more.")
    else:
        text = _(
            "End the work of <b>{name}</b> here? From then on {business} is closed to this "
            "person, and API keys that he or she made stop working."
        ).format(name=escape(row.user.name or "?"), business=escape(owner.display_name))
    keep = button(_("◀ Keep it"), where.back())  # button
    end = button(_("✖️ Yes, end it"), where.stay("staffgone", row.id), DANGER)  # button
    return Screen(text=text, rows=[[keep, end]])


async def end(context: Context, where: Where) -> Outcome:
    """End it and show who is left."""
    owner = await context.owner(Permission.OWN)
    await context.engine.staff.end(owner.id, int(where.arguments[0]))
    return where.up_to("staff")


# --- for whom a person acts ---------------------------------------------------------------------


async def businesses(context: Context, where: Where) -> Outcome:
    """Let the person choose for which business he acts, or stop working for one."""
    _ = context.texts.gettext
    current = await context.find_acting()
    offered = await context.engine.acting.businesses(context.person.telegram_id)
    now = current.owner.id if current else None
    rows: list[Row] = []
    for acting in offered:
        is_chosen = acting.owner.id == now
        label = marked(_business_line(context, acting), is_chosen=is_chosen)
        rows.append([button(label, where.stay("actfor", acting.owner.id))])
    if current is not None and current.role is not None:
        words = _("✖️ Stop working there")  # button
        rows.append([button(words, where.to("quit", current.owner.id), DANGER)])
    text = _("<b>Businesses</b>\nFor which one do you act? All that you see and do is for it.")
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _business_line(context: Context, acting: Acting) -> str:
    _ = context.texts.gettext
    role = _("owner") if acting.role is None else role_name(context.texts, acting.role)
    return _("🏪 {business} · {role}").format(business=short(acting.owner.display_name), role=role)


async def act_for(context: Context, where: Where) -> Outcome:
    """Act for that business from now on."""
    owner_id = int(where.arguments[0])
    await context.engine.acting.act_for(context.person.telegram_id, owner_id)
    return where.at("works")


async def ask_to_quit(context: Context, where: Where) -> Outcome:
    """Say what it means to stop."""
    _ = context.texts.gettext
    acting = await context.acting(Permission.SEE)
    text = _(
        "Stop working for <b>{business}</b>? You need a new link to come back, and API keys that "
        "you made there stop working."
    ).format(business=escape(acting.owner.display_name))
    stay = button(_("◀ Stay"), where.back())  # button
    leave = button(_("✖️ Yes, stop"), where.stay("quityes", acting.owner.id), DANGER)  # button
    return Screen(text=text, rows=[[stay, leave]])


async def quit_business(context: Context, where: Where) -> Outcome:
    """Stop working there."""
    await context.engine.staff.quit(context.person.telegram_id, int(where.arguments[0]))
    return Where()
