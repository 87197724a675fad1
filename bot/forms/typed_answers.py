"""Typed answers to forms: read, stored, and the next question sent below."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from telegram import Contact, Update

from bot import chat
from bot.context import Context
from bot.forms.filling import confirm, open_form
from bot.forms.form import (
    SHARED,
    Step,
    Unacceptable,
    answered_text,
    question_text,
    summary_text,
    with_answer,
)
from bot.forms.inputs import read_answer
from bot.forms.sheet import (
    REFUSED,
    SECRET,
    UPDATE,
    WRONG,
    Filling,
    Sheets,
    save,
    screen_of,
    stand,
)
from bot.looks.places import Where
from bot.looks.screen import Screen, button
from bot.words.errors import fault_sentence
from core.errors import InvalidValue

_ENOUGH_FAILURES = 3
_FAILED = frozenset({WRONG, REFUSED})


async def take_text(update: Update, context: Context, sheets: Sheets, text: str) -> bool:
    """Take typed text as the answer to the open question; False when no form is open."""
    filling = await open_form(context, sheets)
    if filling is None:
        return False
    if filling.answers.get(UPDATE) == update.update_id:
        await _go_on(update, context, filling)
        return True
    step = filling.current
    if step is None:
        await _ask_for_a_button(update, context, filling)
        return True
    await _answer_typed(update, context, filling, step=step, text=text)
    return True


async def take_contact(update: Update, context: Context, sheets: Sheets, contact: Contact) -> bool:
    """Take a shared contact's number as if it had been typed; False when no form is open.

    People can share anybody's contact: only Telegram's id in it tells that it is their own.
    """
    filling = await open_form(context, sheets)
    step = filling.current if filling is not None else None
    if filling is None or step is None or not step.wants_own_contact:
        return await take_text(update, context, sheets, contact.phone_number)
    if contact.user_id != context.person.telegram_id:
        _ = context.texts.gettext
        wrong = _("That is somebody else's contact. Share your own, or type your number.")
        await _leave_question(update, context, filling)
        await _show_below(update, context, screen_of(context, filling, wrong=wrong))
        return True
    if filling.answers.get(UPDATE) != update.update_id:
        with suppress(InvalidValue):  # Said by the step itself, as of a number that was typed.
            filling.answers[SHARED] = read_answer(step, filling.asking, contact.phone_number)
        await _answer_typed(update, context, filling, step=step, text=contact.phone_number)
    return True


async def take_answers(
    update: Update, context: Context, sheets: Sheets, given: Mapping[str, str]
) -> bool:
    """Take several answers at once, such as a contact's; False when the open question is none.

    Whatever can't be used is left to its question, and what was answered before stays.
    """
    filling = await open_form(context, sheets)
    if filling is None or filling.step not in given:
        return False
    steps = [step for step in filling.form.steps if step.field in given]
    if len(steps) < len(given):
        return False
    answers = dict(filling.answers)
    for step in steps:
        if step.field in answers and step.field != filling.step:
            continue
        try:
            value = read_answer(step, filling.asking, given[step.field])
        except InvalidValue:
            continue
        answers = with_answer(filling.form, answers, step.field, value)
    following = await stand(context, filling.sheet, {**answers, UPDATE: update.update_id})
    following = replace(following, message_id=filling.message_id)
    await save(context, following)
    await _leave_question(update, context, filling)
    await _show_below(update, context, screen_of(context, following))
    return True


async def say_what_is_expected(update: Update, context: Context, sheets: Sheets) -> bool:
    """Repeat the open question to somebody who sent no text; False when no form is open."""
    filling = await open_form(context, sheets)
    if filling is None:
        return False
    _ = context.texts.gettext
    await _leave_question(update, context, filling)
    wrong = _("Here I need the answer as text. Please type it.")
    await _show_below(update, context, screen_of(context, filling, wrong=wrong))
    return True


async def _answer_typed(
    update: Update, context: Context, filling: Filling, *, step: Step, text: str
) -> None:
    try:
        value = read_answer(step, filling.asking, text)
        if step.is_secret:
            value = context.engine.linking.seal(str(value))
    except InvalidValue as error:
        await _ask_again(update, context, filling, _what_is_wrong(context, error))
        return
    kept = {name: given for name, given in filling.answers.items() if name not in _FAILED}
    answers = with_answer(filling.form, kept, step.field, value)
    marks = dict.fromkeys((UPDATE, SECRET) if step.is_secret else (UPDATE,), update.update_id)
    following = await stand(context, filling.sheet, {**answers, **marks})
    following = replace(following, message_id=filling.message_id)
    await _keep(update, context, following, is_secret=step.is_secret)
    await _leave_question(update, context, filling, answered_text(step, following.asking))
    if following.current is None and following.form.ends_with_a_word:
        outcome = await confirm(context, following, update.update_id)
        if isinstance(outcome, Screen):
            await _show_below(update, context, outcome)
        return
    await _show_below(update, context, screen_of(context, following))


async def _ask_again(update: Update, context: Context, filling: Filling, wrong: str) -> None:
    """Say what was wrong; whoever can't get on is shown the ways out."""
    _ = context.texts.gettext
    failures = int(filling.answers.get(WRONG) or 0)
    if filling.answers.get(REFUSED) != update.update_id:
        failures += 1
    marks = {WRONG: failures, REFUSED: update.update_id}
    filling = replace(filling, answers={**filling.answers, **marks})
    is_secret = filling.current is not None and filling.current.is_secret
    await _keep(update, context, filling, is_secret=is_secret)
    await _leave_question(update, context, filling)
    if failures < _ENOUGH_FAILURES:
        await _show_below(update, context, screen_of(context, filling, wrong=wrong))
        return
    wrong += "\n" + _("If this leads nowhere, press Cancel or Help. Nothing is saved yet.")
    screen = screen_of(context, filling, wrong=wrong)
    ways_out = [button(_("❓ Help"), Where().to("help"))]  # button
    await _show_below(update, context, replace(screen, rows=[*screen.rows, ways_out]))


async def _keep(update: Update, context: Context, filling: Filling, *, is_secret: bool) -> None:
    """Store the form as it stands. A secret leaves our inbox in that very commit, then the chat.

    Whenever we are killed, either the update is whole and handled again, or all of it is stored.
    """
    if not is_secret:
        await save(context, filling)
        return
    async with context.engine.transaction():
        await save(context, filling)
        await context.engine.updates.hide_text(update.update_id)
    await _delete(update, context)


async def _go_on(update: Update, context: Context, filling: Filling) -> None:
    """Show where the form stands: we were killed after this update's answer was stored."""
    if filling.answers.get(SECRET) == update.update_id:
        await _delete(update, context)
    await _show_below(update, context, screen_of(context, filling))


async def _delete(update: Update, context: Context) -> None:
    """Take what was typed out of the chat."""
    if update.effective_chat is not None and update.effective_message is not None:
        chat_id, message_id = update.effective_chat.id, update.effective_message.message_id
        await chat.delete(context, chat_id, message_id)


async def _ask_for_a_button(update: Update, context: Context, filling: Filling) -> None:
    _ = context.texts.gettext
    await _leave_question(update, context, filling)
    wrong = _("Please press one of the buttons below.")
    await _show_below(update, context, screen_of(context, filling, wrong=wrong))


def _what_is_wrong(context: Context, error: InvalidValue) -> str:
    if isinstance(error, Unacceptable):
        return error.sentence
    return fault_sentence(context.texts, error.fault)


async def _leave_question(
    update: Update, context: Context, filling: Filling, text: str | None = None
) -> None:
    """Take the buttons off the question above, so that only the newest one can be pressed."""
    if filling.message_id is None or update.effective_chat is None:
        return
    step = filling.current
    left = text or (
        question_text(filling.form, step, filling.asking)
        if step
        else summary_text(filling.form, filling.asking)
    )
    await chat.close(context, update.effective_chat.id, filling.message_id, left)


async def _show_below(update: Update, context: Context, screen: Screen) -> None:
    await chat.show(update, context, screen, is_new=True)
