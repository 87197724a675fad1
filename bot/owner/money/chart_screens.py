"""The owner's charts: a photo of its own, in which the buttons change one picture for another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from babel.dates import format_date

from bot import chat
from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.charts import Bars, Chart, Counts, Pairs, draw
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Row, Screen, button, in_rows, way_back
from bot.words.texts import Texts
from core.billing.lifecycle import SubscriptionStatus
from core.billing.permissions import Permission
from core.services.office.figures import MoneyIn, Step

_COLOURS = {
    SubscriptionStatus.ACTIVE: "#1E8E4E",
    SubscriptionStatus.PENDING_ACTIVATION: "#3C7DC4",
    SubscriptionStatus.PAST_DUE: "#E08A1E",
    SubscriptionStatus.SUSPENDED: "#C93B3B",
    SubscriptionStatus.PAUSED: "#8A96A3",
    SubscriptionStatus.CANCELLED: "#B9C2CC",
}


async def chart(context: Context, where: Where) -> Outcome:
    """Draw the chart that the place names; the same photo shows the next one."""
    owner = await context.owner(Permission.SEE)
    if context.incoming is not None:  # The press is answered before anything is drawn.
        await chat.answer(context.incoming, context)
    kind = where.arguments[0]
    picture = await _CHARTS[kind](context, owner.id)
    png = await asyncio.to_thread(draw, picture)
    return Screen(
        text=f"<b>{picture.title}</b>\n{picture.subtitle}",
        rows=[*_switch(context.texts, where, kind), way_back(context.texts, where)],
        photo=png,
    )


def _switch(texts: Texts, where: Where, chosen: str) -> list[Row]:
    _ = texts.gettext
    words = {
        "day": _("By day"),  # button
        "month": _("By month"),  # button
        "due": _("Paid and due"),  # button
        "states": _("Subscriptions"),  # button
    }
    return in_rows(
        [
            button(text, where.stay("chart", kind), PRIMARY if kind == chosen else None)
            for kind, text in words.items()
        ],
        2,
    )


async def _by_day(context: Context, owner_id: int) -> Chart:
    _ = context.texts.gettext
    bars = await context.engine.figures.money_in(owner_id, Step.DAY)
    labels = _every_other([str(bar.span.first.day) for bar in bars])
    return _money(context.texts, bars, title=_("Money in by day"), labels=labels)


async def _by_month(context: Context, owner_id: int) -> Chart:
    _ = context.texts.gettext
    bars = await context.engine.figures.money_in(owner_id, Step.MONTH)
    labels = _every_other(_months(context.texts, [bar.span.first.month for bar in bars]))
    return _money(context.texts, bars, title=_("Money in by month"), labels=labels)


def _money(texts: Texts, bars: Sequence[MoneyIn], *, title: str, labels: list[str]) -> Bars:
    _ = texts.gettext
    first, last = bars[0].span.first, bars[-1].span.first
    is_long = (last - first).days > 31  # noqa: PLR2004 - months, not days
    pattern = "MMM y" if is_long else "d MMM"
    subtitle = _("{amount} from {first} to {last}").format(
        amount=texts.kes(sum(bar.received_kes for bar in bars)),
        first=format_date(first, pattern, locale=texts.locale),
        last=format_date(last, pattern, locale=texts.locale),
    )
    values = [bar.received_kes for bar in bars]
    return Bars(title=title, subtitle=subtitle, labels=labels, values=values)


async def _due(context: Context, owner_id: int) -> Chart:
    texts = context.texts
    _ = texts.gettext
    months = await context.engine.figures.paid_against_due(owner_id)
    due_kes = sum(month.due_kes for month in months)
    paid_kes = sum(month.paid_kes for month in months)
    return Pairs(
        title=_("Paid against due"),
        subtitle=_("{paid} of {due} in six months").format(
            paid=texts.kes(paid_kes), due=texts.kes(due_kes)
        ),
        labels=_months(texts, [month.span.first.month for month in months]),
        wanted=[month.due_kes for month in months],
        come=[month.paid_kes for month in months],
        wanted_name=_("Due"),
        come_name=_("Paid"),
    )


async def _states(context: Context, owner_id: int) -> Chart:
    texts = context.texts
    _ = texts.gettext
    by_status = (await context.engine.dashboard.overview(owner_id)).by_status
    total = sum(by_status.values())
    return Counts(
        title=_("Subscriptions by state"),
        subtitle=texts.ngettext("{n} in all", "{n} in all", total).format(n=total),
        # The picture's font has letters, not the signs.
        labels=[texts.status(status).split(" ", 1)[-1] for status in _COLOURS],
        values=[by_status[status] for status in _COLOURS],
        colours=list(_COLOURS.values()),
    )


def _every_other(labels: Sequence[str]) -> list[str]:
    """Leave out what there is no room for; the newest one keeps its label."""
    return [label if number % 2 else "" for number, label in enumerate(labels)]


def _months(texts: Texts, numbers: Sequence[int]) -> list[str]:
    names = texts.locale.months["stand-alone"]["abbreviated"]
    return [str(names[number]) for number in numbers]


_CHARTS: dict[str, Callable[[Context, int], Awaitable[Chart]]] = {
    "day": _by_day,
    "month": _by_month,
    "due": _due,
    "states": _states,
}
