"""The forms behind `Other` in the settings: a time or a number of days, typed.

What is typed is stored at once, as what is pressed is: no summary follows.
"""

from collections.abc import Awaitable, Callable

from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step, Value
from bot.forms.inputs import Parser, read_count, read_time
from bot.forms.sheet import Sheet
from bot.forms.steps import save_word
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Screen, button, home_row
from bot.owner.office.settings_screens import wishes_lines
from bot.words.texts import Texts
from core.billing.preferences import MINUTES_A_DAY, MOST_GRACE_DAYS, clock_text
from core.services.preferences import PreferenceService

_Title = Callable[[Texts], str]
_Store = Callable[[PreferenceService, int, int], Awaitable[None]]


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Settings")


def _ask_to_save(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I save this?")


def _ask_time(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which time shall it be? Type it, for example <code>08:30</code> or <code>5pm</code>."
    )


def _ask_days(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("How many days shall it be? Type a number from 0 to {most}.").format(
        most=MOST_GRACE_DAYS
    )


def _show_time(_: Asking, value: Value) -> str:
    return clock_text(int(value or 0))


def _saved(store: _Store, field: str) -> Callable[[Context, Answers], Awaitable[Screen]]:
    async def finish(context: Context, answers: Answers) -> Screen:
        _ = context.texts.gettext
        owner = await context.owner()
        service = context.engine.preferences
        await store(service, owner.id, int(answers[field] or 0))
        lines = wishes_lines(context.texts, await service.of(owner.id))
        settings = button(_("⚙️ Settings"), Where().to("set"), PRIMARY)  # button
        text = _("✅ Saved.\n\n{card}").format(card="\n".join(lines))
        return Screen(text=text, rows=[[settings], home_row(context.texts)])

    return finish


def _sheet(name: str, step: Step, store: _Store) -> Sheet:
    form = Form(
        name=name,
        title=_title,
        confirm=save_word,
        question=_ask_to_save,
        steps=(step,),
        ends_with_a_word=True,
    )
    return Sheet(form=form, finish=_saved(store, step.field))


def _time(field: str, title: _Title, parse: Parser) -> Step:
    return Step(field=field, title=title, question=_ask_time, parse=parse, show=_show_time)


def _billing_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Billing time")


def _from_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Prompts from")


def _until_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Prompts until")


def _grace_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Days of grace")


def _digest_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Daily summary")


OTHER_BILLING_TIME = _sheet(
    "other_billing_time",
    _time("billing_time", _billing_title, read_time()),
    PreferenceService.set_billing_time,
)
OTHER_START = _sheet(
    "other_start", _time("sociable_hours", _from_title, read_time()), PreferenceService.set_start
)
# Hours may end with the day itself.
OTHER_END = _sheet(
    "other_end",
    _time("sociable_hours", _until_title, read_time(last=MINUTES_A_DAY)),
    PreferenceService.set_end,
)
OTHER_GRACE = _sheet(
    "other_grace",
    Step(
        field="grace_days",
        title=_grace_title,
        question=_ask_days,
        parse=read_count(most=MOST_GRACE_DAYS),
    ),
    PreferenceService.set_grace,
)
OTHER_DIGEST_TIME = _sheet(
    "other_digest_time", _time("digest", _digest_title, read_time()), PreferenceService.set_digest
)

OTHERS = {
    "billat": OTHER_BILLING_TIME,
    "hfrom": OTHER_START,
    "huntil": OTHER_END,
    "grace": OTHER_GRACE,
    "digest": OTHER_DIGEST_TIME,
}
"""The form of each screen of settings that offers `Other`."""
