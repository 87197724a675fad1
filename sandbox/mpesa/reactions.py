"""What a phone's holder does about prompts by himself, without anybody touching the page."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from sandbox.mpesa.prompts import Answer

REACTS_AFTER: Final = timedelta(seconds=5)
"""How long somebody looks at a prompt before he does something about it."""


class Reaction(StrEnum):
    """What becomes of a prompt when nobody plays the phone's holder."""

    PAY = "pay"
    WRONG_PIN = "wrong_pin"
    CANCEL = "cancel"
    NO_MONEY = "no_money"
    IGNORE = "ignore"
    """It stays on the screen until its time is over."""
    SWITCHED_OFF = "switched_off"
    """The prompt does not reach the phone."""


ANSWERS: Final = {
    Reaction.PAY: Answer.PAY,
    Reaction.WRONG_PIN: Answer.WRONG_PIN,
    Reaction.CANCEL: Answer.CANCEL,
    Reaction.NO_MONEY: Answer.NO_MONEY,
}
"""The reactions that are answers; the others let a prompt run out."""
