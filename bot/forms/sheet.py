"""A form as one person has filled it in so far: kept in the Dialog table, shown as a question."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.form import (
    KEEP,
    SUMMARY,
    Answers,
    Asking,
    Form,
    Step,
    Value,
    asked,
    next_open,
    offered,
    question_text,
    shown,
    summary_text,
)
from bot.looks.cards import short
from bot.looks.places import Where
from bot.looks.screen import DANGER, SUCCESS, Row, Screen, button, in_rows
from core.models import Dialog

FORM_PRESS = "f"
DONE = "done"

# Kept beside the answers in the dialog, out of the way of any field's name.
KEY, FROM, UPDATE = "_key", "_from", "_update"
WRONG = "_wrong"
"""How often in a row the open question was answered with something that can't be used."""
REFUSED = "_refused"
"""The update that brought it: handled again after a crash, it counts no second time."""
SECRET = "_secret"  # noqa: S105 - a name, no secret
"""The update that brought a secret: handled again, its message still has to leave the chat."""


class Press(StrEnum):
    """What a button of a form does."""

    CHOOSE = "c"
    BACK = "b"
    EDIT = "e"
    CANCEL = "x"
    CONFIRM = "ok"


async def no_facts(_context: Context, _answers: Answers) -> Mapping[str, Any]:
    """Look nothing up."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form with its two doors to the engine."""

    form: Form
    finish: Callable[[Context, Answers], Awaitable[Screen]]
    """Does what was confirmed, inside one DB transaction: no network in it."""
    load: Callable[[Context, Answers], Awaitable[Mapping[str, Any]]] = no_facts
    """Looks up what the questions depend on."""
    leaves_no_trace: bool = False
    """Once it is done not even that is remembered: it deleted the person."""


Sheets = Mapping[str, Sheet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """One person's form as it stands."""

    sheet: Sheet
    step: str
    answers: dict[str, Value]
    message_id: int | None
    asking: Asking

    @property
    def form(self) -> Form:
        """The form being filled in."""
        return self.sheet.form

    @property
    def current(self) -> Step | None:
        """The question that waits for an answer; None at the summary."""
        return self.form.step(self.step)

    def press(self, *parts: str) -> str:
        """Return the data of one of this form's buttons."""
        return Where().stay(FORM_PRESS, str(self.answers[KEY]), *parts)


async def read_filling(context: Context, sheet: Sheet, dialog: Dialog) -> Filling:
    """Return the form as the dialog holds it."""
    answers = {name: _value(given) for name, given in dialog.answers.items()}
    filling = await stand(context, sheet, answers)
    known = dialog.step == SUMMARY or sheet.form.step(dialog.step) is not None
    step = dialog.step if known else filling.step
    return replace(filling, step=step, message_id=dialog.message_id)


def _value(given: object) -> Value:
    return given if given is None or isinstance(given, (str, int, bool)) else str(given)


async def stand(context: Context, sheet: Sheet, answers: dict[str, Value]) -> Filling:
    """Return the form at its first open question."""
    facts = await sheet.load(context, answers)
    asking = Asking(texts=context.texts, answers=answers, facts=facts)
    return Filling(
        sheet=sheet,
        step=next_open(sheet.form, asking),
        answers=answers,
        message_id=None,
        asking=asking,
    )


async def save(context: Context, filling: Filling) -> None:
    """Store the form as it stands."""
    await context.engine.dialogs.save(
        context.person.telegram_id,
        form=filling.form.name,
        step=filling.step,
        answers=dict(filling.answers),
        message_id=filling.message_id,
    )


async def _remember_message(context: Context, filling: Filling, message_id: int) -> None:
    if message_id != filling.message_id:
        await save(context, replace(filling, message_id=message_id))


def screen_of(context: Context, filling: Filling, *, wrong: str | None = None) -> Screen:
    """Return the open question, or the summary; shown, its message is remembered."""
    step = filling.current
    if step is None:
        text = summary_text(filling.form, filling.asking, wrong=wrong)
        rows = _summary_rows(context, filling)
    else:
        text = question_text(filling.form, step, filling.asking, wrong=wrong)
        rows = _question_rows(context, filling, step)
    remember = partial(_remember_message, context, filling)
    return Screen(text=text, rows=rows, afterwards=remember)


def _question_rows(context: Context, filling: Filling, step: Step) -> list[Row]:
    _ = context.texts.gettext
    choices = [
        button(choice.label, filling.press(Press.CHOOSE, step.field, choice.key))
        for choice in offered(step, filling.asking)
    ]
    rows = in_rows(choices, step.columns)
    if step.field in filling.answers:
        rows.append([_keep_button(context, filling, step)])
    back = button(_("◀ Back"), filling.press(Press.BACK))  # button
    rows.append([back, button(_("✖️ Cancel"), filling.press(Press.CANCEL))])  # button
    return rows


def _keep_button(context: Context, filling: Filling, step: Step) -> InlineKeyboardButton:
    _ = context.texts.gettext
    label = _("Keep: {value}").format(value=short(shown(step, filling.asking)))
    return button(label, filling.press(Press.CHOOSE, step.field, KEEP))


def _summary_rows(context: Context, filling: Filling) -> list[Row]:
    _ = context.texts.gettext
    is_destructive = filling.form.is_destructive
    confirm = button(
        filling.form.confirm(context.texts),
        filling.press(Press.CONFIRM),
        DANGER if is_destructive else SUCCESS,
    )
    edits = [
        button(
            _("✏️ {field}").format(field=step.title(context.texts)),
            filling.press(Press.EDIT, step.field),
        )
        for step in asked(filling.form, filling.asking)
    ]
    if is_destructive:
        keep = button(_("◀ Keep it"), filling.press(Press.CANCEL))  # button
        return [[keep], *in_rows(edits, 2), [confirm]]
    cancel = button(_("✖️ Cancel"), filling.press(Press.CANCEL), DANGER)  # button
    return [[confirm], *in_rows(edits, 2), [cancel]]
