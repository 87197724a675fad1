"""What one message is made of: text in Telegram's HTML, and the buttons that messages share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, KeyboardButtonStyle

from bot.looks.fitting import LONGEST_TEXT, fitted
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.billing.phone import local_phone
from core.models import PaymentSource

Params = Mapping[str, Any]
"""What a notice speaks of, as it lies in the outbox: JSON, dates as ISO text."""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message, ready to be sent or edited in place."""

    text: str
    """Telegram's HTML; everything that people typed is escaped."""
    keyboard: InlineKeyboardMarkup | None = None


def message(lines: Sequence[str | None], *rows: list[InlineKeyboardButton]) -> Message:
    """Return a message of whole lines; None lines and empty rows fall out."""
    kept = [line for line in lines if line is not None]
    buttons = [row for row in rows if row]
    # What a demo says first has room, too.
    text = fitted("\n".join(kept), LONGEST_TEXT - 10)
    return Message(text, InlineKeyboardMarkup(buttons) if buttons else None)


def copy_button(label: str, text: str) -> InlineKeyboardButton:
    """Return a button that puts the text on the clipboard, cut where Telegram would refuse it."""
    limit = InlineKeyboardButtonLimit.MAX_COPY_TEXT
    return InlineKeyboardButton(label, copy_text=CopyTextButton(text[:limit]))


def transaction_button(texts: Texts, transaction_id: int) -> InlineKeyboardButton:
    """Return the button that opens a transaction's card."""
    _ = texts.gettext
    return InlineKeyboardButton(
        _("Open transaction"),
        callback_data=f"v1:txn:{transaction_id}",
    )


def subscription_button(texts: Texts, subscription_id: int) -> InlineKeyboardButton:
    """Return the button that opens a subscription's card."""
    _ = texts.gettext
    return InlineKeyboardButton(
        _("Open subscription"),
        callback_data=f"v1:sub:{subscription_id}",
    )


def client_button(texts: Texts, client_id: int) -> InlineKeyboardButton:
    """Return the button that opens a client's card."""
    _ = texts.gettext
    return InlineKeyboardButton(
        _("👤 Open the client"),  # button
        callback_data=f"v1:client:{client_id}",
    )


def home_button(texts: Texts) -> InlineKeyboardButton:
    """Return the button that opens home below the notice."""
    _ = texts.gettext
    return InlineKeyboardButton(_("🏠 Home"), callback_data="v1:home")  # button


def needs_you_button(texts: Texts) -> InlineKeyboardButton:
    """Return the button that opens the list of what only the owner can decide."""
    _ = texts.gettext
    return InlineKeyboardButton(
        _("👉 Needs you"),  # button
        callback_data="v1:needs",
        style=KeyboardButtonStyle.PRIMARY,
    )


def copy_code_row(texts: Texts, receipt: str | None) -> list[InlineKeyboardButton]:
    """Return the row with a copy button for an M-Pesa code; empty while there is none."""
    _ = texts.gettext
    return [copy_button(_("Copy M-Pesa code"), receipt)] if receipt else []


def code_line(texts: Texts, receipt: str | None) -> str:
    """Return the line with the M-Pesa code, or that it is still to come."""
    _ = texts.gettext
    if receipt is None:
        return _("M-Pesa has confirmed the payment; its code will follow.")
    return _("M-Pesa code: <code>{code}</code>").format(code=shown(receipt))


def paid_by_line(texts: Texts, params: Params) -> str:
    """Return the line that says how money came: in cash, at the bank, or by M-Pesa's code."""
    _ = texts.gettext
    by_hand = {
        PaymentSource.CASH.value: _("Paid in cash"),
        PaymentSource.BANK.value: _("Paid at the bank"),
    }
    # A notice of an older version names no source: then it came by a prompt.
    return by_hand.get(str(params.get("source"))) or code_line(texts, params["receipt"])


def still_to_pay_line(texts: Texts, params: Params) -> str | None:
    """Return the line with what is still open, None if nothing is."""
    _ = texts.gettext
    owed_kes = params.get("owed_kes")
    if not owed_kes:
        return None
    return _("Still to pay: <b>{amount}</b>").format(amount=texts.kes(owed_kes))


def payer(params: Params) -> str:
    """Return who was asked to pay: name and number, or the number alone. HTML-safe."""
    phone = shown(local_phone(str(params["phone_number"])))
    name = params.get("client_name")
    return f"<b>{shown(str(name))}</b> ({phone})" if name else f"<b>{phone}</b>"


def bold(value: Any) -> str:
    """Return what somebody typed in bold, escaped and cut."""
    return f"<b>{shown(str(value))}</b>"


def date_of(value: str) -> date:
    """Read a date of the outbox."""
    return date.fromisoformat(value)


def instant_of(value: str) -> datetime:
    """Read an instant of the outbox, which is UTC."""
    instant = datetime.fromisoformat(value)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def marked_demo(message: Message) -> Message:
    """Say in the first line that no real money moves."""
    return Message(f"<b>DEMO</b>\n{message.text}", message.keyboard)
