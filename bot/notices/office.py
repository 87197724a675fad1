"""What an owner is told about his office: his day, his account, his staff."""

from bot.looks.message import (
    Message,
    Params,
    bold,
    date_of,
    home_button,
    message,
    needs_you_button,
)
from bot.words.names import kind_name, role_name
from bot.words.outcomes import owner_sentence
from bot.words.texts import Texts
from core.billing.permissions import Role
from core.ports import MerchantKind


def digest(texts: Texts, params: Params) -> Message:
    """Sum up the day; what needs the owner stands last."""
    _ = texts.gettext
    lines = [
        _("📰 {business}, {day}").format(
            business=bold(params["business"]), day=texts.day(date_of(params["on"]))
        ),
        texts.ngettext(
            "💰 {n} payment in 24 hours: <b>{amount}</b>",
            "💰 {n} payments in 24 hours: <b>{amount}</b>",
            params["received_count"],
        ).format(n=params["received_count"], amount=texts.kes(params["received_kes"])),
        _("Due today: {n}").format(n=params["due_today"]),
        _("Overdue: {n} · {amount}").format(
            n=params["overdue_count"], amount=texts.kes(params["overdue_kes"])
        ),
        _("Next 7 days: {n} · {amount}").format(
            n=params["next_week_count"], amount=texts.kes(params["next_week_kes"])
        ),
        _("Failed payments: {n}").format(n=params["failed"]),
    ]
    if params["needs_you"]:
        lines.append(_("👉 Needs you: {n}").format(n=params["needs_you"]))
    rows = [[needs_you_button(texts)]] if params["needs_you"] else []
    return message(lines, *rows, [home_button(texts)])


def account_linked(texts: Texts, params: Params) -> Message:
    """Say where clients pay to from now on."""
    _ = texts.gettext
    lines = [
        _("🏦 Linked: your clients pay to your own {kind} {number} from now on.").format(
            **_account(texts, params)
        ),
        _("Prompts that were sent before this still pay to the account before."),
    ]
    return message(lines)


def account_refused(texts: Texts, params: Params) -> Message:
    """Say why an account was not linked, and that nothing has changed."""
    _ = texts.gettext
    lines = [
        _("✖️ Your {kind} {number} was not linked: the test payment of KES 1 failed.").format(
            **_account(texts, params)
        ),
        owner_sentence(texts, params["reason"]),
        _("Nothing has changed. You can try it again in the settings."),
    ]
    return message(lines)


def _account(texts: Texts, params: Params) -> dict[str, str]:
    kind = kind_name(texts, MerchantKind(params["kind"]))
    return {"kind": kind, "number": bold(params["pay_to"])}


def staff_joined(texts: Texts, params: Params) -> Message:
    """Say who works for the owner now, and as what."""
    _ = texts.gettext
    text = _("👥 {name} works for you now as {role}.").format(
        name=bold(params["name"]), role=role_name(texts, Role(params["role"]))
    )
    return message([text])


def staff_quit(texts: Texts, params: Params) -> Message:
    """Say who has stopped."""
    _ = texts.gettext
    return message(
        [_("👥 {name} does not work for you any more.").format(name=bold(params["name"]))]
    )


def staff_ended(texts: Texts, params: Params) -> Message:
    """Tell somebody that a business is closed to him now."""
    _ = texts.gettext
    text = _("Your work for {business} has ended here.").format(business=bold(params["business"]))
    return message([text])
