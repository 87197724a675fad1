"""The forms about one client: another phone, a pause until a day."""

from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step, Value
from bot.forms.inputs import read_choice, read_date
from bot.forms.sheet import Sheet
from bot.forms.steps import phone_step, save_word
from bot.looks.cards import subscription_card
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.words.texts import Texts
from core.billing.changes import check_resume_date
from core.billing.phone import local_phone
from core.models import Client

CLIENT_ID = "_client_id"
SUBSCRIPTION_ID = "_subscription_id"
_DAYS = (7, 14, 30)


async def load_client(context: Context, answers: Answers) -> Mapping[str, Any]:
    """Look up the client, and who else has the number that was typed."""
    owner = await context.owner()
    client = await context.engine.clients.get(owner.id, int(answers[CLIENT_ID] or 0))
    phone = answers.get("phone_number")
    other = None
    if phone:
        other = await context.engine.clients.find_by_phone(owner.id, str(phone))
    is_taken = other is not None and other.id != client.id
    return {"client": client, "other": other if is_taken else None}


def client_of(asking: Asking) -> Client:
    """Return the client whom a form is about."""
    client: Client = asking.facts["client"]
    return client


def _other(asking: Asking) -> Client | None:
    other: Client | None = asking.facts["other"]
    return other


def client_done(context: Context, text: str, client_id: int) -> Screen:
    """Return the last screen of a form about a client."""
    _ = context.texts.gettext
    open_card = button(
        _("👤 Open the client"),  # button
        Where().to("client", client_id),
        PRIMARY,
    )
    return Screen(text=text, rows=[[open_card], home_row(context.texts)])


# --- another phone ------------------------------------------------------------------------------


def _phone_form_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Change a client's phone")


def _shared_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Shared phone?")


def _ask_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    client = client_of(asking)
    return _(
        "Which M-Pesa number does <b>{client}</b> pay with from now on? Type it, for example "
        "<code>0712 345 678</code>. So far it is <code>{phone}</code>."
    ).format(client=escape(client.name), phone=local_phone(client.phone_number))


def _ask_shared(asking: Asking) -> str:
    _ = asking.texts.gettext
    other = _other(asking)
    return _(
        "This is the number of <b>{name}</b>. Do the two share the phone? If not, go back and "
        "type another number."
    ).format(name=escape(other.name if other else ""))


def _shared(asking: Asking) -> list[Choice]:
    _ = asking.texts.gettext
    return [Choice(label=_("Yes, they share it"), value=True)]  # button


def _show_shared(asking: Asking, _value: Value) -> str:
    _ = asking.texts.gettext
    return _("Yes, they share it")  # button


def _ask_to_change_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Shall all prompts for <b>{client}</b> go to this number from now on, those for open "
        "bills, too? The client is told."
    ).format(client=escape(client_of(asking).name))


async def _change_phone(context: Context, answers: Answers) -> Screen:
    _ = context.texts.gettext
    owner = await context.owner()
    client = await context.engine.care.change_phone(
        owner.id,
        int(answers[CLIENT_ID] or 0),
        str(answers["phone_number"]),
        is_shared=answers.get("shared") is True,
    )
    text = _("✅ <b>{client}</b> is asked on {phone} from now on.").format(
        client=escape(client.name),
        phone=local_phone(client.phone_number),
    )
    return client_done(context, text, client.id)


CHANGE_PHONE = Sheet(
    form=Form(
        name="change_phone",
        title=_phone_form_title,
        confirm=save_word,
        question=_ask_to_change_phone,
        steps=(
            phone_step(_ask_phone),
            Step(
                field="shared",
                title=_shared_title,
                question=_ask_shared,
                parse=read_choice(_shared),
                show=_show_shared,
                choices=_shared,
                columns=1,
                applies=lambda asking: _other(asking) is not None,
                depends_on=frozenset({"phone_number"}),
            ),
        ),
    ),
    finish=_change_phone,
    load=load_client,
)


# --- a pause until a day ------------------------------------------------------------------------


async def _load_pause(context: Context, answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner()
    number = int(answers[SUBSCRIPTION_ID] or 0)
    subscription = await context.engine.subscriptions.get(owner.id, number)
    return {"subscription": subscription, "today": context.engine.today()}


def _pause_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Pause until a day")


def _day_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Goes on")


def _pause_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("⏸ Pause it")  # button


def _ask_day(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "On which day shall it go on by itself? Press one, or type it, for example "
        "<code>2027-01-15</code> or <code>15.01.2027</code>."
    )


def _days(asking: Asking) -> list[Choice]:
    today: date = asking.facts["today"]
    days = [today + timedelta(days=step) for step in _DAYS]
    return [Choice(label=asking.texts.date(day), value=day.isoformat()) for day in days]


def _read_day(asking: Asking, text: str) -> Value:
    return check_resume_date(read_date(text), today=asking.facts["today"]).isoformat()


def _show_day(asking: Asking, value: Value) -> str:
    return asking.texts.date(date.fromisoformat(str(value)))


def _ask_to_pause(asking: Asking) -> str:
    _ = asking.texts.gettext
    subscription = asking.facts["subscription"]
    return _(
        "Shall <b>{client}</b> on {plan} be paused until then? Nothing is billed and no prompt "
        "goes out meanwhile. Bills already made stay open. The client is told."
    ).format(client=escape(subscription.client.name), plan=escape(subscription.plan.name))


async def _pause(context: Context, answers: Answers) -> Screen:
    _ = context.texts.gettext
    owner = await context.owner()
    number = int(answers[SUBSCRIPTION_ID] or 0)
    day = date.fromisoformat(str(answers["resume_on"]))
    subscription = await context.engine.changes.pause_until(owner.id, number, day)
    open_card = button(
        _("📄 Open the subscription"),  # button
        Where().to("sub", subscription.id),
        PRIMARY,
    )
    text = _("✅ Paused.\n\n{card}").format(card=subscription_card(context.texts, subscription))
    return Screen(text=text, rows=[[open_card], home_row(context.texts)])


PAUSE_UNTIL = Sheet(
    form=Form(
        name="pause_until",
        title=_pause_title,
        confirm=_pause_word,
        question=_ask_to_pause,
        steps=(
            Step(
                field="resume_on",
                title=_day_title,
                question=_ask_day,
                parse=_read_day,
                show=_show_day,
                choices=_days,
                columns=1,
            ),
        ),
    ),
    finish=_pause,
    load=_load_pause,
)
