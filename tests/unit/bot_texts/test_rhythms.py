from datetime import date

import pytest

from bot.words.rhythms import next_bills, plan_rhythm, rhythm
from bot.words.texts import texts_for
from core.billing.changes import FreshStart
from core.billing.periods import Frequency, Schedule

EN, SW = texts_for("en"), texts_for("sw")
F = Frequency
APRIL_10 = date(2028, 4, 10)


def every(frequency, interval_count=1, day=None):
    return Schedule(frequency=frequency, interval_count=interval_count, billing_day=day)


@pytest.mark.parametrize(
    ("schedule", "english", "swahili"),
    [
        (every(F.DAILY, 3), "every 3 days", "kila baada ya siku 3"),
        (every(F.WEEKLY, day=1), "every week on Mondays", "kila wiki, kila Jumatatu"),
        (every(F.MONTHLY, day=5), "every month on the 5th", "kila mwezi, tarehe 5"),
        (
            every(F.QUARTERLY, day=31),
            "every 3 months on the last day, counted from each client's first bill",
            (
                "kila baada ya miezi 3, siku ya mwisho, "
                "ikihesabiwa kuanzia bili ya kwanza ya kila mteja"
            ),
        ),
        (
            every(F.YEARLY, day=5),
            "every year on the 5th, counted from each client's first bill",
            "kila mwaka, tarehe 5, ikihesabiwa kuanzia bili ya kwanza ya kila mteja",
        ),
        (
            every(F.YEARLY),
            "every year on the day of the first bill",
            "kila mwaka, siku ya bili ya kwanza",
        ),
    ],
)
def test_a_plan_that_skips_months_says_from_what_they_are_counted(schedule, english, swahili):
    assert plan_rhythm(EN, schedule) == english
    assert plan_rhythm(SW, schedule) == swahili


@pytest.mark.parametrize(
    ("schedule", "english", "swahili"),
    [
        (every(F.YEARLY, day=31), "every year on 30 April", "kila mwaka, tarehe 30 Aprili"),
        (every(F.YEARLY, 2, day=5), "every 2 years on 5 April", "kila baada ya miaka 2, tarehe 5"),
        (every(F.MONTHLY, 12), "every 12 months on 10 April", "kila baada ya miezi 12, tarehe 10"),
        (every(F.QUARTERLY, day=31), "every 3 months on the last day", "kila baada ya miezi 3"),
        (every(F.MONTHLY), "every month on the 10th", "kila mwezi, tarehe 10"),
        (every(F.WEEKLY), "every week on Mondays", "kila wiki, kila Jumatatu"),
        (every(F.DAILY), "every day", "kila siku"),
    ],
)
def test_a_subscription_is_billed_on_days_that_its_anchor_decides(schedule, english, swahili):
    assert rhythm(EN, schedule, anchor=APRIL_10) == english
    assert rhythm(SW, schedule, anchor=APRIL_10).startswith(swahili)


@pytest.mark.parametrize(
    ("day", "english"),
    [
        (28, "every year on 28 February"),
        (29, "every year on the last day of February"),
        (31, "every year on the last day of February"),
    ],
)
def test_a_day_that_only_a_leap_year_has_is_the_last_one_of_february(day, english):
    anchor = date(2028, 2, 10)

    assert rhythm(EN, every(F.YEARLY, day=day), anchor=anchor) == english


@pytest.mark.parametrize(
    ("schedule", "bills"),
    [
        (every(F.MONTHLY, day=5), "10 April 2028, then 5 May 2028"),
        (every(F.QUARTERLY, day=31), "10 April 2028, then 31 July 2028"),
        (every(F.YEARLY, day=31), "10 April 2028, then 30 April 2029"),
        (every(F.WEEKLY, day=2), "10 April 2028, then 18 April 2028"),
        (every(F.QUARTERLY, day=10), "10 April 2028"),
        (every(F.YEARLY), "10 April 2028"),
        (every(F.WEEKLY, day=1), "10 April 2028"),
        (every(F.DAILY), "10 April 2028"),
    ],
)
def test_a_first_bill_on_another_day_than_the_plans_is_followed_by_the_next_one(schedule, bills):
    start = FreshStart(anchor_date=APRIL_10, cycle_number=0, next_billing_date=APRIL_10)

    assert next_bills(EN, schedule, start) == bills


def test_the_next_bill_is_said_in_the_readers_language():
    start = FreshStart(anchor_date=APRIL_10, cycle_number=0, next_billing_date=APRIL_10)

    said = next_bills(SW, every(F.QUARTERLY, day=31), start)

    assert said == "10 Aprili 2028, kisha 31 Julai 2028"
