"""Where the money goes: the Paybill or Till in use, and what can be done about it."""

from html import escape

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, way_back
from bot.words.names import kind_name
from bot.words.texts import Texts
from core.billing.permissions import Permission
from core.services.office.linking import AccountState


async def account(context: Context, where: Where) -> Outcome:
    """Show the account in use, and whether its prompts go out."""
    owner = await context.owner(Permission.OWN)
    state = await context.engine.linking.state(owner.id)
    return _card(context, where, state)


def _card(
    context: Context, where: Where, state: AccountState, *, toast: str | None = None
) -> Screen:
    _ = context.texts.gettext
    lines = [_("<b>Paybill or Till</b>"), account_line(context.texts, state)]
    rows: list[Row] = []
    if state.halt_detail is not None and state.merchant is not None:
        lines.append(
            _("⛔ No prompts go out: M-Pesa refuses it. It says: {detail}").format(
                detail=escape(state.halt_detail)
            )
        )
        if state.is_own:
            go_on = where.stay("accountgo", state.merchant.shortcode)
            rows.append([button(_("▶️ Let prompts go out"), go_on, SUCCESS)])  # button
    if state.is_checking:
        lines.append(_("⏳ Another account is being tried with KES 1."))
    link = _("🔁 Use another one") if state.is_own else _("🏦 Link my own")  # button
    rows.append([button(link, where.to("new", "account"), PRIMARY)])
    if state.is_own:
        rows.append([button(_("✖️ Unlink it"), where.to("unlink"), DANGER)])  # button
    return Screen(text="\n".join(lines), rows=[*rows, way_back(context.texts, where)], toast=toast)


def account_line(texts: Texts, state: AccountState) -> str:
    """Say where clients pay to."""
    _ = texts.gettext
    if state.merchant is None:
        return _("There is none: nobody can be asked to pay before you link one.")
    words = (
        _("Your clients pay to your own {kind} {number}.")
        if state.is_own
        else _("Your clients pay to the {kind} {number} of FluxPay's administrator.")
    )
    kind = kind_name(texts, state.merchant.kind)
    return words.format(kind=kind, number=f"<b>{state.merchant.pay_to}</b>")


async def resume(context: Context, where: Where) -> Outcome:
    """Let the prompts of a halted account go out again."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.OWN)
    await context.engine.accounts.resume(
        telegram_id=context.person.telegram_id, shortcode=where.arguments[0]
    )
    state = await context.engine.linking.state(owner.id)
    return _card(context, where.at("account"), state, toast=_("Prompts go out again"))


async def ask_to_unlink(context: Context, where: Where) -> Outcome:
    """Say what becomes of prompts when the account goes."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.OWN)
    state = await context.engine.linking.state(owner.id)
    number = state.merchant.pay_to if state.merchant else "–"  # noqa: RUF001 - a dash on purpose
    text = _(
        "Unlink <b>{number}</b>? Prompts that are on phones now still pay to it, and are booked. "
        "Later ones wait until you link another account, unless the administrator lends you his."
    ).format(number=escape(number))
    keep = button(_("◀ Keep it"), where.back())  # button
    unlink = button(_("✖️ Yes, unlink it"), where.stay("unlinked"), DANGER)  # button
    return Screen(text=text, rows=[[keep, unlink]])


async def unlink(context: Context, where: Where) -> Outcome:
    """Unlink it and show what holds then."""
    owner = await context.owner(Permission.OWN)
    await context.engine.linking.unlink(owner.id)
    return where.up_to("account")
