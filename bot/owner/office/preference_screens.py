"""One screen for each thing that an owner can have his own way, with the usual choices."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Row, Screen, button, in_rows, way_back
from bot.owner.office.preference_forms import OTHERS
from bot.owner.office.settings_screens import marked
from bot.words.texts import Texts
from core.billing.preferences import (
    MINUTES_A_DAY,
    MOST_RETRIES,
    NEVER_OFF,
    NoticeKind,
    NoticeMode,
    Wishes,
    clock_text,
    mode_of,
)
from core.models import User
from core.services.preferences import PreferenceService

_HOUR = 60
_BILLING_HOURS = range(4 * _HOUR, 22 * _HOUR, _HOUR)
_DIGEST_HOURS = range(5 * _HOUR, 23 * _HOUR, _HOUR)
_GRACE_DAYS = (0, 1, 2, 3, 5, 7, 14, 30)
_OFF = "off"
_MODES = (NoticeMode.ON, NoticeMode.SILENT, NoticeMode.OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One value that can be pressed."""

    label: str
    argument: str | int
    is_chosen: bool


async def billing_time(context: Context, where: Where) -> Outcome:
    """From when on the day's bills are made."""
    _ = context.texts.gettext
    text = _(
        "<b>Billing time</b>\nFrom this time on I make the bills of the day and ask for them, "
        "within your hours."
    )

    def choices(wishes: Wishes) -> list[_Choice]:
        return _times({*_BILLING_HOURS, wishes.billing_minute}, wishes.billing_minute)

    return await _choose(context, where, text, choices, PreferenceService.set_billing_time)


async def hours(context: Context, where: Where) -> Outcome:
    """Between which times prompts go out by themselves."""
    _ = context.texts.gettext
    owner = await context.owner()
    wishes = await context.engine.preferences.of(owner.id)
    limits = context.engine.settings.sociable_hours
    text = _(
        "<b>Hours for prompts</b>\nOutside of these hours no client's phone rings by itself. You "
        "can choose any hours between {start} and {end}."
    ).format(start=clock_text(limits.start_minute), end=clock_text(limits.end_minute))
    begins = _("From {time}").format(time=clock_text(wishes.start_minute))
    ends = _("Until {time}").format(time=clock_text(wishes.end_minute))
    rows: list[Row] = [[button(begins, where.to("hfrom")), button(ends, where.to("huntil"))]]
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


async def hours_from(context: Context, where: Where) -> Outcome:
    """When the hours begin."""
    _ = context.texts.gettext
    limits = context.engine.settings.sociable_hours

    def choices(wishes: Wishes) -> list[_Choice]:
        times = range(limits.start_minute, wishes.end_minute, _HOUR)
        return _times({*times, wishes.start_minute}, wishes.start_minute)

    text = _("<b>Hours for prompts</b>\nFrom when on may phones ring?")
    return await _choose(context, where, text, choices, PreferenceService.set_start)


async def hours_until(context: Context, where: Where) -> Outcome:
    """When the hours end."""
    _ = context.texts.gettext
    limits = context.engine.settings.sociable_hours

    def choices(wishes: Wishes) -> list[_Choice]:
        times = range(limits.end_minute, wishes.start_minute, -_HOUR)
        return _times({*times, wishes.end_minute}, wishes.end_minute)

    text = _("<b>Hours for prompts</b>\nUntil when may phones ring?")
    return await _choose(context, where, text, choices, PreferenceService.set_end)


async def retries(context: Context, where: Where) -> Outcome:
    """How often a failed bill is asked for again."""
    _ = context.texts.gettext
    text = _(
        "<b>Retries</b>\nHow many times more do I ask for a payment that failed? There are always "
        "24 hours in between. Bills that have failed before keep the rules they began with."
    )

    def choices(wishes: Wishes) -> list[_Choice]:
        return _numbers(range(MOST_RETRIES + 1), wishes.policy.max_retries)

    return await _choose(context, where, text, choices, PreferenceService.set_retries)


async def grace(context: Context, where: Where) -> Outcome:
    """How long after the last try a subscription runs on."""
    _ = context.texts.gettext
    text = _(
        "<b>Days of grace</b>\nHow many days after the last try does a subscription run on before "
        "it is suspended? Bills that have failed before keep the rules they began with."
    )

    def choices(wishes: Wishes) -> list[_Choice]:
        days = wishes.policy.grace.days
        return _numbers(sorted({*_GRACE_DAYS, days}), days)

    return await _choose(context, where, text, choices, PreferenceService.set_grace)


async def digest(context: Context, where: Where) -> Outcome:
    """At which hour the day's summary comes, if at all."""
    _ = context.texts.gettext
    text = _(
        "<b>Daily summary</b>\nOnce a day, at the hour you choose: what came in, what is overdue, "
        "what failed, and what is next."
    )

    def choices(wishes: Wishes) -> list[_Choice]:
        off = _Choice(
            label=_("Off"),  # button
            argument=_OFF,
            is_chosen=wishes.digest_minute is None,
        )
        chosen = -1 if wishes.digest_minute is None else wishes.digest_minute
        return [off, *_times({*_DIGEST_HOURS, chosen}, chosen)]

    return await _choose(context, where, text, choices, PreferenceService.set_digest)


_Store = Callable[[PreferenceService, int, Any], Awaitable[None]]


async def _choose(
    context: Context,
    where: Where,
    text: str,
    choices: Callable[[Wishes], list[_Choice]],
    store: _Store,
) -> Outcome:
    """Store the pressed value, if there is one, and show the choices with how it stands."""
    _ = context.texts.gettext
    owner = await context.owner()
    service, toast = context.engine.preferences, None
    if where.arguments:
        await store(service, owner.id, _value(where.arguments[0]))
        toast = _("Saved")
    offered = choices(await service.of(owner.id))
    buttons = [
        button(
            marked(choice.label, is_chosen=choice.is_chosen),
            where.stay(where.name, choice.argument),
            PRIMARY if choice.is_chosen else None,
        )
        for choice in offered
    ]
    state = next((choice.label for choice in offered if choice.is_chosen), "")
    now = _("Now: <b>{state}</b>").format(state=state)
    rows = in_rows(buttons, 4)
    if where.name in OTHERS:
        # Without its value, so that Back does not store that once more.
        here = where.at(where.name)
        rows.append([button(_("✏️ Other"), here.to("new", where.name))])  # button
    return Screen(
        text=f"{text}\n\n{now}", rows=[*rows, way_back(context.texts, where)], toast=toast
    )


def _value(argument: str) -> int | None:
    return None if argument == _OFF else int(argument)


def _times(minutes: Iterable[int], chosen: int) -> list[_Choice]:
    return [
        _Choice(label=clock_text(minute), argument=minute, is_chosen=minute == chosen)
        for minute in sorted(minutes)
        if 0 <= minute <= MINUTES_A_DAY
    ]


def _numbers(numbers: Iterable[int], chosen: int) -> list[_Choice]:
    return [
        _Choice(label=str(number), argument=number, is_chosen=number == chosen)
        for number in numbers
    ]


# --- notices ------------------------------------------------------------------------------------


async def notices(context: Context, where: Where) -> Outcome:
    """Show each kind of notice with how it goes out; a press takes the next way."""
    _ = context.texts.gettext
    owner = await context.owner()
    toast = None
    if where.arguments:
        await _set_notice(context, owner, *where.arguments)
        toast = _("Saved")
    modes = (await context.engine.preferences.of(owner.id)).modes
    text = _(
        "<b>Notices</b>\nPress one to have it with sound, silent, or not at all. What failed or "
        "needs you always comes, but it may be silent."
    )
    lines, rows = [], []
    for kind in NoticeKind:
        mode = mode_of(kind, modes)
        words = _("{kind}: {mode}").format(
            kind=_kind_name(context.texts, kind), mode=_mode_name(context.texts, mode)
        )
        lines.append(words)
        rows.append([button(words, where.stay("notes", kind, _next(kind, mode)))])
    return Screen(
        text="\n".join([text, "", *lines]),
        rows=[*rows, way_back(context.texts, where)],
        toast=toast,
    )


async def _set_notice(context: Context, owner: User, kind: str, mode: str) -> None:
    await context.engine.preferences.set_notice(owner.id, NoticeKind(kind), NoticeMode(mode))


def _next(kind: NoticeKind, mode: NoticeMode) -> NoticeMode:
    offered = [each for each in _MODES if each is not NoticeMode.OFF or kind not in NEVER_OFF]
    return offered[(offered.index(mode) + 1) % len(offered)]


def _kind_name(texts: Texts, kind: NoticeKind) -> str:
    _ = texts.gettext
    return {
        NoticeKind.PAID: _("💰 Paid"),
        NoticeKind.RETRIED: _("🔁 Asked again"),
        NoticeKind.CLIENTS: _("👥 Clients' news"),
        NoticeKind.FAILED: _("❌ Failed"),
    }[kind]


def _mode_name(texts: Texts, mode: NoticeMode) -> str:
    _ = texts.gettext
    return {
        NoticeMode.ON: _("on"),
        NoticeMode.SILENT: _("silent"),
        NoticeMode.OFF: _("off"),
    }[mode]
