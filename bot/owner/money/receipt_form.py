"""The form with which an owner says that a payment came: it asks for the M-Pesa code."""

from collections.abc import Mapping
from html import escape
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step, Value
from bot.forms.sheet import Sheet
from bot.looks.cards import payer
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.words.texts import Texts
from core.billing.permissions import Permission
from core.billing.receipts import check_receipt

TRANSACTION_ID = "_transaction_id"


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("It was paid")


def _code_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("M-Pesa code")


def _ask_code(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which M-Pesa code does your statement or SMS show for it? It has 10 letters and digits, "
        "for example <code>RKTQDM7W6S</code>."
    )


def _read_code(_: Asking, text: str) -> Value:
    return check_receipt(text)


def _paid_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Yes, it was paid")  # button


def _ask_to_settle(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I record <b>{amount}</b> of {payer} as paid on your word?").format(
        amount=asking.texts.kes(asking.facts["amount_kes"]), payer=escape(asking.facts["payer"])
    )


async def _load(context: Context, answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner(Permission.RECORD)
    number = int(answers[TRANSACTION_ID] or 0)
    transaction = await context.engine.transactions.get(owner.id, number)
    return {"amount_kes": transaction.amount_kes, "payer": payer(transaction)}


async def _settle(context: Context, answers: Answers) -> Screen:
    owner = await context.owner(Permission.RECORD)
    transaction = await context.engine.decisions.it_was_paid(
        owner.id, int(answers[TRANSACTION_ID] or 0), str(answers["receipt"])
    )
    _ = context.texts.gettext
    text = _("✅ <b>{amount}</b> of {payer} is booked as paid.").format(
        amount=context.texts.kes(transaction.amount_kes), payer=escape(payer(transaction))
    )
    card = button(
        _("🧾 Open the transaction"),  # button
        Where().to("txn", transaction.id),
        PRIMARY,
    )
    return Screen(text=text, rows=[[card], home_row(context.texts)])


IT_WAS_PAID = Sheet(
    form=Form(
        name="it_was_paid",
        title=_title,
        confirm=_paid_word,
        question=_ask_to_settle,
        steps=(Step(field="receipt", title=_code_title, question=_ask_code, parse=_read_code),),
    ),
    finish=_settle,
    load=_load,
)
