"""Where is measured: one database, the processes beside it, and how much of each thing."""

from dataclasses import dataclass
from datetime import date

from bench.databases import Database
from bench.processes import Children
from bench.table import Row

_WHOLE_RUN = 0.1
"""From this scale on a run is no mere look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of each thing; all of it shrinks with the scale."""

    subscriptions: int
    due: int
    few_due: int
    one_by_one: int
    prompts: int
    slow_prompts: int
    callbacks: int
    rounds: int
    """How often the two sides of a prompts' row take turns; the best of each counts."""
    presses: int

    @classmethod
    def at(cls, scale: float) -> "Sizes":
        """Return the sizes that the targets speak of, times the scale."""
        return cls(
            subscriptions=_scaled(1_000_000, scale),
            due=_scaled(100_000, scale),
            few_due=_scaled(10_000, scale),
            one_by_one=_scaled(3_000, scale),
            prompts=_scaled(20_000, scale),
            slow_prompts=_scaled(4_000, scale),
            callbacks=_scaled(10_000, scale),
            rounds=3 if scale >= _WHOLE_RUN else 1,
            presses=_scaled(3_000, scale),
        )


def _scaled(size: int, scale: float) -> int:
    return max(10, round(size * scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One database to measure on."""

    database: Database
    children: Children
    sizes: Sizes
    today: date

    def row(self, work: str, against: str, target: float, **figures: object) -> Row:
        """Return a row about this database."""
        return Row(
            work=work,
            database=self.database.name,
            against=against,
            target=target,
            **figures,  # type: ignore[arg-type]  # Row checks nothing that mypy could not see at the caller
        )
