"""Payment prompts (STK pushes): what was asked, and how it ended."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sandbox.rows import Recorded

PROMPT_LIFE = timedelta(seconds=60)
UNREACHABLE_AFTER = timedelta(seconds=3)
"""How long the network looks for a phone that is switched off."""


class Answer(StrEnum):
    """What the holder of a phone can do about a prompt."""

    PAY = "pay"
    WRONG_PIN = "wrong_pin"
    CANCEL = "cancel"
    NO_MONEY = "no_money"
    TIME_OUT = "time_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a prompt ended: a ResultCode with its text, and the receipt if it was paid."""

    code: int
    description: str
    at: datetime
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a merchant asks of a phone. `till` is None for a Paybill."""

    shortcode: str
    till: str | None
    business: str
    phone_number: str
    amount_kes: int
    account: str
    description: str
    callback_url: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Prompt(Recorded):
    """An order on its way to a phone, on its screen, or answered."""

    merchant_request_id: str
    checkout_request_id: str
    order: Order
    sent_at: datetime
    expires_at: datetime
    is_shown: bool
    """False: the phone was off, the prompt never reached its screen."""
    verdict: Verdict | None = None
    reaction: Answer | None = None
    """How its phone's holder will answer by himself at `reacts_at`; None: he will not."""
    reacts_at: datetime | None = None

    def dump(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        verdict = self.verdict and asdict(self.verdict) | {"at": self.verdict.at.isoformat()}
        instants = {
            "sent_at": self.sent_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "reacts_at": self.reacts_at and self.reacts_at.isoformat(),
        }
        return asdict(self) | instants | {"verdict": verdict}


def load_prompt(saved: dict[str, Any]) -> Prompt:
    """Return the prompt that `Prompt.dump` wrote."""
    verdict = saved["verdict"]
    if verdict is not None:
        verdict = Verdict(**(verdict | {"at": datetime.fromisoformat(verdict["at"])}))
    parts = {
        "order": Order(**saved["order"]),
        "sent_at": datetime.fromisoformat(saved["sent_at"]),
        "expires_at": datetime.fromisoformat(saved["expires_at"]),
        "verdict": verdict,
        "reaction": Answer(saved["reaction"]) if saved.get("reaction") else None,
        "reacts_at": _instant_or_none(saved.get("reacts_at")),
    }
    return Prompt(**(saved | parts))


def _instant_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
