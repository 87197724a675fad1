"""The form for another plan of a client whom the owner has already."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Form
from bot.forms.sheet import Sheet
from bot.looks.screen import Screen
from bot.owner.clients.care_forms import CLIENT_ID
from bot.owner.clients.client_form import STEPS, client_added, load_plans
from bot.words.texts import Texts


async def _load(context: Context, answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner()
    client = await context.engine.clients.get(owner.id, int(answers[CLIENT_ID] or 0))
    return {**await load_plans(context, answers), "client": client}


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Another plan for a client")


def _add_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Add the plan")  # button


def _ask_to_add(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Shall I add this plan for <b>{client}</b>? You get an invitation to forward. Nothing is "
        "billed before it is accepted, or you activate it by hand."
    ).format(client=escape(asking.facts["client"].name))


async def _add(context: Context, answers: Answers) -> Screen:
    owner = await context.owner()
    first = answers.get("first_billing_date")
    subscription = await context.engine.subscriptions.create(
        owner.id,
        plan_id=int(answers["plan_id"] or 0),
        client=int(answers[CLIENT_ID] or 0),
        first_billing_date=None if first is None else date.fromisoformat(str(first)),
    )
    return client_added(context, subscription)


MORE_PLANS = Sheet(
    form=Form(
        name="more_plans",
        title=_title,
        confirm=_add_word,
        question=_ask_to_add,
        steps=tuple(step for step in STEPS if step.field in {"plan_id", "first_billing_date"}),
    ),
    finish=_add,
    load=_load,
)
