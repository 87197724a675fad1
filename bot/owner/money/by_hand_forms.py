"""The forms about one bill: money that came in cash or at the bank, and dropping it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step, Value
from bot.forms.inputs import read_choice
from bot.forms.sheet import Sheet
from bot.forms.steps import show_amount
from bot.looks.cards import payer
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.owner.money.receipt_form import TRANSACTION_ID
from bot.words.texts import Texts
from core.billing.by_hand import check_amount_by_hand, check_reason
from core.billing.money import parse_kes
from core.billing.permissions import Permission
from core.services.bills.by_hand import ByHand


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Mark as paid")


def _source_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Paid how")


def _amount_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Amount")


def _sources(asking: Asking) -> list[Choice]:
    _ = asking.texts.gettext
    return [
        Choice(label=_("💵 In cash"), value=ByHand.CASH.value),  # button
        Choice(label=_("🏦 At the bank"), value=ByHand.BANK.value),  # button
    ]


def _show_source(asking: Asking, value: Value) -> str:
    _ = asking.texts.gettext
    return _("In cash") if value == ByHand.CASH else _("At the bank")


def _ask_source(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("How did {payer} pay? Press one of the two.").format(
        payer=escape(asking.facts["payer"])
    )


def _ask_amount(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "How much did you get? <b>{amount}</b> is open. Press it, or type another amount, for "
        "example <code>500</code>: a part is fine."
    ).format(amount=asking.texts.kes(asking.facts["owed_kes"]))


def _whole(asking: Asking) -> list[Choice]:
    owed_kes = asking.facts["owed_kes"]
    return [Choice(label=asking.texts.kes(owed_kes), value=owed_kes)]


def _read_amount(asking: Asking, text: str) -> Value:
    return check_amount_by_hand(
        parse_kes(text),
        owed_kes=asking.facts["owed_kes"],
        has_client=asking.facts["has_client"],
    )


def _book_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Yes, book it")  # button


def _ask_to_book(asking: Asking) -> str:
    """Say what the money does, and what happens about a prompt that is out."""
    _ = asking.texts.gettext
    amount_kes = int(asking.answers["amount_kes"] or 0)
    names = {
        "amount": asking.texts.kes(amount_kes),
        "payer": escape(asking.facts["payer"]),
        "rest": asking.texts.kes(abs(asking.facts["owed_kes"] - amount_kes)),
    }
    if amount_kes == asking.facts["owed_kes"]:
        text = _("Shall I record <b>{amount}</b> of {payer}? Then nothing is asked for any more.")
    elif amount_kes < asking.facts["owed_kes"]:
        text = _("Shall I record <b>{amount}</b> of {payer}? {rest} stay open and are asked for.")
    else:
        text = _("Shall I record <b>{amount}</b> of {payer}? {rest} are kept as credit.")
    lines = [text.format(**names)]
    if asking.facts["is_prompted"]:
        lines.append(
            _(
                "⚠️ A prompt for it is open just now. If it is paid as well, that money is kept as "
                "credit."
            )
        )
    return "\n".join(lines)


async def _load(context: Context, answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner(Permission.RECORD)
    number = int(answers[TRANSACTION_ID] or 0)
    transaction = await context.engine.transactions.get(owner.id, number)
    return {
        "payer": payer(transaction),
        "owed_kes": transaction.amount_kes - transaction.paid_kes,
        "amount_kes": transaction.amount_kes,
        "has_client": transaction.client_id is not None,
        "is_prompted": await context.engine.transactions.is_prompted(owner.id, number),
    }


async def _book(context: Context, answers: Answers) -> Screen:
    owner = await context.owner(Permission.RECORD)
    number = int(answers[TRANSACTION_ID] or 0)
    payment = await context.engine.bills.record_payment(
        owner.id,
        number,
        source=ByHand(str(answers["source"])),
        amount_kes=int(answers["amount_kes"] or 0),
    )
    _ = context.texts.gettext
    transaction = await context.engine.transactions.get(owner.id, number)
    text = _("✅ <b>{amount}</b> of {payer} is booked.").format(
        amount=context.texts.kes(payment.amount_kes), payer=escape(payer(transaction))
    )
    receipt = button(_("🧾 Receipt"), Where().to("receipt", number), PRIMARY)  # button
    return Screen(
        text=text, rows=[[receipt], [_card_button(context.texts, number)], home_row(context.texts)]
    )


def _card_button(texts: Texts, number: int) -> InlineKeyboardButton:
    _ = texts.gettext
    return button(_("🧾 Open the transaction"), Where().to("txn", number))  # button


PAID_BY_HAND = Sheet(
    form=Form(
        name="paid_by_hand",
        title=_title,
        confirm=_book_word,
        question=_ask_to_book,
        steps=(
            Step(
                field="source",
                title=_source_title,
                question=_ask_source,
                parse=read_choice(_sources),
                show=_show_source,
                choices=_sources,
            ),
            Step(
                field="amount_kes",
                title=_amount_title,
                question=_ask_amount,
                parse=_read_amount,
                show=show_amount,
                choices=_whole,
            ),
        ),
    ),
    finish=_book,
    load=_load,
)


def _void_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Void a payment")


def _reason_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Reason")


def _reasons(asking: Asking) -> list[Choice]:
    _ = asking.texts.gettext
    words = (
        _("It was a mistake"),  # button
        _("Agreed with the client"),  # button
        _("No service was given"),  # button
    )
    return [Choice(label=text, value=f"#{number}") for number, text in enumerate(words, 1)]


def _reason_in_words(asking: Asking, value: Value) -> str:
    """Return the reason as it is stored: a pressed one is kept by its number."""
    for choice in _reasons(asking):
        if choice.value == value:
            return choice.label
    return str(value)


def _ask_reason(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Why does {payer} not have to pay it? Press a reason or type one, for example "
        "<i>moved away</i>. It is kept in your books, and a client who was asked for the money "
        "reads it."
    ).format(payer=escape(asking.facts["payer"]))


def _read_reason(_: Asking, text: str) -> Value:
    return check_reason(text)


def _void_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("🚫 Yes, void it")  # button


def _ask_to_void(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Void 1 bill of <b>{amount}</b> for {payer}? Nobody has to pay it any more and it is "
        "not asked for again. This can't be undone."
    ).format(
        amount=asking.texts.kes(asking.facts["amount_kes"]), payer=escape(asking.facts["payer"])
    )


async def _void(context: Context, answers: Answers) -> Screen:
    owner = await context.owner()
    number = int(answers[TRANSACTION_ID] or 0)
    asking = Asking(texts=context.texts, answers=answers)
    reason = _reason_in_words(asking, answers["reason"])
    await context.engine.bills.void(owner.id, number, reason=reason)
    _ = context.texts.gettext
    transaction = await context.engine.transactions.get(owner.id, number)
    text = _("🚫 Void: <b>{amount}</b> of {payer}. Reason: {reason}").format(
        amount=context.texts.kes(transaction.amount_kes),
        payer=escape(payer(transaction)),
        reason=escape(reason),
    )
    return Screen(text=text, rows=[[_card_button(context.texts, number)], home_row(context.texts)])


VOID_IT = Sheet(
    form=Form(
        name="void_it",
        title=_void_title,
        confirm=_void_word,
        question=_ask_to_void,
        is_destructive=True,
        steps=(
            Step(
                field="reason",
                title=_reason_title,
                question=_ask_reason,
                parse=_read_reason,
                is_free_text=True,
                show=_reason_in_words,
                choices=_reasons,
                columns=1,
            ),
        ),
    ),
    finish=_void,
    load=_load,
)
