"""What a scenario says: plans, people, and day by day what happens and what must have happened.

docs/sandbox.md, "Scenarios", explains the format to those who write one.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from sandbox.mpesa.faults import Call, FaultKind
from sandbox.mpesa.reactions import Reaction

BILLING_DAY = "billing day"
_DISTANCE = re.compile(r"(\d{1,4}) (second|minute|hour|day)s?")

TelegramFault = Literal[
    "telegram_429", "telegram_403", "telegram_500", "telegram_timeout", "telegram_refused"
]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_fault(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


def _as_way(value: Any) -> Any:
    """Check how far the clock is to go: a text that `distance` can read, or the billing day."""
    if value == BILLING_DAY or (isinstance(value, str) and _DISTANCE.fullmatch(value)):
        return value
    raise ValueError(f"should be '{BILLING_DAY}' or a time like '1 day', '6 hours', '90 seconds'")


def distance(way: str) -> timedelta:
    """Return e.g. two days for `2 days`."""
    found = _DISTANCE.fullmatch(way)
    if found is None:
        raise ValueError(way)
    return timedelta(**{f"{found[2]}s": int(found[1])})


class Part(BaseModel):
    """A part of the file: it can't be changed, and has no key that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanPart(Part):
    """A plan that the owner sells."""

    amount_kes: int
    frequency: str = "monthly"
    billing_day: int | None = None
    renewal: Literal["fixed", "rolling"] = "fixed"


class PersonPart(Part):
    """A client; `phone` is what he does about each prompt for which no day says otherwise."""

    plan: str
    phone: Reaction = Reaction.IGNORE
    telegram: bool = True
    balance_kes: Annotated[int, Field(ge=0, le=500_000)] = 20_000


class FaultPart(Part):
    """Something that goes wrong, `count` times."""

    kind: FaultKind | TelegramFault
    call: Call = Call.PUSH
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    seconds: Annotated[float, Field(ge=0)] | None = None
    method: str | None = None


class ExpectPart(Part):
    """What must be true of one client at the end of a day; what is left out is not looked at."""

    subscription: SubscriptionStatus | None = None
    bills: list[TransactionStatus] | None = None
    """Of all his bills, oldest first."""
    paid_kes: int | None = None
    """By all his bills together."""
    prompts: int | None = None
    """That his phone has got since the play began."""
    retries: int | None = None
    """Of the newest bill."""
    failure: str | None = None
    """The code of the newest bill's failure."""
    balance_kes: int | None = None
    """Left in his M-Pesa."""
    receipts: int | None = None
    """Messages of the bot to him that hold an M-Pesa code of his."""


class DayPart(Part):
    """One step: what is prepared, how far the clock goes, and what must then be true."""

    says: str = ""
    phones: dict[str, Annotated[list[Reaction], BeforeValidator(_as_list)]] = {}
    faults: list[Annotated[FaultPart, BeforeValidator(_as_fault)]] = []
    go: Annotated[str, BeforeValidator(_as_way)]
    expect: dict[str, ExpectPart] = {}


class Story(Part):
    """A whole scenario."""

    title: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1)]
    begins: Annotated[int, Field(ge=1, le=28)] | None = None
    """The day of the month on which it begins; None: wherever the clock is."""
    plans: Annotated[dict[str, PlanPart], Field(min_length=1)]
    people: Annotated[dict[str, PersonPart], Field(min_length=1)]
    days: Annotated[list[DayPart], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for name, person in self.people.items():
            if person.plan not in self.plans:
                raise ValueError(f"{name} is on the plan {person.plan!r}, which is not in plans")
        for number, day in enumerate(self.days, start=1):
            for name in [*day.phones, *day.expect]:
                if name not in self.people:
                    raise ValueError(f"day {number} speaks of {name!r}, who is not in people")
        return self
