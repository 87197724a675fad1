"""What a child has measured, and what is made of it."""

from collections.abc import Mapping

Figures = Mapping[str, float]


def rate(figures: Figures) -> float:
    """Return how many a second."""
    return figures["count"] / figures["seconds"]


def processor_ms(figures: Figures) -> float:
    """Return the processor time of each."""
    return figures["processor_s"] / figures["count"] * 1000


def number(figures: Figures) -> str:
    """Return how many, for a row."""
    return f"{int(figures['count']):,}"


def require(figures: Figures, count: int) -> None:
    """Stop when less was done than was asked for: its speed would mean nothing."""
    if figures["count"] != count:
        raise RuntimeError(f"{figures['count']} done of {count}")
