"""What goes wrong: each fault with how often, drawn from the seed; and how often it did."""

import random
from collections import Counter
from enum import StrEnum

from sandbox.mpesa.faults import FaultKind


class Fault(StrEnum):
    """The ways in which a rehearsal spoils things besides Safaricom, whose are `FaultKind`."""

    CRASH = "crash"
    """A process dies between two awaits."""
    OUTAGE = "outage"
    """All processes are down for hours or days."""
    DATABASE_AWAY = "database_away"
    STALL = "stall"
    """A statement takes up to half a minute."""
    COMMIT_FAILED = "commit_failed"
    COMMIT_ANSWER_LOST = "commit_answer_lost"
    """Committed, but whoever committed gets an error."""

    PAID_BY_HAND = "paid_by_hand"
    """The client pays by another door, and the owner types the code of that payment."""
    OWNER_ERRS = "owner_errs"
    """The owner types the code of somebody else's payment."""

    FLOOD = "telegram_flood"
    TELEGRAM_TIMEOUT = "telegram_timeout"
    BLOCKED = "telegram_blocked"


AnyFault = Fault | FaultKind


_OFTEN: dict[AnyFault, float] = {
    Fault.CRASH: 0.0015,
    Fault.DATABASE_AWAY: 0.0006,
    Fault.STALL: 0.0006,
    Fault.COMMIT_FAILED: 0.002,
    Fault.COMMIT_ANSWER_LOST: 0.002,
    FaultKind.NOT_SENT: 0.03,
    FaultKind.ANSWER_LOST: 0.04,
    FaultKind.ANSWER_LATE: 0.05,
    FaultKind.DARAJA_DOWN: 0.03,
    FaultKind.DARAJA_BUSY: 0.03,
    FaultKind.SPIKE_ARREST: 0.03,
    FaultKind.QUOTA: 0.005,
    FaultKind.PHONE_LOCKED: 0.02,
    FaultKind.TOKEN_KILLED: 0.05,
    FaultKind.MERCHANT_UNKNOWN: 0.004,
    FaultKind.BAD_PHONE: 0.003,
    FaultKind.CALLBACK_LOST: 0.08,
    FaultKind.CALLBACK_LATE: 0.08,
    FaultKind.CALLBACK_DOUBLE: 0.08,
    FaultKind.CALLBACK_PLAIN: 0.05,
    FaultKind.CALLBACK_ODD_CODE: 0.05,
    FaultKind.FALSE_ALARM: 0.06,
    FaultKind.FORGED_AMOUNT: 0.03,
    FaultKind.FORGED_RECEIPT: 0.03,
    FaultKind.FORGED_PLAIN: 0.03,
    FaultKind.QUERY_FAILED: 0.15,
    FaultKind.QUERY_LIE: 0.15,
    Fault.PAID_BY_HAND: 0.3,
    Fault.OWNER_ERRS: 0.2,
    Fault.FLOOD: 0.03,
    Fault.TELEGRAM_TIMEOUT: 0.03,
    Fault.BLOCKED: 0.002,
}
"""How often at each occasion, on an average day."""
_STORMS = (0.3, 1.0, 1.0, 2.0)
"""How much more often, in one seed or another."""
_KNOWN = 0.8
"""How many of the faults a seed knows."""


class Weather:
    """Decide at each occasion whether a fault strikes."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        storm = rng.choice(_STORMS)
        # Each seed is spared some faults, so that the others show.
        self._often = {
            fault: min(0.9, often * storm)
            for fault, often in _OFTEN.items()
            if rng.random() < _KNOWN
        }
        self.is_calm = False
        self.struck: Counter[AnyFault] = Counter()

    def strikes(self, fault: AnyFault) -> bool:
        """Tell whether this occasion is spoilt."""
        if self.is_calm or self.rng.random() >= self._often.get(fault, 0.0):
            return False
        self.struck[fault] += 1
        return True

    def seconds(self, least_s: float, most_s: float) -> float:
        """Return some duration between the two."""
        return self.rng.uniform(least_s, most_s)
