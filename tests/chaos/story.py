"""What a run is to be, and what happened in it. Values only."""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to be."""

    folder: Path
    seed: int
    kills: int
    clients: int
    charges: int
    shortest_s: float
    """Between two kills."""
    longest_s: float
    settle_s: float
    """How long it may take at most to come to rest after the last kill."""
    is_brief: bool

    @property
    def killing_s(self):
        """How long the kills take on the average."""
        return self.kills * (self.shortest_s + self.longest_s) / 2


@dataclass(slots=True)
class Story:
    """What happened."""

    evidence: Evidence = field(default_factory=Evidence)
    kills: Counter = field(default_factory=Counter)
    own_ends: Counter = field(default_factory=Counter)
    callbacks: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    repeats: Counter = field(default_factory=Counter)
    logged_errors: Counter = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    """Violations that no check of the evidence can see."""
    killing_s: float = 0
    settling_s: float = 0


def count_logged_errors(folder):
    """Count the errors in our programs' logs by their event."""
    found = Counter()
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text(errors="replace").splitlines():
            # The sandbox and PostgreSQL write plain lines.
            with suppress(ValueError, TypeError, AttributeError):
                entry = json.loads(line)
                if entry.get("level") in {"error", "critical"}:
                    found[entry["event"]] += 1
    return found
