"""What a client is told: receipts, what went wrong, and how to pay by hand."""

import re
from html import unescape

from telegram import InlineKeyboardButton
from telegram.constants import KeyboardButtonStyle

from bot.looks.message import (
    Message,
    Params,
    bold,
    copy_button,
    copy_code_row,
    date_of,
    instant_of,
    marked_demo,
    message,
    paid_by_line,
    still_to_pay_line,
)
from bot.looks.whatsapp import by_whatsapp, short_for_link
from bot.words.outcomes import client_sentence, shown
from bot.words.texts import Texts, to_client
from core.ports import MerchantKind

_TAG = re.compile(r"<[^<>]+>")


def receipt(texts: Texts, params: Params) -> Message:
    """Give the client a receipt to keep: what, how much, the code, when, and the next date."""
    _ = texts.gettext
    next_on, client = params["next_on"], params.get("client_name")
    lines = [
        _("🧾 Receipt from {business}").format(business=bold(params["business"])),
        "",
        _("Client: {client}").format(client=shown(str(client))) if client else None,
        _bought(texts, params),
        _("Amount: <b>{amount}</b>").format(amount=texts.kes(params["amount_kes"])),
        paid_by_line(texts, params),
        _("Paid: {moment}").format(moment=texts.full_moment(instant_of(params["paid_at"]))),
        _("Next payment: {date}").format(date=texts.date(date_of(next_on))) if next_on else None,
        _balance(texts, params),
    ]
    return message(lines, copy_code_row(texts, params["receipt"]))


def bill_voided(texts: Texts, params: Params) -> Message:
    """Say that what was asked for need not be paid, and why."""
    _ = texts.gettext
    lines = [
        _("🚫 {business} has dropped its bill of <b>{amount}</b>: you need not pay it.").format(
            business=bold(params["business"]), amount=texts.kes(params["amount_kes"])
        ),
        _bought(texts, params),
        _("Reason: {reason}").format(reason=shown(params["reason"], limit=200)),
    ]
    return message(lines)


def _balance(texts: Texts, params: Params) -> str | None:
    """Say how the client stands now; nothing in a notice of an older version."""
    _ = texts.gettext
    if "owed_kes" not in params:
        return None
    if params["credit_kes"] and not params["owed_kes"]:
        return _("Your credit: {amount}").format(amount=texts.kes(params["credit_kes"]))
    return still_to_pay_line(texts, params) or _("Balance: nothing more to pay")


def receipt_by_whatsapp(texts: Texts, params: Params, label: str) -> list[InlineKeyboardButton]:
    """Return the row with the button that has the receipt ready, in the client's language."""
    spoken = to_client(texts, params.get("client_language"))
    slip = receipt(spoken, _cut(params))
    words = _plain(marked_demo(slip) if params["is_demo"] else slip)
    return by_whatsapp(label, params["phone_number"], words)


def reminder_words(texts: Texts, params: Params, *, client_name: str) -> str:
    """Return a reminder as plain text, for another app."""
    _ = texts.gettext
    greeting = _("Hello {client},").format(client=short_for_link(client_name))
    return f"{greeting}\n{_plain(reminder(texts, _cut(params)))}"


def _cut(params: Params) -> Params:
    """Return the params with names that fit into a link."""
    names = ("business", "client_name", "plan_name")
    return {**params, **{name: short_for_link(params[name]) for name in names if params.get(name)}}


def _plain(message: Message) -> str:
    return unescape(_TAG.sub("", message.text))


def payment_failed(texts: Texts, params: Params) -> Message:
    """Say why the payment did not go through, what comes next, and how to pay by hand."""
    _ = texts.gettext
    lines = [
        _("Your payment of <b>{amount}</b> to {business} for {plan} did not go through.").format(
            amount=texts.kes(params["amount_kes"]),
            business=bold(params["business"]),
            plan=bold(params["plan_name"]),
        ),
        client_sentence(texts, params["outcome"]),
        "",
        _next_prompt(texts, params),
        *_by_hand(texts, params),
    ]
    return message(lines, *_by_hand_buttons(texts, params))


def extra_payment(texts: Texts, params: Params) -> Message:
    """Say that money came twice, and that it is not lost."""
    _ = texts.gettext
    lines = [
        _("{business} received another <b>{amount}</b> from you.").format(
            business=bold(params["business"]), amount=texts.kes(params["amount_kes"])
        ),
        paid_by_line(texts, params),
        _("It is kept as your credit."),
    ]
    return message(lines, copy_code_row(texts, params["receipt"]))


def suspended(texts: Texts, params: Params) -> Message:
    """Say what stands still, what would mend it, and how to pay by hand."""
    _ = texts.gettext
    lines = [
        _("⛔ Your subscription to {plan} at {business} is suspended.").format(
            plan=bold(params["plan_name"]), business=bold(params["business"])
        ),
        _("<b>{amount}</b> is still to be paid.").format(amount=texts.kes(params["amount_kes"])),
        *_by_hand(texts, params),
    ]
    return message(lines, *_by_hand_buttons(texts, params))


def cancelled(texts: Texts, params: Params) -> Message:
    """Say that nothing more will be asked for."""
    _ = texts.gettext
    lines = [
        _("Your subscription to {plan} at {business} has ended.").format(
            plan=bold(params["plan_name"]), business=bold(params["business"])
        ),
        _("No more payments will be asked for."),
    ]
    return message(lines)


def reminder(texts: Texts, params: Params) -> Message:
    """Remind him of what he owes, or of what comes next, and say how to pay by hand."""
    _ = texts.gettext
    facts = {
        "business": bold(params["business"]),
        "plan": bold(params["plan_name"]),
        "amount": texts.kes(params["amount_kes"]),
        "date": texts.date(date_of(params["due_on"])),
    }
    if params["is_owed"]:
        words = _("🔔 {business} reminds you: {amount} for {plan} is unpaid since {date}.")
    else:
        words = _("🔔 {business} reminds you: {amount} for {plan} falls due on {date}.")
    lines = [words.format(**facts), *_by_hand(texts, params)]
    return message(lines, _pay_row(texts, params), *_by_hand_buttons(texts, params))


def _pay_row(texts: Texts, params: Params) -> list[InlineKeyboardButton]:
    """Return the one button of a reminder; none where nothing can be paid yet."""
    number = params.get("transaction_id")
    if number is None:
        return []
    _ = texts.gettext
    pay = InlineKeyboardButton(
        _("💳 Pay now"),  # button
        callback_data=f"v1:pay:{number}",
        style=KeyboardButtonStyle.SUCCESS,
    )
    return [pay]


def _bought(texts: Texts, params: Params) -> str | None:
    """Return the plan and its period; nothing for a one-off charge."""
    _ = texts.gettext
    plan, start = params["plan_name"], params["period_start"]
    if plan is None:
        return None
    if start is None:
        return _("Plan: {plan}").format(plan=shown(plan))
    return _("Plan: {plan}, period from {date}").format(
        plan=shown(plan), date=texts.date(date_of(start))
    )


def _next_prompt(texts: Texts, params: Params) -> str:
    _ = texts.gettext
    next_attempt_at = params["next_attempt_at"]
    if next_attempt_at is None:
        return _("No further M-Pesa prompt comes by itself.")
    return _("The next M-Pesa prompt comes on {moment}.").format(
        moment=texts.moment(instant_of(next_attempt_at))
    )


def _by_hand(texts: Texts, params: Params) -> list[str]:
    """Return where to pay to, under an empty line; nothing while the business has no account."""
    if params["pay_to"] is None:
        return []
    is_till = params["pay_kind"] == MerchantKind.TILL
    where = _to_till(texts, params) if is_till else _to_paybill(texts, params)
    amount = texts.gettext("Amount: <code>{amount}</code>").format(amount=params["amount_kes"])
    return ["", *where, amount]


def _to_till(texts: Texts, params: Params) -> list[str]:
    _ = texts.gettext
    return [
        _("To pay by hand: M-Pesa, Lipa na M-Pesa, Buy Goods and Services."),
        _("Till number: <code>{number}</code>").format(number=shown(params["pay_to"])),
    ]


def _to_paybill(texts: Texts, params: Params) -> list[str]:
    _ = texts.gettext
    return [
        _("To pay by hand: M-Pesa, Lipa na M-Pesa, Pay Bill."),
        _("Business number: <code>{number}</code>").format(number=shown(params["pay_to"])),
        _("Account number: <code>{account}</code>").format(account=shown(params["account"])),
    ]


def _by_hand_buttons(texts: Texts, params: Params) -> list[list[InlineKeyboardButton]]:
    if params["pay_to"] is None:
        return []
    _ = texts.gettext
    amount = copy_button(_("Copy amount"), str(params["amount_kes"]))
    if params["pay_kind"] == MerchantKind.TILL:
        return [[copy_button(_("Copy Till number"), params["pay_to"]), amount]]
    paybill = copy_button(_("Copy Paybill"), params["pay_to"])
    return [[paybill, copy_button(_("Copy account"), params["account"])], [amount]]
