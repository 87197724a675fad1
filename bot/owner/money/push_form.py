"""The form that simulates an STK push: one prompt to one phone, outside any plan."""

from collections.abc import Mapping
from typing import Any

from bot import chat
from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step
from bot.forms.inputs import read_amount, read_description, read_reference
from bot.forms.sheet import Sheet
from bot.forms.steps import amount_choices, phone_step, show_amount, skip
from bot.looks.screen import Screen
from bot.owner.money.sending import sending_screen
from bot.words.texts import Texts
from core.billing.charges import ChargeDraft
from core.billing.money import MIN_CHARGE_KES
from core.billing.permissions import Permission
from core.billing.phone import local_phone

_RECENT = 4
"""Numbers on buttons."""


def _recent(asking: Asking) -> list[Choice]:
    """Offer the numbers that were prompted last."""
    numbers: list[str] = asking.facts["recent"]
    return [Choice(label=local_phone(number), value=number) for number in numbers]


async def _load(context: Context, _answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner(Permission.RECORD)
    recent = context.engine.transactions.recent_numbers
    return {"recent": await recent(owner.id, limit=_RECENT)}


def _ask_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which phone shall be asked to pay? Type the M-Pesa number, for example "
        "<code>0712 345 678</code>."
    )


def _ask_amount(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "How much, in whole shillings? It must be more than 1. Press an amount or type one, for "
        "example <code>1,500</code>."
    )


def _ask_reference(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which account reference shall the client see? At most 12 letters and digits, for "
        "example <code>HOUSE12</code>. You can skip this."
    )


def _ask_description(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is it for? At most 13 characters, for example <code>Gym November</code>. You can "
        "skip this."
    )


def _amount_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Amount")


def _reference_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Account reference")


def _description_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Description")


STEPS = (
    phone_step(_ask_phone, choices=_recent),
    Step(
        field="amount_kes",
        title=_amount_title,
        question=_ask_amount,
        parse=read_amount(minimum=MIN_CHARGE_KES),
        show=show_amount,
        choices=amount_choices,
        columns=3,
    ),
    Step(
        field="account_reference",
        title=_reference_title,
        question=_ask_reference,
        parse=read_reference,
        choices=skip,
    ),
    Step(
        field="description",
        title=_description_title,
        question=_ask_description,
        parse=read_description,
        choices=skip,
    ),
)


def _form_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Simulate STK push")


def _send_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("📲 Send the STK push")  # button


def _ask_to_send(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I send it? The phone rings at once and asks for the M-Pesa PIN.")


async def _send(context: Context, answers: Answers) -> Screen:
    """Store charge and prompt together with the end of the form; Daraja is called afterwards."""
    owner = await context.owner(Permission.RECORD)
    outgoing = await context.engine.prompts.prepare_charge(
        owner.id, _draft(answers), status_message=_pressed(context)
    )
    return sending_screen(context, outgoing)


def _draft(answers: Answers) -> ChargeDraft:
    reference, description = answers.get("account_reference"), answers.get("description")
    return ChargeDraft(
        phone_number=str(answers["phone_number"]),
        amount_kes=int(answers["amount_kes"] or 0),
        account_reference=None if reference is None else str(reference),
        description=None if description is None else str(description),
    )


def _pressed(context: Context) -> tuple[int, int] | None:
    """Return chat and id of the message with the button: it is to show how the prompt goes.

    Stored with the charge, so that it tells the truth even if we are killed before the call.
    """
    message_id = chat.pressed_message(context.incoming)
    return None if message_id is None else (context.person.telegram_id, message_id)


SIMULATE_PUSH = Sheet(
    form=Form(
        name="push",
        title=_form_title,
        confirm=_send_word,
        question=_ask_to_send,
        steps=STEPS,
    ),
    finish=_send,
    load=_load,
)
