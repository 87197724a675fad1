"""The first steps of a new owner: what is done already, and the way to the next one.

Nothing of it is stored but what he has made, so it can be left anywhere and taken up later.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.form import Answers
from bot.forms.sheet import Sheet
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button
from bot.words.texts import Texts
from core.services.office.dashboard import Beginnings

Finish = Callable[[Context, Answers], Awaitable[Screen]]


@dataclass(frozen=True, slots=True)
class _Step:
    words: str
    """For the list."""
    next_words: str
    """For the button."""
    place: str
    is_done: bool


def _steps(texts: Texts, begun: Beginnings) -> list[_Step]:
    _ = texts.gettext
    return [
        _Step(_("Your first plan"), _("▶️ My first plan"), "plan", begun.has_plan),  # button
        _Step(
            _("Your first client"),
            _("▶️ My first client"),  # button
            "client",
            begun.has_client,
        ),
        _Step(
            _("A test push to your own phone"),
            _("▶️ My test push"),  # button
            "push",
            begun.has_prompt,
        ),
    ]


def progress(texts: Texts, begun: Beginnings) -> str | None:
    """Return how far he has come, HTML; None once the business runs by itself."""
    _ = texts.gettext
    if begun.has_bill:
        return None
    steps = _steps(texts, begun)
    done = sum(step.is_done for step in steps)
    following = next((step for step in steps if not step.is_done), None)
    title = _("<b>First steps: {done} of {total} done</b>").format(done=done, total=len(steps))
    if following is None:
        return f"{title}\n" + _("On the first billing day I ask your clients by myself.")
    lines = [f"{_sign(step, following)} {step.words}" for step in steps]
    return "\n".join([title, *lines])


def _sign(step: _Step, following: _Step) -> str:
    if step.is_done:
        return "✅"
    return "▶️" if step is following else "▫️"


def next_step(texts: Texts, begun: Beginnings) -> InlineKeyboardButton | None:
    """Return the button that leads to the next step; None when all three are done."""
    if begun.has_bill:
        return None
    for step in _steps(texts, begun):
        if not step.is_done:
            return button(step.next_words, Where().to("new", step.place), PRIMARY)
    return None


def guided(sheet: Sheet) -> Sheet:
    """Return the form with the progress shown under what it has made."""
    return replace(sheet, finish=_with_progress(sheet.finish))


def _with_progress(finish: Finish) -> Finish:
    async def finish_and_tell(context: Context, answers: Answers) -> Screen:
        screen = await finish(context, answers)
        owner = await context.owner()
        begun = await context.engine.dashboard.beginnings(owner.id)
        told = progress(context.texts, begun)
        if told is None:
            return screen
        following = next_step(context.texts, begun)
        rows = [[following], *screen.rows] if following else screen.rows
        return replace(screen, text=f"{screen.text}\n\n{told}", rows=rows)

    return finish_and_tell
