"""Pictures of numbers: PNGs that can be read on a phone, beside a light and a dark chat alike.

A picture brings its own light ground, so that the chat's colours don't matter. matplotlib takes
about a second to import and is imported by the first picture only. Call these in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _HEIGHT_IN, _DPI = 10.8, 9.0, 100
_GROUND, _INK, _FAINT, _LINES = "#F6F8FB", "#16202C", "#5B6876", "#D5DCE4"
_GREEN, _BLUE = "#1E8E4E", "#9DB4CF"
# A phone shows the picture at about a third of its size.
_TITLE_PT, _TEXT_PT = 34, 24

_one_at_a_time = Lock()  # Its fonts are shared, and not made for two threads.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Amounts side by side, the oldest first."""

    title: str
    subtitle: str
    labels: Sequence[str]
    values: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Two amounts for each label: what was wanted, and what of it has come."""

    title: str
    subtitle: str
    labels: Sequence[str]
    wanted: Sequence[int]
    come: Sequence[int]
    wanted_name: str
    come_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are of each kind; their colours tell well from ill."""

    title: str
    subtitle: str
    labels: Sequence[str]
    values: Sequence[int]
    colours: Sequence[str]


Chart = Bars | Pairs | Counts


def draw(chart: Chart) -> bytes:
    """Return the chart as a PNG of 1080 by 900 pixels."""
    with _one_at_a_time:
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow, and most processes draw none

        figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=_DPI, facecolor=_GROUND)
        axes = figure.add_axes((0.13, 0.12, 0.83, 0.66), facecolor=_GROUND)
        _put_words(figure, chart)
        match chart:
            case Bars():
                _draw_bars(axes, chart)
            case Pairs():
                _draw_pairs(axes, chart)
            case Counts():
                _draw_counts(figure, axes, chart)
        png = BytesIO()
        figure.savefig(png, format="png", facecolor=_GROUND)
        return png.getvalue()


def _put_words(figure: "Figure", chart: Chart) -> None:
    figure.text(0.05, 0.91, chart.title, fontsize=_TITLE_PT, fontweight="bold", color=_INK)
    figure.text(0.05, 0.845, chart.subtitle, fontsize=_TEXT_PT, color=_FAINT)


def _draw_bars(axes: "Axes", chart: Bars) -> None:
    places = range(len(chart.values))
    axes.bar(places, chart.values, width=0.72, color=_GREEN, zorder=2)
    _label(axes, chart.labels)
    highest = max(chart.values, default=0)
    _scale(axes, highest)
    if highest:  # One number shows how high they are; more would run into one another.
        _number(axes, chart.values.index(highest), highest)


def _draw_pairs(axes: "Axes", chart: Pairs) -> None:
    places = range(len(chart.labels))
    left, right = ([place + shift for place in places] for shift in (-0.2, 0.2))
    axes.bar(left, chart.wanted, width=0.38, color=_BLUE, zorder=2, label=chart.wanted_name)
    axes.bar(right, chart.come, width=0.38, color=_GREEN, zorder=2, label=chart.come_name)
    _label(axes, chart.labels)
    _scale(axes, max([*chart.wanted, *chart.come], default=0))
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0.0, 1.02),
        ncols=2,
        fontsize=_TEXT_PT - 2,
        frameon=False,
        labelcolor=_INK,
        handlelength=1.0,
    )


def _draw_counts(figure: "Figure", axes: "Axes", chart: Counts) -> None:
    figure.delaxes(axes)
    axes = figure.add_axes((0.40, 0.06, 0.50, 0.74), facecolor=_GROUND)
    places = range(len(chart.values))
    axes.barh(places, chart.values, height=0.62, color=list(chart.colours), zorder=2)
    axes.set_yticks(list(places), list(chart.labels))
    axes.invert_yaxis()
    axes.set_xlim(0, max(chart.values, default=0) * 1.15 or 1)
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=_TEXT_PT, colors=_INK, length=0, pad=12)
    _no_frame(axes)
    for place, value in zip(places, chart.values, strict=True):
        axes.annotate(
            f" {value:,}",
            (value, place),
            va="center",
            fontsize=_TEXT_PT + 2,
            fontweight="bold",
            color=_INK,
        )


def _label(axes: "Axes", labels: Sequence[str]) -> None:
    axes.set_xticks(list(range(len(labels))), list(labels))
    axes.tick_params(axis="x", labelsize=_TEXT_PT - 2, colors=_FAINT, length=0, pad=10)


def _scale(axes: "Axes", highest: int) -> None:
    """Set up the axis of amounts: a few round numbers, from nothing to above the highest."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - as in `draw`

    axes.set_ylim(0, highest * 1.22 or 1000)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.tick_params(axis="y", labelsize=_TEXT_PT - 2, colors=_FAINT, length=0, pad=8)
    axes.grid(axis="y", color=_LINES, linewidth=2, zorder=1)
    _no_frame(axes)


def _short(value: float) -> str:
    """Return an amount as an axis has room for it: `500`, `20k`, `1.5M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _no_frame(axes: "Axes") -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _number(axes: "Axes", place: int, value: int) -> None:
    axes.annotate(
        f"{value:,}",
        (place, value),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
        fontsize=_TEXT_PT - 3,
        color=_INK,
    )
