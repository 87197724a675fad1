"""The invitation as its owner gets it: made to be forwarded, copied, or sent by WhatsApp."""

from telegram import InlineKeyboardButton

from bot.looks.message import Message, Params, bold, copy_button, date_of, message
from bot.looks.whatsapp import by_whatsapp, in_link, short_for_link
from bot.words.outcomes import shown
from bot.words.texts import Texts, to_client
from core.billing.periods import Frequency


def invitation(texts: Texts, params: Params) -> Message:
    """Say to the client who invites, to what, for how much and from when."""
    _ = texts.gettext
    lines = [
        _("✉️ {business} invites {client} to pay by M-Pesa.").format(
            business=bold(params["business"]), client=bold(params["client_name"])
        ),
        "",
        _("Plan: {plan}").format(plan=shown(params["plan_name"])),
        _("Price: {amount} {frequency}").format(**_price(texts, params)),
        _("First payment: {date}").format(date=texts.date(date_of(params["first_on"]))),
        "",
        _("To accept, open this link in Telegram and press Start:"),
        shown(params["url"], limit=300),
        "",
        _("The link works once, until {date}.").format(
            date=texts.date(date_of(params["expires_on"]))
        ),
    ]
    return message(lines, *_buttons(texts, params))


def _buttons(texts: Texts, params: Params) -> list[list[InlineKeyboardButton]]:
    _ = texts.gettext
    url = str(params["url"])
    return [
        [copy_button(_("📋 Copy the link"), url)],
        *sharing_rows(texts, params),
        [
            InlineKeyboardButton(
                _("🔳 QR picture"),  # button
                callback_data=f"v1:qr:{params['subscription_id']}",
            )
        ],
    ]


def sharing_rows(texts: Texts, params: Params) -> list[list[InlineKeyboardButton]]:
    """Return the buttons that have the invitation ready in WhatsApp and in Telegram."""
    _ = texts.gettext
    url = str(params["url"])
    words = _words(to_client(texts, params.get("client_language")), params)
    in_telegram = f"https://t.me/share/url?url={in_link(url)}&text={in_link(words)}"
    return [
        by_whatsapp(_("Send by WhatsApp"), params["phone_number"], f"{words}\n{url}"),  # button
        [InlineKeyboardButton(_("Share in Telegram"), url=in_telegram)],  # button
    ]


def _words(texts: Texts, params: Params) -> str:
    """Return the plain text that goes beside the link in another app."""
    return texts.gettext(
        "{business} invites you to pay for {plan} by M-Pesa: {amount} {frequency},"
        " first payment on {date}. Open this link in Telegram and press Start to accept:"
    ).format(
        business=short_for_link(params["business"]),
        plan=short_for_link(params["plan_name"]),
        date=texts.date(date_of(params["first_on"])),
        **_price(texts, params),
    )


def _price(texts: Texts, params: Params) -> dict[str, str]:
    return {
        "amount": texts.kes(params["amount_kes"]),
        "frequency": texts.frequency(Frequency(params["frequency"]), params["interval_count"]),
    }
