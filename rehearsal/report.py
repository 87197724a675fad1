"""What a rehearsal tells whoever ran it."""

from collections import Counter
from dataclasses import dataclass, field

from rehearsal.run import Outcome
from rehearsal.weather import Fault
from sandbox.mpesa.faults import FaultKind

_WORK = ("prompts", "payments", "callbacks", "notices", "commits", "steps")


@dataclass(slots=True)
class Totals:
    """Of all seeds together."""

    days: float
    seeds: int = 0
    failed: int = 0
    machine_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one seed in."""
        self.seeds += 1
        self.failed += outcome.broken is not None
        self.machine_s += outcome.machine_s
        self.counts.update(outcome.counts)

    def line(self) -> str:
        """Return the one line at the end."""
        work = ", ".join(f"{self.counts[name]} {name}" for name in _WORK)
        faults = ", ".join(
            f"{self.counts[fault.value]} {fault.value}"
            for fault in (*Fault, *FaultKind)
            if self.counts[fault.value]
        )
        verdict = "all promises kept" if not self.failed else f"{self.failed} SEEDS FAILED"
        return (
            f"{self.seeds} seeds of {self.days:g} days: {verdict}; {work}; "
            f"faults: {faults or 'none'}; {self.machine_s:.0f} s of processor time"
        )


def failure(outcome: Outcome, command: str) -> str:
    """Return what is to be read about a seed that failed: the last line replays it."""
    return "\n".join(
        (
            f"seed {outcome.seed} FAILED",
            f"  broken: {outcome.broken}",
            f"  at:     {outcome.broken and outcome.broken.at.isoformat()}",
            "  the last steps:",
            *(f"    {step}" for step in outcome.last_steps),
            f"  replay: {command}",
        )
    )
