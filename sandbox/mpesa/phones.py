"""The phones of the world: who holds them, what is in their M-Pesa, what SMS they got."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sandbox.mpesa.reactions import Reaction
from sandbox.rows import Recorded

FIRST_BALANCE_KES = 20_000
FIRST_PIN = "1234"
SMS_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One text message in a phone's inbox."""

    at: datetime
    text: str


@dataclass(slots=True, kw_only=True)
class Phone(Recorded):
    """A phone with an M-Pesa account on its SIM card."""

    number: str
    name: str
    balance_kes: int = FIRST_BALANCE_KES
    pin: str = field(default=FIRST_PIN, repr=False)
    is_on: bool = True
    inbox: list[Sms] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    """What its holder will do about the next prompts, the next one first."""
    payments: int = 0
    """How often it has paid."""
    habit: Reaction | None = None
    """What he does about all others; None: somebody plays him."""

    def take_reaction(self) -> Reaction | None:
        """Return what its holder does about the prompt that has just come."""
        if not self.reactions:
            return self.habit
        next_one, *self.reactions = self.reactions
        return next_one

    def receive_sms(self, text: str, *, at: datetime) -> None:
        """Put a message in the inbox, which keeps the newest 50."""
        self.inbox = [*self.inbox, Sms(at=at, text=text)][-SMS_KEPT:]

    def dump(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        inbox = [{"at": sms.at.isoformat(), "text": sms.text} for sms in self.inbox]
        return asdict(self) | {"inbox": inbox}


def load_phone(saved: dict[str, Any]) -> Phone:
    """Return the phone that `Phone.dump` wrote."""
    inbox = [
        Sms(at=datetime.fromisoformat(sms["at"]), text=str(sms["text"])) for sms in saved["inbox"]
    ]
    reactions = [Reaction(each) for each in saved.get("reactions", [])]
    habit = Reaction(saved["habit"]) if saved.get("habit") else None
    return Phone(**(saved | {"inbox": inbox, "reactions": reactions, "habit": habit}))
