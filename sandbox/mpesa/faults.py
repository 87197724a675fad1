"""What can go wrong at Safaricom, on demand: each fault is used up by the call it spoils."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """The ways in which Safaricom, or who plays Safaricom, can misbehave.

    The one model of them: the page, scenarios and the rehearsal in virtual time all use it.
    """

    NOT_SENT = "not_sent"
    """The connection is cut before anything is done."""
    ANSWER_LOST = "answer_lost"
    """The prompt goes out, but the connection is cut before the answer."""
    ANSWER_LATE = "answer_late"
    DARAJA_BUSY = "daraja_busy"
    SPIKE_ARREST = "spike_arrest"
    QUOTA = "quota"
    DARAJA_DOWN = "daraja_down"
    """A 5xx that says nothing."""
    PHONE_LOCKED = "phone_locked"
    BAD_PHONE = "bad_phone"
    MERCHANT_UNKNOWN = "merchant_unknown"
    """Daraja says that the merchant does not exist, though he does."""
    TOKEN_KILLED = "token_killed"  # noqa: S105 - a fault's name, no token
    """The access tokens in use die just before the call is looked at."""

    CALLBACK_LOST = "callback_lost"
    CALLBACK_LATE = "callback_late"
    CALLBACK_DOUBLE = "callback_double"
    CALLBACK_BEFORE_ANSWER = "callback_before_answer"
    """The client pays so fast that the callback overtakes the answer to the push."""
    CALLBACK_PLAIN = "callback_plain"
    """The same news comes a second time, to the address without its last part."""
    CALLBACK_ODD_CODE = "callback_odd_code"
    """The code of a failure is one whose meaning is disputed."""
    FALSE_ALARM = "false_alarm"
    """A failure is reported while the prompt is still open."""
    FORGED_AMOUNT = "forged_amount"
    """Somebody who saw the address says that another amount was paid."""
    FORGED_RECEIPT = "forged_receipt"
    """Somebody says that it was paid, with the receipt of an older payment."""
    FORGED_PLAIN = "forged_plain"
    """Somebody who guesses the CheckoutRequestID says so, at the address without its last part."""

    QUERY_FAILED = "query_failed"
    """The query says nothing of use."""
    QUERY_LIE = "query_lie"
    """The query says that a payment failed which was made."""


class Call(StrEnum):
    """The calls a gateway fault can hit."""

    PUSH = "push"
    QUERY = "query"
    TOKEN = "token"  # noqa: S105 - a call's name, no token


ON_A_CALL = frozenset(
    {
        FaultKind.NOT_SENT,
        FaultKind.DARAJA_BUSY,
        FaultKind.SPIKE_ARREST,
        FaultKind.QUOTA,
        FaultKind.DARAJA_DOWN,
        FaultKind.TOKEN_KILLED,
    }
)
"""The faults that wait for a call of the kind they were made for."""

ON_A_PUSH = frozenset({FaultKind.PHONE_LOCKED, FaultKind.BAD_PHONE, FaultKind.MERCHANT_UNKNOWN})
"""The faults that refuse a push."""

DEFAULT_SECONDS = {
    FaultKind.CALLBACK_LATE: 90.0,
    FaultKind.ANSWER_LATE: 10.0,
    FaultKind.FALSE_ALARM: 20.0,
}
"""How late, where nobody says how late."""

ODD_CODES = ("1025", "9999", "17", "26", "1001", "8006", "4")
"""Result codes of failures that callbacks were seen with and no page explains alike."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault in waiting, for the next `count` occasions."""

    kind: FaultKind
    count: int = 1
    call: Call = Call.PUSH
    seconds: float = 90
    """How much later than usual, for the kinds in `DEFAULT_SECONDS`."""


class Faults:
    """The faults in waiting, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._waiting)

    def add(self, fault: Fault) -> None:
        """Let it wait for its occasion."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()

    def withdraw(self, fault: Fault) -> bool:
        """Forget this very fault; True if it was still waiting."""
        before = len(self._waiting)
        self._waiting = [each for each in self._waiting if each is not fault]
        return len(self._waiting) < before

    def forget(self, kind: FaultKind) -> None:
        """Forget those of one kind."""
        self._waiting = [fault for fault in self._waiting if fault.kind is not kind]

    def take(self, *kinds: FaultKind, call: Call | None = None) -> Fault | None:
        """Use up one occasion of the oldest fault of these kinds and return it, if there is one.

        Args:
            kinds: Any of these.
            call: The call that is being served; faults made for another one keep waiting.
        """
        for fault in self._waiting:
            if fault.kind in kinds and call in {None, fault.call}:
                fault.count -= 1
                self._waiting = [each for each in self._waiting if each.count > 0]
                return fault
        return None

    def dump(self) -> list[dict[str, Any]]:
        """Return what JSON can hold of them."""
        return [asdict(fault) for fault in self._waiting]

    def load(self, saved: list[dict[str, Any]]) -> None:
        """Take back what `dump` wrote."""
        self._waiting = [
            Fault(**(each | {"kind": FaultKind(each["kind"]), "call": Call(each["call"])}))
            for each in saved
        ]
