"""What a business hears of its clients: links opened, letters, what came about by itself."""

from html import escape

from telegram import InlineKeyboardButton

from bot.looks.message import (
    Message,
    Params,
    bold,
    client_button,
    date_of,
    message,
    subscription_button,
)
from bot.words.outcomes import shown
from bot.words.texts import Texts


def invitation_opened(texts: Texts, params: Params) -> Message:
    """Say that the link was looked at."""
    _ = texts.gettext
    lines = [
        _("👀 {client} has opened your invitation to {plan}.").format(**_names(params)),
        _("I tell you when it is accepted or declined."),
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def invitation_in_vain(texts: Texts, params: Params) -> Message:
    """Say that a link opened nothing, why, and what would help."""
    _ = texts.gettext
    why = {
        "used": _("Somebody opened the invitation of {client}, which was accepted before."),
        "expired": _("Somebody opened the invitation of {client}, which has expired."),
        "replaced": _("Somebody opened an older invitation of {client}: a newer one was sent."),
        "revoked": _("Somebody opened the invitation of {client}, which you took back."),
    }.get(params["reason"], _("Somebody tried the invitation of {client}, and it did not work."))
    lines = [
        why.format(**_names(params)),
        _("If it was your client, send a new link.") if params["is_waiting"] else None,
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def subscription_ended(texts: Texts, params: Params) -> Message:
    """Say that the agreed end has come."""
    _ = texts.gettext
    lines = [
        _("✖️ The subscription of {client} to {plan} has ended, as you wished.").format(
            **_names(params)
        )
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def subscription_resumed(texts: Texts, params: Params) -> Message:
    """Say that a pause is over, and when the next bill is."""
    _ = texts.gettext
    lines = [
        _("▶️ The pause of {client} is over: {plan} goes on.").format(**_names(params)),
        _("Next bill: {date}").format(date=texts.date(date_of(params["next_on"]))),
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def letter_from_client(texts: Texts, params: Params) -> Message:
    """Bring what a client wrote, with a way to answer."""
    _ = texts.gettext
    lines = [
        _("✉️ {client} ({phone}) writes:").format(
            client=bold(params["client_name"]), phone=shown(params["phone"])
        ),
        "",
        escape(str(params["text"])),
    ]
    number = params["client_id"]
    answer = InlineKeyboardButton(
        _("✍️ Answer"),  # button
        callback_data=f"v1:new:letter:{number}",
    )
    return message(lines, [answer, client_button(texts, number)])


def email_outcome(texts: Texts, params: Params) -> Message:
    """Say whether an e-mail went out."""
    _ = texts.gettext
    names = {
        "client": bold(params["client_name"]),
        "address": shown(params["address"]),
    }
    if params["is_sent"]:
        lines = [_("📧 The invitation of {client} was e-mailed to {address}.").format(**names)]
    else:
        lines = [
            _("📧 The invitation of {client} could not be e-mailed to {address}.").format(**names),
            _("Please check the address, or send the link another way."),
        ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def _names(params: Params) -> dict[str, str]:
    return {"client": bold(params["client_name"]), "plan": bold(params["plan_name"])}
