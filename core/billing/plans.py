"""What an owner sells."""

from dataclasses import dataclass, replace
from functools import partial

from core.billing.faults import Faults
from core.billing.money import check_amount
from core.billing.periods import Frequency, Renewal, Schedule, check_billing_day
from core.billing.text import check_text
from core.errors import InvalidValue

_MAX_NAME_LENGTH = 100
_MAX_INTERVAL_COUNT = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """A plan as somebody typed it; `billing_day` as in `Schedule`."""

    name: str
    amount_kes: int
    frequency: Frequency
    interval_count: int = 1
    billing_day: int | None = None
    renewal: Renewal = Renewal.FIXED


def check_plan(draft: PlanDraft) -> PlanDraft:
    """Return the plan with its name cleaned.

    Raises:
        InvalidInput: It names each wrong field of `name` (1 to 100 characters), `amount_kes`
            (1 to 250,000), `interval_count` (1 to 36) and `billing_day`.
    """
    faults = Faults()
    plan = replace(
        draft,
        name=faults.check("name", partial(check_text, max_length=_MAX_NAME_LENGTH), draft.name),
        amount_kes=faults.check("amount_kes", check_amount, draft.amount_kes),
        interval_count=faults.check("interval_count", _check_interval_count, draft.interval_count),
        billing_day=faults.check(
            "billing_day",
            lambda day: check_billing_day(draft.frequency, day, draft.renewal),
            draft.billing_day,
        ),
    )
    faults.raise_if_any()
    return plan


def schedule_of(draft: PlanDraft) -> Schedule:
    """Return the plan's rhythm."""
    return Schedule(
        frequency=draft.frequency,
        interval_count=draft.interval_count,
        billing_day=draft.billing_day,
        renewal=draft.renewal,
    )


def _check_interval_count(interval_count: int) -> int:
    if not 1 <= interval_count <= _MAX_INTERVAL_COUNT:
        raise InvalidValue("out_of_range", min=1, max=_MAX_INTERVAL_COUNT)
    return interval_count
