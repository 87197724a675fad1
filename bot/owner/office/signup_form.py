"""The forms for a business's name: one asks to run it here, one changes it."""

from html import escape

from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step
from bot.forms.inputs import read_name
from bot.forms.sheet import Sheet
from bot.forms.steps import save_word
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.owner.office.first_steps import next_step, progress
from bot.words.texts import Texts
from core.models import Approval


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Sign up your business")


def _name_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Business name")


def _ask_name(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is your business called? Your clients see this name on invitations and receipts, "
        "for example <i>Mama Njeri Gym</i>."
    )


def _sign_up_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Sign up")  # button


def _ask_to_sign_up(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I sign your business up under this name?")


async def _sign_up(context: Context, answers: Answers) -> Screen:
    person = await context.engine.people.request_approval(
        context.person.id, business_name=str(answers["business_name"])
    )
    _ = context.texts.gettext
    if person.approval is not Approval.APPROVED:
        text = _("✅ Thank you. An administrator looks at your request; I will write to you then.")
        return Screen(text=text, rows=[home_row(context.texts)])
    begun = await context.engine.dashboard.beginnings(person.id)
    text = _("✅ Welcome! Your business is ready. Begin with your first plan.")
    first = next_step(context.texts, begun)
    return Screen(
        text="\n\n".join(part for part in (text, progress(context.texts, begun)) if part),
        rows=[*([[first]] if first else []), home_row(context.texts)],
    )


BUSINESS_NAME = Step(
    field="business_name",
    title=_name_title,
    question=_ask_name,
    parse=read_name,
    is_free_text=True,
)
SIGN_UP = Sheet(
    form=Form(
        name="sign_up",
        title=_title,
        confirm=_sign_up_word,
        question=_ask_to_sign_up,
        steps=(BUSINESS_NAME,),
    ),
    finish=_sign_up,
)


def _rename_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Name of the business")


def _ask_to_rename(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Shall your business be called so from now on? Your clients see the new name on "
        "invitations, reminders and receipts."
    )


async def _rename(context: Context, answers: Answers) -> Screen:
    owner = await context.owner()
    owner = await context.engine.people.rename_business(owner.id, str(answers["business_name"]))
    _ = context.texts.gettext
    text = _("✅ Your business is called <b>{business}</b> now.").format(
        business=escape(owner.display_name)
    )
    settings = button(_("⚙️ Settings"), Where().to("set"), PRIMARY)  # button
    return Screen(text=text, rows=[[settings], home_row(context.texts)])


RENAME_BUSINESS = Sheet(
    form=Form(
        name="rename_business",
        title=_rename_title,
        confirm=save_word,
        question=_ask_to_rename,
        steps=(BUSINESS_NAME,),
    ),
    finish=_rename,
)
