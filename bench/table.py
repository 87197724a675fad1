"""The result: one line a measurement, each ending in `holds` or `misses`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement beside its target."""

    work: str
    database: str
    against: str
    measured: float
    target: float
    is_ceiling: bool = False
    """The target is the most that is allowed, not the least."""
    unit: str = ""
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the target is reached."""
        if self.is_ceiling:
            return self.measured <= self.target
        return self.measured >= self.target

    def cells(self) -> tuple[str, ...]:
        """Return the line's texts; numbers are rounded only here."""
        bound = "at most" if self.is_ceiling else "at least"
        return (
            self.work,
            self.database,
            self.against,
            self.detail,
            f"{_number(self.measured)}{self.unit}",
            f"{bound} {_number(self.target)}{self.unit}",
            "holds" if self.holds else "misses",
        )


_HEADS = ("work", "database", "measured against", "figures", "ratio", "target", "")


def render(rows: Sequence[Row]) -> str:
    """Return the rows as one Markdown table, its columns aligned for a terminal, too."""
    lines = [_HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADS))]
    head, *body = (_line(line, widths) for line in lines)
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"  # noqa: PLR2004 - beyond three digits a fraction says nothing
