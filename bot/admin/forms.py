"""An admin's forms, and the two that stop something: all prompts, or one business."""

from collections.abc import Mapping
from html import escape
from typing import Any

from bot.admin.actions import done
from bot.admin.broadcast_form import BROADCAST
from bot.admin.searches import FIND_OWNER, LOOK_UP
from bot.context import Context
from bot.forms.filling import Outcome, begin
from bot.forms.form import Answers, Asking, Form, Step, Value
from bot.forms.sheet import Sheet
from bot.looks.places import Where
from bot.looks.screen import Screen
from bot.words.texts import Texts
from core.billing.text import check_text
from core.services.admin.businesses import LONGEST_REASON

USER_ID = "_user_id"


async def new(context: Context, where: Where) -> Outcome:
    """Begin the form that the place names."""
    kind, *rest = where.arguments
    sheet = {
        "stop": STOP_PROMPTS,
        "look": LOOK_UP,
        "find": FIND_OWNER,
        "say": BROADCAST,
        "suspend": SUSPEND,
    }[kind]
    hidden: dict[str, Value] = {USER_ID: int(rest[0])} if rest else {}
    return await begin(context, sheet, where, **hidden)


def _reason_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Reason")


def _read_reason(_: Asking, text: str) -> Value:
    return check_text(text, max_length=LONGEST_REASON)


async def _audience(context: Context, _answers: Answers) -> Mapping[str, Any]:
    admin = context.person.telegram_id
    return {"n": await context.engine.administration.audience(admin_telegram_id=admin)}


# --- stop all prompts ---------------------------------------------------------------------------


def _stop_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Stop all prompts")


def _ask_stop_reason(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Why do prompts stop? Every owner reads this, for example <i>Safaricom has an outage "
        "since 10:00</i>."
    )


def _stop_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("⏸ Yes, stop them all")  # button


def _ask_to_stop(asking: Asking) -> str:
    _ = asking.texts.gettext
    return asking.texts.ngettext(
        "No prompt of {n} business goes out until you let them go on, not even one that a "
        "person asks for. Its owner is told. Stop them?",
        "No prompt of {n} businesses goes out until you let them go on, not even one that a "
        "person asks for. Their owners are told. Stop them?",
        asking.facts["n"],
    ).format(n=asking.facts["n"])


async def _stop(context: Context, answers: Answers) -> Screen:
    await context.engine.prompt_stop.stop(
        admin_telegram_id=context.person.telegram_id, reason=str(answers["reason"])
    )
    _ = context.texts.gettext
    return done(context, _("⏸ All prompts are stopped, and every owner is told."))


STOP_PROMPTS = Sheet(
    form=Form(
        name="stop_prompts",
        title=_stop_title,
        confirm=_stop_word,
        question=_ask_to_stop,
        steps=(
            Step(
                field="reason",
                title=_reason_title,
                question=_ask_stop_reason,
                parse=_read_reason,
                is_free_text=True,
            ),
        ),
        is_destructive=True,
    ),
    finish=_stop,
    load=_audience,
)


# --- suspend a business -------------------------------------------------------------------------


def _suspend_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Suspend a business")


def _ask_suspension_reason(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Why is <b>{business}</b> suspended? Its owner reads this.").format(
        business=escape(asking.facts["business"])
    )


def _suspend_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("⛔ Yes, suspend it")  # button


def _ask_to_suspend(asking: Asking) -> str:
    _ = asking.texts.gettext
    return asking.texts.ngettext(
        "Nobody can work in <b>{business}</b> any more, and its {n} client gets no prompts. Its "
        "books stay, and its bills wait. Suspend it?",
        "Nobody can work in <b>{business}</b> any more, and its {n} clients get no prompts. Its "
        "books stay, and its bills wait. Suspend it?",
        asking.facts["clients"],
    ).format(business=escape(asking.facts["business"]), n=asking.facts["clients"])


async def _load_owner(context: Context, answers: Answers) -> Mapping[str, Any]:
    card = await context.engine.businesses.card(
        admin_telegram_id=context.person.telegram_id, user_id=int(answers[USER_ID] or 0)
    )
    return {"business": card.user.display_name, "clients": card.clients}


async def _suspend(context: Context, answers: Answers) -> Screen:
    user = await context.engine.businesses.suspend(
        admin_telegram_id=context.person.telegram_id,
        user_id=int(answers[USER_ID] or 0),
        reason=str(answers["reason"]),
    )
    _ = context.texts.gettext
    text = _("⛔ <b>{business}</b> is suspended, and its owner is told.")
    return done(context, text.format(business=escape(user.display_name)))


SUSPEND = Sheet(
    form=Form(
        name="suspend_owner",
        title=_suspend_title,
        confirm=_suspend_word,
        question=_ask_to_suspend,
        steps=(
            Step(
                field="reason",
                title=_reason_title,
                question=_ask_suspension_reason,
                parse=_read_reason,
                is_free_text=True,
            ),
        ),
        is_destructive=True,
    ),
    finish=_suspend,
    load=_load_owner,
)
