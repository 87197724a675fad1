"""How one prompt goes, as the chat shows it: what is known at this moment, and no more."""

from telegram import InlineKeyboardButton
from telegram.constants import KeyboardButtonStyle

from bot.looks.message import (
    Message,
    code_line,
    copy_code_row,
    marked_demo,
    message,
    transaction_button,
)
from bot.words.outcomes import owner_sentence, refusal_sentence
from bot.words.texts import Texts
from core.services.prompts.push_status import PushStatus, Stage


def push_status_message(texts: Texts, status: PushStatus, *, demo: bool = False) -> Message:
    """Return the message for a prompt as it stands; with `demo` it says so in its first line."""
    as_it_stands = message(_lines(texts, status), *_rows(texts, status))
    return marked_demo(as_it_stands) if demo else as_it_stands


def _lines(texts: Texts, status: PushStatus) -> list[str | None]:
    return {
        Stage.SENDING: _sending,
        Stage.ACCEPTED: _accepted,
        Stage.UNKNOWN: _unknown,
        Stage.REFUSED: _refused,
        Stage.PAID: _paid,
        Stage.FAILED: _failed,
        Stage.VOID: _void,
    }[status.stage](texts, status)


def _sending(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("⏳ Sending an STK Push for {amount} to {phone} …").format(
            amount=texts.kes(status.amount_kes), phone=status.phone_number
        )
    ]


def _accepted(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("STK Push sent to {phone}. Please check your phone.").format(phone=status.phone_number)
    ]


def _unknown(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("❔ We don't know yet whether the STK Push to {phone} arrived.").format(
            phone=status.phone_number
        ),
        _("We are checking with M-Pesa, and this message will change."),
        _("Please don't send it again meanwhile."),
    ]


def _refused(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("🚫 No STK Push was sent to {phone}.").format(phone=status.phone_number),
        refusal_sentence(texts, status.refusal) if status.refusal else None,
    ]


def _paid(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("💰 <b>{amount}</b> received from {phone}.").format(
            amount=texts.kes(status.amount_kes), phone=status.phone_number
        ),
        _proof(texts, status),
    ]


def _proof(texts: Texts, status: PushStatus) -> str:
    _ = texts.gettext
    if status.is_by_hand and status.receipt is None:
        return _("You booked it by hand.")
    return code_line(texts, status.receipt)


def _failed(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("❌ <b>{amount}</b> was not paid by {phone}.").format(
            amount=texts.kes(status.amount_kes), phone=status.phone_number
        ),
        owner_sentence(texts, status.outcome) if status.outcome else None,
    ]


def _void(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    return [
        _("🚫 The payment of <b>{amount}</b> by {phone} is void: nobody has to pay it.").format(
            amount=texts.kes(status.amount_kes), phone=status.phone_number
        )
    ]


def _rows(texts: Texts, status: PushStatus) -> list[list[InlineKeyboardButton]]:
    """Return the buttons; none while it is being sent, because nothing can be done yet."""
    if status.stage is Stage.SENDING:
        return []
    _ = texts.gettext
    # Without a trail, both open below this message, which keeps telling how the prompt goes.
    home = InlineKeyboardButton(_("🏠 Home"), callback_data="v1:home")
    open_card = transaction_button(texts, status.transaction_id)
    return [copy_code_row(texts, status.receipt), *_next_steps(texts, status), [open_card, home]]


def _next_steps(texts: Texts, status: PushStatus) -> list[list[InlineKeyboardButton]]:
    """Return what the owner may do about a prompt that brought no money."""
    if status.stage not in {Stage.FAILED, Stage.REFUSED}:
        return []
    _ = texts.gettext
    number = status.transaction_id
    # With its trail the next prompt is shown in this message, too; the form opens below it.
    again = InlineKeyboardButton(
        _("🔁 Ask again"),
        callback_data=f"v1:again:{number}~",
        style=KeyboardButtonStyle.PRIMARY,
    )
    cash = InlineKeyboardButton(_("💵 Paid in cash"), callback_data=f"v1:new:cash:{number}")
    return [[again, cash]]
