"""The form for a new client: who he is, what he pays for, and from when on."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step, Value
from bot.forms.inputs import read_choice, read_email, read_first_date, read_name
from bot.forms.sheet import Sheet
from bot.forms.steps import name_title, phone_step, skip
from bot.looks.cards import short, subscription_card
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.words.rhythms import next_bills, plan_rhythm, rhythm
from bot.words.texts import Texts
from core.billing.changes import FreshStart
from core.billing.clients import ClientDraft
from core.billing.periods import first_billing_date, running
from core.models import Client, ServicePlan, Subscription

_MOST_PLANS = 20  # More buttons than that are no choice but a search.


async def load_plans(context: Context, answers: Answers) -> Mapping[str, Any]:
    """Look up the plans, and who has the number that was typed."""
    owner = await context.owner()
    engine = context.engine
    page = await engine.plans.page(owner.id, limit=_MOST_PLANS)
    plans = {plan.id: plan for plan in page.items}
    plan_id, phone = answers.get("plan_id"), answers.get("phone_number")
    if plan_id is not None and int(plan_id) not in plans:  # Older than the newest twenty.
        plans[int(plan_id)] = await engine.plans.get(owner.id, int(plan_id))
    known = await engine.clients.find_by_phone(owner.id, str(phone)) if phone else None
    return {"plans": plans, "known": known, "today": engine.today()}


def _known(asking: Asking) -> Client | None:
    """Return the client who has this phone already, under another name."""
    known: Client | None = asking.facts.get("known")
    typed = str(asking.answers.get("name", ""))
    if known is None or known.name.casefold() == typed.casefold():
        return None
    return known


def _plan(asking: Asking) -> ServicePlan | None:
    plans: Mapping[int, ServicePlan] = asking.facts["plans"]
    chosen = asking.answers.get("plan_id")
    return None if chosen is None else plans.get(int(chosen))


def _plans(asking: Asking) -> list[Choice]:
    plans: Mapping[int, ServicePlan] = asking.facts["plans"]
    _ = asking.texts.gettext
    return [
        Choice(
            label=_("{plan} · {amount}").format(
                plan=short(plan.name), amount=asking.texts.kes(plan.amount_kes)
            ),
            value=plan.id,
        )
        for plan in plans.values()
    ]


def _show_plan(asking: Asking, _value: Value) -> str:
    plan = _plan(asking)
    if plan is None:
        return "?"
    _ = asking.texts.gettext
    return _("{plan} · {amount}, {rhythm}").format(
        plan=plan.name,
        amount=asking.texts.kes(plan.amount_kes),
        rhythm=_rhythm(asking, plan),
    )


def _rhythm(asking: Asking, plan: ServicePlan) -> str:
    """Say when this client is billed, once his first bill is known."""
    if "first_billing_date" not in asking.answers:
        return plan_rhythm(asking.texts, plan.schedule)
    chosen = asking.answers["first_billing_date"]
    first = date.fromisoformat(str(chosen)) if chosen else _usual_date_of(asking, plan)
    return rhythm(asking.texts, running(plan.schedule), anchor=first)


def _usual_date(asking: Asking) -> date | None:
    plan = _plan(asking)
    return _usual_date_of(asking, plan) if plan else None


def _usual_date_of(asking: Asking, plan: ServicePlan) -> date:
    return first_billing_date(plan.schedule, today=asking.facts["today"])


def _usual_date_text(asking: Asking) -> str:
    day = _usual_date(asking)
    return asking.texts.date(day) if day else ""


def _dates(asking: Asking) -> list[Choice]:
    day = _usual_date(asking)
    # No date at all is stored for the usual one: it moves on if the client accepts late.
    return [Choice(label=_usual_date_text(asking), value=None)] if day else []


def _same_person(asking: Asking) -> list[Choice]:
    _ = asking.texts.gettext
    known = _known(asking)
    name = short(known.name) if known else ""
    return [
        Choice(label=_("Yes, it is {name}").format(name=name), value=True),
        Choice(label=_("No, another person"), value=False),  # button
    ]


def _show_same(asking: Asking, value: Value) -> str:
    _ = asking.texts.gettext
    known = _known(asking)
    if value and known:
        return _("Yes, it is {name}").format(name=known.name)
    return _("No, another person")  # button


def _ask_name(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is the client's name? Type it, for example <i>Asha Mwangi</i>, or share the contact "
        "from your phone: 📎, then Contact."
    )


def _ask_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which M-Pesa number does the client pay with? Type it as you know it, for example "
        "<code>0712 345 678</code>."
    )


def _ask_same(asking: Asking) -> str:
    _ = asking.texts.gettext
    known = _known(asking)
    return _(
        "You already have a client with this number: <b>{name}</b>. Is this the same person?"
    ).format(name=escape(known.name if known else ""))


def _ask_email(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is the client's e-mail address? Type it, for example "
        "<code>asha@example.com</code>, or skip this."
    )


def _ask_plan(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Which plan?")


def _ask_date(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "When is the first bill? Press the usual date, or type another one from today on, for "
        "example <code>2026-12-01</code> or <code>01.12.2026</code>."
    )


def _same_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Same person?")


def _email_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("E-mail")


def _plan_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Plan")


def _date_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("First bill")


def _show_date(asking: Asking, value: Value) -> str:
    plan, first = _plan(asking), date.fromisoformat(str(value))
    if plan is None:
        return asking.texts.date(first)
    start = FreshStart(anchor_date=first, cycle_number=0, next_billing_date=first)
    return next_bills(asking.texts, running(plan.schedule), start)


STEPS = (
    Step(field="name", title=name_title, question=_ask_name, parse=read_name, is_free_text=True),
    phone_step(_ask_phone),
    Step(
        field="same_person",
        title=_same_title,
        question=_ask_same,
        parse=read_choice(_same_person),
        show=_show_same,
        choices=_same_person,
        columns=1,
        applies=lambda asking: _known(asking) is not None,
        depends_on=frozenset({"phone_number", "name"}),
    ),
    Step(
        field="email",
        title=_email_title,
        question=_ask_email,
        parse=read_email,
        choices=skip,
    ),
    Step(
        field="plan_id",
        title=_plan_title,
        question=_ask_plan,
        parse=read_choice(_plans),
        show=_show_plan,
        choices=_plans,
        columns=1,
    ),
    Step(
        field="first_billing_date",
        title=_date_title,
        question=_ask_date,
        parse=read_first_date,
        show=_show_date,
        choices=_dates,
        depends_on=frozenset({"plan_id"}),
        show_nothing=_usual_date_text,
    ),
)


def _form_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("New client")


def _add_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Add the client")  # button


def _ask_to_add(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Shall I add this client? You get an invitation to forward. Nothing is billed before it "
        "is accepted, or you activate it by hand."
    )


async def _add(context: Context, answers: Answers) -> Screen:
    owner = await context.owner()
    first, email = answers.get("first_billing_date"), answers.get("email")
    subscription = await context.engine.subscriptions.create(
        owner.id,
        plan_id=int(answers["plan_id"] or 0),
        client=ClientDraft(
            name=str(answers["name"]),
            phone_number=str(answers["phone_number"]),
            email=None if email is None else str(email),
            another_person=answers.get("same_person") is False,
        ),
        first_billing_date=None if first is None else date.fromisoformat(str(first)),
    )
    return client_added(context, subscription)


def client_added(context: Context, subscription: Subscription) -> Screen:
    """Return the last screen for a new subscription."""
    _ = context.texts.gettext
    text = _("✅ Added. The invitation follows below: forward it to your client.\n\n{card}")
    return Screen(
        text=text.format(card=subscription_card(context.texts, subscription)),
        rows=[
            [
                button(
                    _("👤 Open the subscription"),  # button
                    Where().to("sub", subscription.id),
                    PRIMARY,
                )
            ],
            [button(_("🆕 Another client"), Where().to("new", "client"))],  # button
            home_row(context.texts),
        ],
    )


NEW_CLIENT = Sheet(
    form=Form(
        name="new_client",
        title=_form_title,
        confirm=_add_word,
        question=_ask_to_add,
        steps=STEPS,
    ),
    finish=_add,
    load=load_plans,
)
