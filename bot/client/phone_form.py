"""The form with which a client confirms or changes the number that his prompts go to."""

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

from bot import chat
from bot.context import Context
from bot.forms.form import SHARED, Answers, Asking, Form
from bot.forms.sheet import Sheet
from bot.forms.steps import phone_step
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.words.texts import Texts
from core.billing.phone import local_phone, mask_phone

CLIENT_ID = "_client_id"


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("My number")


def _ask_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "{business} asks for your M-Pesa PIN on {phone}. Is that your phone? Press "
        "<b>Share my number</b> below to confirm it, or type the M-Pesa number that you use, for "
        "example <code>0712 345 678</code>."
    ).format(
        business=escape(asking.facts["business"]), phone=mask_phone(asking.facts["phone_number"])
    )


def _save_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Yes, this one")  # button


def _ask_to_save(asking: Asking) -> str:
    _ = asking.texts.gettext
    if asking.answers["phone_number"] == asking.facts["phone_number"]:
        return _("This is the number that {business} has. Is it yours?").format(
            business=escape(asking.facts["business"])
        )
    return _(
        "From now on {business} asks for your PIN on this number, for open bills too. The "
        "business is told. Is it right?"
    ).format(business=escape(asking.facts["business"]))


async def _load(context: Context, answers: Answers) -> Mapping[str, Any]:
    client = await context.engine.standings.client(
        context.person.telegram_id, int(answers[CLIENT_ID] or 0)
    )
    return {"business": client.owner.display_name, "phone_number": client.phone_number}


async def _save(context: Context, answers: Answers) -> Screen:
    phone = str(answers["phone_number"])
    client = await context.engine.own_wishes.set_phone(
        context.person.telegram_id,
        int(answers[CLIENT_ID] or 0),
        phone,
        is_shared=answers.get(SHARED) == phone,
    )
    _ = context.texts.gettext
    text = _("✅ {business} asks for your PIN on {phone}.").format(
        business=escape(client.owner.display_name), phone=local_phone(client.phone_number)
    )
    mine = button(_("📄 What I pay for"), Where().to("status"), PRIMARY)  # button
    return Screen(
        text=text,
        rows=[[mine], home_row(context.texts)],
        afterwards=partial(_put_keyboard_away, context),
    )


async def _put_keyboard_away(context: Context, _message_id: int) -> None:
    await chat.put_keyboard_away(context, context.person.telegram_id)


OWN_PHONE = Sheet(
    form=Form(
        name="own_phone",
        title=_title,
        confirm=_save_word,
        question=_ask_to_save,
        steps=(phone_step(_ask_phone, wants_own_contact=True),),
    ),
    finish=_save,
    load=_load,
)
