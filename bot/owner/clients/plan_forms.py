"""The forms about plans: a new one, another name, another price."""

from collections.abc import Mapping
from html import escape
from typing import Any

from babel.dates import get_day_names

from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step, Value
from bot.forms.inputs import read_amount, read_choice, read_day_of_month, read_name
from bot.forms.sheet import Sheet
from bot.forms.steps import amount_choices, name_title, save_word, show_amount
from bot.looks.cards import plan_card
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.words.texts import Texts
from core.billing.money import MIN_PLAN_KES
from core.billing.periods import Frequency, Schedule, skips_some
from core.billing.plans import PlanDraft
from core.models import ServicePlan

PLAN_ID = "_plan_id"

_WEEKLY = frozenset({Frequency.WEEKLY, Frequency.BIWEEKLY})
_COMMON_DAYS = (1, 5, 15, 31)


def _frequency(asking: Asking) -> Frequency:
    return Frequency(str(asking.answers.get("frequency", Frequency.MONTHLY)))


def _frequencies(asking: Asking) -> list[Choice]:
    return [
        Choice(label=_show_frequency(asking, frequency.value), value=frequency.value)
        for frequency in Frequency
    ]


def _show_frequency(asking: Asking, value: Value) -> str:
    text = asking.texts.frequency(Frequency(str(value)), 1)
    return text[:1].upper() + text[1:]


def _days(asking: Asking) -> list[Choice]:
    days = range(1, 8) if _frequency(asking) in _WEEKLY else _COMMON_DAYS
    return [Choice(label=_show_day(asking, day), value=day) for day in days]


def _show_day(asking: Asking, value: Value) -> str:
    text = asking.texts.billing_day(_frequency(asking), int(value or 0))
    return text[:1].upper() + text[1:]


def _read_day(asking: Asking, text: str) -> Value:
    if _frequency(asking) not in _WEEKLY:
        return read_day_of_month(asking, text)
    names = get_day_names("wide", locale=asking.texts.locale)
    days = {str(name).casefold(): index + 1 for index, name in names.items()}
    typed = text.strip().casefold()
    return days[typed] if typed in days else read_choice(_days)(asking, text)


def _ask_day(asking: Asking) -> str:
    _ = asking.texts.gettext
    if _frequency(asking) in _WEEKLY:
        return _("On which weekday is it billed?")
    question = _(
        "On which day of the month is it billed? Press a day or type one from 1 to 31, "
        "for example <code>10</code>. In a shorter month, 31 is its last day."
    )
    if not skips_some(Schedule(frequency=_frequency(asking))):
        return question
    return question + " " + _("The months are counted from each client's first bill.")


def _ask_name(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("What is the plan called? Your clients see this name, for example <i>Gym Gold</i>.")


def _ask_price(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What does it cost each time, in whole shillings? Press an amount or type one, for "
        "example <code>1,500</code> or <code>1.5k</code>."
    )


def _ask_frequency(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("How often is it paid?")


def _price_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Price")


def _frequency_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("How often")


def _day_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Billing day")


NAME = Step(field="name", title=name_title, question=_ask_name, parse=read_name, is_free_text=True)
PRICE = Step(
    field="amount_kes",
    title=_price_title,
    question=_ask_price,
    parse=read_amount(minimum=MIN_PLAN_KES),
    show=show_amount,
    choices=amount_choices,
    columns=3,
)
FREQUENCY = Step(
    field="frequency",
    title=_frequency_title,
    question=_ask_frequency,
    parse=read_choice(_frequencies),
    show=_show_frequency,
    choices=_frequencies,
)
BILLING_DAY = Step(
    field="billing_day",
    title=_day_title,
    question=_ask_day,
    parse=_read_day,
    show=_show_day,
    choices=_days,
    applies=lambda asking: _frequency(asking) is not Frequency.DAILY,
    depends_on=frozenset({"frequency"}),
)


# --- a new plan ---------------------------------------------------------------------------------


def _new_plan_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("New plan")


def _create_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Create the plan")  # button


def _ask_to_create(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I create this plan? You can change its name and price later.")


async def _create_plan(context: Context, answers: Answers) -> Screen:
    owner = await context.owner()
    day = answers.get("billing_day")
    draft = PlanDraft(
        name=str(answers["name"]),
        amount_kes=int(answers["amount_kes"] or 0),
        frequency=Frequency(str(answers["frequency"])),
        billing_day=None if day is None else int(day),
    )
    plan = await context.engine.plans.create(owner.id, draft)
    return _plan_saved(context, plan, running=0)


def _plan_saved(context: Context, plan: ServicePlan, *, running: int) -> Screen:
    _ = context.texts.gettext
    here = Where(f"plan:{plan.id}")
    card = plan_card(context.texts, plan, running=running)
    return Screen(
        text=_("✅ Saved.\n\n{card}").format(card=card),
        rows=[
            [
                button(
                    _("🆕 New client"),  # button
                    here.to("new", "client", plan.id),
                    PRIMARY,
                )
            ],
            [button(_("📋 Plans"), Where().to("plans"))],  # button
            home_row(context.texts),
        ],
    )


NEW_PLAN = Sheet(
    form=Form(
        name="new_plan",
        title=_new_plan_title,
        confirm=_create_word,
        question=_ask_to_create,
        steps=(NAME, PRICE, FREQUENCY, BILLING_DAY),
    ),
    finish=_create_plan,
)


# --- another name or price ----------------------------------------------------------------------


async def _load_plan(context: Context, answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner()
    plan = await context.engine.plans.get(owner.id, int(answers[PLAN_ID] or 0))
    return {"plan": plan, "running": await context.engine.plans.running(owner.id, plan.id)}


def _rename_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Change a plan's name")


def _reprice_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Change a plan's price")


def _ask_to_rename(asking: Asking) -> str:
    _ = asking.texts.gettext
    plan: ServicePlan = asking.facts["plan"]
    return _(
        "Shall the plan <b>{name}</b> be called so from now on? Whoever is on it sees the new "
        "name, and nothing else changes."
    ).format(name=escape(plan.name))


def _ask_to_reprice(asking: Asking) -> str:
    plan: ServicePlan = asking.facts["plan"]
    running = int(asking.facts["running"])
    return asking.texts.ngettext(
        "<b>{name}</b> costs {amount} now. The new price is for new subscriptions: {n} running "
        "one keeps its own, and bills already made stay as they are. To move a client to the new "
        "price, open him and press Change the plan.",
        "<b>{name}</b> costs {amount} now. The new price is for new subscriptions: {n} running "
        "ones keep their own, and bills already made stay as they are. To move a client to the "
        "new price, open him and press Change the plan.",
        running,
    ).format(name=escape(plan.name), amount=asking.texts.kes(plan.amount_kes), n=running)


async def _rename(context: Context, answers: Answers) -> Screen:
    return await _edit(context, answers, name=str(answers["name"]))


async def _reprice(context: Context, answers: Answers) -> Screen:
    return await _edit(context, answers, amount_kes=int(answers["amount_kes"] or 0))


async def _edit(
    context: Context, answers: Answers, *, name: str | None = None, amount_kes: int | None = None
) -> Screen:
    owner = await context.owner()
    plans = context.engine.plans
    plan_id = int(answers[PLAN_ID] or 0)
    plan = await plans.edit(owner.id, plan_id, name=name, amount_kes=amount_kes)
    return _plan_saved(context, plan, running=await plans.running(owner.id, plan_id))


RENAME_PLAN = Sheet(
    form=Form(
        name="rename_plan",
        title=_rename_title,
        confirm=save_word,
        question=_ask_to_rename,
        steps=(NAME,),
    ),
    finish=_rename,
    load=_load_plan,
)
REPRICE_PLAN = Sheet(
    form=Form(
        name="reprice_plan",
        title=_reprice_title,
        confirm=save_word,
        question=_ask_to_reprice,
        steps=(PRICE,),
    ),
    finish=_reprice,
    load=_load_plan,
)
