"""Plans: a clean one passes, and a wrong one names every wrong field."""

import pytest

from core.billing.periods import Frequency, Renewal, Schedule
from core.billing.plans import PlanDraft, check_plan, schedule_of
from core.errors import Fault, InvalidInput


def draft(**changes):
    fields = {"name": "Rent", "amount_kes": 1500, "frequency": Frequency.MONTHLY}
    return PlanDraft(**{**fields, "billing_day": 5, **changes})


def faults_of(**changes):
    with pytest.raises(InvalidInput) as refusal:
        check_plan(draft(**changes))
    return refusal.value.fields


def test_a_plan_comes_back_with_its_name_cleaned_and_the_rest_as_it_was():
    plan = check_plan(draft(name="  Bedsitter   rent ", interval_count=2))

    assert plan == draft(name="Bedsitter rent", interval_count=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "R"},
        {"name": "R" * 100},
        {"amount_kes": 1},
        {"amount_kes": 250_000},
        {"interval_count": 1},
        {"interval_count": 36},
        {"billing_day": 31},
        {"frequency": Frequency.DAILY, "billing_day": None},
        {"billing_day": None, "renewal": Renewal.ROLLING},
    ],
)
def test_a_plan_on_the_edge_of_what_is_allowed_passes(changes):
    assert check_plan(draft(**changes)) == draft(**changes)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", " ", Fault("required")),
        ("name", "R" * 101, Fault("too_long", {"max": 100})),
        ("name", "Re\0nt", Fault("bad_text")),
        ("amount_kes", 0, Fault("too_small", {"min": 1})),
        ("amount_kes", 250_001, Fault("too_big", {"max": 250_000})),
        ("interval_count", 0, Fault("out_of_range", {"min": 1, "max": 36})),
        ("interval_count", 37, Fault("out_of_range", {"min": 1, "max": 36})),
        ("billing_day", None, Fault("required")),
        ("billing_day", 32, Fault("out_of_range", {"min": 1, "max": 31})),
    ],
)
def test_a_wrong_field_is_named_with_its_fault(field, value, fault):
    assert faults_of(**{field: value}) == {field: fault}


def test_a_billing_day_is_judged_by_the_frequency():
    assert faults_of(frequency=Frequency.WEEKLY, billing_day=8) == {
        "billing_day": Fault("out_of_range", {"min": 1, "max": 7})
    }
    assert faults_of(frequency=Frequency.DAILY) == {"billing_day": Fault("billing_day_not_used")}


def test_every_wrong_field_is_named_at_once():
    faults = faults_of(name="", amount_kes=0, interval_count=0, billing_day=0)

    assert {field: fault.code for field, fault in faults.items()} == {
        "name": "required",
        "amount_kes": "too_small",
        "interval_count": "out_of_range",
        "billing_day": "out_of_range",
    }


def test_a_plan_bills_every_interval_on_fixed_days_unless_told_otherwise():
    plan = PlanDraft(name="Rent", amount_kes=1500, frequency=Frequency.MONTHLY, billing_day=5)

    assert (plan.interval_count, plan.renewal) == (1, Renewal.FIXED)
    assert schedule_of(plan) == Schedule(frequency=Frequency.MONTHLY, billing_day=5)


def test_the_schedule_of_a_plan_is_its_rhythm():
    plan = draft(frequency=Frequency.WEEKLY, interval_count=3, renewal=Renewal.ROLLING)

    assert schedule_of(plan) == Schedule(
        frequency=Frequency.WEEKLY, interval_count=3, billing_day=5, renewal=Renewal.ROLLING
    )
