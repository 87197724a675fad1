"""What happened, step by step: the last steps to read, and a hash over all to compare."""

import hashlib
from collections import deque

KEPT = 60


class Trace:
    """The steps of one run. Two runs of a seed have the same hash."""

    def __init__(self, *, echo: bool = False) -> None:
        self._echo = echo
        self._hash = hashlib.sha256()
        self.steps = 0
        self.last: deque[str] = deque(maxlen=KEPT)

    def note(self, at_s: float, who: str, what: str) -> None:
        """Add a step."""
        line = f"{_clock(at_s)} {who}: {what}"
        self.steps += 1
        self._hash.update(line.encode())
        self.last.append(line)
        if self._echo:
            print(line)  # noqa: T201 - what --trace is for

    def add(self, text: str) -> None:
        """Let something count for the hash without being a step."""
        self._hash.update(text.encode())

    @property
    def digest(self) -> str:
        """The hash over everything so far."""
        return self._hash.hexdigest()


def _clock(at_s: float) -> str:
    """Return the day and the time of day since the beginning, to the millisecond."""
    days, rest_s = divmod(at_s, 86_400)
    hours, rest_s = divmod(rest_s, 3600)
    minutes, seconds = divmod(rest_s, 60)
    return f"day {days:.0f} {hours:02.0f}:{minutes:02.0f}:{seconds:06.3f}"
