"""What became of one prompt, in the words of a client and not of an API."""

from enum import StrEnum


class Outcome(StrEnum):
    """A prompt's end, as a Daraja result code tells it (core/daraja/result_codes.py)."""

    PAID = "PAID"
    NO_MONEY = "NO_MONEY"
    CANCELLED = "CANCELLED"
    WRONG_PIN = "WRONG_PIN"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    OVER_LIMIT = "OVER_LIMIT"
    """More than the client may pay in a day."""
    PHONE_FAULT = "PHONE_FAULT"
    """The number can't be prompted: not registered with M-Pesa, or locked."""
    AMOUNT_FAULT = "AMOUNT_FAULT"
    """More than M-Pesa moves at once, or less than it moves at all."""
    MERCHANT_FAULT = "MERCHANT_FAULT"
    """The Paybill or Till is set up wrongly: nobody can pay until its owner mends it."""
    BUSY = "BUSY"
    """M-Pesa itself did not send the prompt, and no money moved."""
    PENDING = "PENDING"
    """Not an end: the client has not answered yet."""
    UNCLEAR = "UNCLEAR"
    """Not an end: a code whose meaning is unknown or disputed. Ask, never guess."""
    NEVER_SENT = "NEVER_SENT"
    """Our own: the prompt was released before it was handed to Safaricom."""
    NO_ANSWER = "NO_ANSWER"
    """Our own: nobody could ever tell what became of the prompt."""
    NOT_PAID = "NOT_PAID"
    """Our own: nobody could tell, and the owner found that the money never came."""


UNDECIDED = frozenset({Outcome.PENDING, Outcome.UNCLEAR})
