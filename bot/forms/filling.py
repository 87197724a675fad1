"""Fill in forms in the chat: the answers live in the Dialog table, one form for a person.

What was answered is committed before the next question is sent, with the id of the update that
brought it: the same update handled again after a crash is recognised and only shows where the
form stands. Nothing but the dialog is written before Confirm, and Confirm commits its work and
the end of the dialog together, so that a second tap finds it done.
"""

import secrets
from dataclasses import replace

from bot.context import Context
from bot.forms.form import (
    SUMMARY,
    ChoiceGone,
    Value,
    asked,
    chosen,
    next_open,
    step_before,
    with_answer,
)
from bot.forms.sheet import (
    DONE,
    FROM,
    KEY,
    UPDATE,
    Filling,
    Press,
    Sheet,
    Sheets,
    read_filling,
    save,
    screen_of,
    stand,
)
from bot.looks.places import HOME, Where
from bot.looks.screen import Screen, Toast, home_row
from bot.words.errors import fault_sentence, sentence_for
from core.errors import Fault, FluxPayError, InvalidInput

Outcome = Screen | Toast | Where
_ENOUGH_FAILURES = 3


class MenuOutOfDate(Exception):
    """The button belongs to something that is over, or to an older version of the bot."""


async def begin(context: Context, sheet: Sheet, where: Where, **hidden: Value) -> Screen:
    """Begin a form anew; Back and Cancel lead to where the person came from."""
    origin = where.trail[0] if where.trail else HOME
    answers: dict[str, Value] = {**hidden, KEY: secrets.token_hex(3), FROM: origin}
    filling = await stand(context, sheet, answers)
    await save(context, filling)
    return screen_of(context, filling)


async def open_form(context: Context, sheets: Sheets) -> Filling | None:
    """Return the form that the person has not finished."""
    dialog = await context.engine.dialogs.find(context.person.telegram_id)
    if dialog is None or dialog.step == DONE or dialog.form not in sheets:
        return None
    return await read_filling(context, sheets[dialog.form], dialog)


async def resume(context: Context, sheets: Sheets) -> Outcome:
    """Show the open form where it stands."""
    filling = await open_form(context, sheets)
    return Where() if filling is None else screen_of(context, filling)


async def press(context: Context, sheets: Sheets, where: Where, update_id: int) -> Outcome:
    """Handle a press of one of a form's buttons.

    Raises:
        MenuOutOfDate: The form is not the open one.
    """
    key, operation, *rest = where.arguments
    dialog = await context.engine.dialogs.find(context.person.telegram_id)
    if dialog is None or dialog.answers.get(KEY) != key or dialog.form not in sheets:
        raise MenuOutOfDate
    if dialog.step == DONE:
        return _already_done(context, is_repeat=dialog.answers.get(UPDATE) == update_id)
    filling = await read_filling(context, sheets[dialog.form], dialog)
    match operation, rest:
        case Press.CHOOSE, [step, choice]:
            return await _choose(context, filling, step=step, choice=choice)
        case Press.BACK, []:
            return await _go_back(context, filling)
        case Press.EDIT, [step]:
            return await _go_to(context, filling, step)
        case Press.CANCEL, []:
            return await _cancel(context, filling)
        case Press.CONFIRM, []:
            return await confirm(context, filling, update_id)
        case _:
            raise MenuOutOfDate


async def abandon(context: Context) -> bool:
    """Drop the open form; False when there was none."""
    dialog = await context.engine.dialogs.find(context.person.telegram_id)
    if dialog is None or dialog.step == DONE:
        return False
    await context.engine.dialogs.clear(context.person.telegram_id)
    return True


async def _choose(context: Context, filling: Filling, *, step: str, choice: str) -> Outcome:
    _ = context.texts.gettext
    if step != filling.step or filling.current is None:
        return screen_of(context, filling)  # That question is answered: show the one that is open.
    try:
        value = chosen(filling.current, filling.asking, choice)
    except ChoiceGone:
        return screen_of(context, filling, wrong=_("That choice is not there any more."))
    answers = with_answer(filling.form, filling.answers, step, value)
    return await _move(context, await stand(context, filling.sheet, answers), filling)


async def _go_back(context: Context, filling: Filling) -> Outcome:
    before = step_before(filling.form, filling.asking, filling.step)
    if before is None:
        await context.engine.dialogs.clear(context.person.telegram_id)
        return _origin(filling)
    return await _go_to(context, filling, before)


async def _go_to(context: Context, filling: Filling, step: str) -> Outcome:
    fields = [known.field for known in asked(filling.form, filling.asking)]
    if step not in {*fields, SUMMARY}:
        raise MenuOutOfDate
    return await _move(context, replace(filling, step=step), filling)


async def _cancel(context: Context, filling: Filling) -> Outcome:
    await context.engine.dialogs.clear(context.person.telegram_id)
    return _origin(filling)


async def _move(context: Context, following: Filling, filling: Filling) -> Screen:
    following = replace(following, message_id=filling.message_id)
    await save(context, following)
    return screen_of(context, following)


def _origin(filling: Filling) -> Where:
    return Where(str(filling.answers.get(FROM, HOME)))


async def confirm(context: Context, filling: Filling, update_id: int) -> Outcome:
    """Do what the form is for, or lead to what is still missing or wrong in it."""
    open_step = next_open(filling.form, filling.asking)
    if open_step != SUMMARY:
        return await _go_to(context, filling, open_step)
    try:
        return await _finish(context, filling, update_id)
    except InvalidInput as error:
        return await _mend(context, filling, error)
    except FluxPayError as error:
        return screen_of(context, filling, wrong=sentence_for(context.texts, error))


async def _finish(context: Context, filling: Filling, update_id: int) -> Screen:
    async with context.engine.transaction():
        screen = await filling.sheet.finish(context, filling.answers)
        if filling.sheet.leaves_no_trace:
            return screen
        await context.engine.dialogs.save(
            context.person.telegram_id,
            form=filling.form.name,
            step=DONE,
            answers={KEY: filling.answers[KEY], UPDATE: update_id},
            message_id=filling.message_id,
        )
    return screen


async def _mend(context: Context, filling: Filling, error: InvalidInput) -> Outcome:
    """Lead to the first wrong field; what was refused is forgotten, the other answers stay."""
    for step in asked(filling.form, filling.asking):
        if step.field in error.fields:
            fault: Fault = error.fields[step.field]
            kept = {
                name: given for name, given in filling.answers.items() if name not in error.fields
            }
            stood = await stand(context, filling.sheet, kept)
            moved = replace(stood, step=step.field, message_id=filling.message_id)
            await save(context, moved)
            return screen_of(context, moved, wrong=fault_sentence(context.texts, fault))
    return screen_of(context, filling, wrong=sentence_for(context.texts, error))


def _already_done(context: Context, *, is_repeat: bool) -> Outcome:
    _ = context.texts.gettext
    if is_repeat:  # We stopped between the work and its screen: the summary still stands there.
        text = _("This was confirmed already. Your lists show how it went.")
        return Screen(text=text, rows=[home_row(context.texts)])
    return Toast(text=_("Already done"))
