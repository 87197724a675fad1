"""The link by which somebody comes to work in a business, as he sees it."""

from html import escape

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, SUCCESS, Screen, button, home_row
from bot.words.names import role_name
from bot.words.texts import Texts
from core.billing.permissions import Role
from core.models import Membership


def role_sentence(texts: Texts, role: Role) -> str:
    """Say what a role may do, and what not."""
    _ = texts.gettext
    return {
        Role.CASHIER: _(
            "A cashier sees clients and transactions, records money and asks for it. Plans, "
            "clients and settings stay as they are."
        ),
        Role.MANAGER: _(
            "A manager runs the business: plans, clients, money and settings. Staff, the Paybill "
            "or Till, and leaving are the owner's alone."
        ),
    }[role]


async def invitation(context: Context, token: str) -> Screen:
    """Say who asks him to work there, and as what.

    Raises:
        InvitationUnusable: The link is used, expired, taken back or unknown.
    """
    _ = context.texts.gettext
    row = await context.engine.staff.open_invitation(token, telegram_id=context.person.telegram_id)
    if row.user_id is not None:
        return _joined(context, row)
    text = _("<b>{business}</b> asks you to work here as {role}.\n\n{what}").format(
        **_facts(context, row)
    )
    accept = button(_("✅ Accept"), Where().stay("staffyes", token), SUCCESS)  # button
    return Screen(text=text, rows=[[accept], home_row(context.texts)])


def _facts(context: Context, row: Membership) -> dict[str, str]:
    return {
        "business": escape(row.owner.display_name),
        "role": role_name(context.texts, row.role),
        "what": role_sentence(context.texts, row.role),
    }


def _joined(context: Context, row: Membership) -> Screen:
    _ = context.texts.gettext
    text = _(
        "✅ You work for <b>{business}</b> as {role}.\n\n{what}\n\nIn the settings you choose for "
        "which business you act."
    ).format(**_facts(context, row))
    menu = button(_("🏠 Open the business"), Where().stay("home"), PRIMARY)  # button
    return Screen(text=text, rows=[[menu]])


async def accept(context: Context, where: Where) -> Outcome:
    """Work there from now on; doing it again shows the same."""
    row = await context.engine.staff.accept(
        where.arguments[0], telegram_id=context.person.telegram_id
    )
    return _joined(context, row)
