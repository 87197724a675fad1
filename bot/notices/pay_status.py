"""How a prompt goes that a client asked for himself, in his own words."""

from telegram import InlineKeyboardButton
from telegram.constants import KeyboardButtonStyle

from bot.looks.message import Message, code_line, copy_code_row, marked_demo, message
from bot.words.outcomes import client_sentence
from bot.words.texts import Texts
from core.services.prompts.push_status import PushStatus, Stage


def pay_status_message(texts: Texts, status: PushStatus, *, demo: bool = False) -> Message:
    """Return the message for the client's prompt as it stands."""
    as_it_stands = message(_lines(texts, status), *_rows(texts, status))
    return marked_demo(as_it_stands) if demo else as_it_stands


def _lines(texts: Texts, status: PushStatus) -> list[str | None]:
    match status.stage:
        case Stage.SENDING | Stage.ACCEPTED | Stage.UNKNOWN:
            return _under_way(texts, status)
        case Stage.REFUSED | Stage.PAID | Stage.FAILED | Stage.VOID:
            return _ended(texts, status)


def _under_way(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    amount = texts.kes(status.amount_kes)
    if status.stage is Stage.SENDING:
        return [_("⏳ Asking M-Pesa for <b>{amount}</b> …").format(amount=amount)]
    if status.stage is Stage.ACCEPTED:
        return [
            _("📲 Your phone now asks for <b>{amount}</b>.").format(amount=amount),
            _("Enter your M-Pesa PIN there, never here."),
        ]
    return [
        _("❔ We don't know yet whether M-Pesa took the request."),
        _("We are checking, and this message will change. Please don't pay twice."),
    ]


def _ended(texts: Texts, status: PushStatus) -> list[str | None]:
    _ = texts.gettext
    amount = texts.kes(status.amount_kes)
    if status.stage is Stage.REFUSED:
        return [
            _("🚫 M-Pesa did not send you a prompt. Nothing was taken."),
            _("Please try again in a few minutes."),
        ]
    if status.stage is Stage.PAID:
        paid = _("✅ <b>{amount}</b> is paid. Thank you!").format(amount=amount)
        return [paid, code_line(texts, status.receipt)]
    if status.stage is Stage.VOID:
        words = _("🚫 The business does not ask for this <b>{amount}</b> any more.")
        return [words.format(amount=amount)]
    return [
        _("❌ <b>{amount}</b> was not paid.").format(amount=amount),
        client_sentence(texts, status.outcome) if status.outcome else None,
    ]


def _rows(texts: Texts, status: PushStatus) -> list[list[InlineKeyboardButton]]:
    _ = texts.gettext
    if status.stage is Stage.SENDING:
        return []
    rows = [copy_code_row(texts, status.receipt)]
    if status.stage in {Stage.REFUSED, Stage.FAILED}:
        again = InlineKeyboardButton(
            _("🔁 Try again"),  # button
            callback_data=f"v1:pay:{status.transaction_id}",
            style=KeyboardButtonStyle.SUCCESS,
        )
        rows.append([again])
    # Without a trail it opens below this message, which keeps telling how the prompt went.
    mine = InlineKeyboardButton(_("📄 What I pay for"), callback_data="v1:status")  # button
    return [*rows, [mine]]
