from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.words.texts import texts_for
from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency

EN, SW = texts_for("en"), texts_for("sw")
NOON = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize("tag", ["sw", "sw-KE", "sw_TZ", "SW"])
def test_any_swahili_tag_gives_swahili(tag):
    assert texts_for(tag).language == "sw"


@pytest.mark.parametrize("tag", ["en", "en-GB", "fr", "", "../../etc/passwd", "swx"])
def test_a_language_we_do_not_have_gives_english(tag):
    assert texts_for(tag).language == "en"


def test_a_text_that_nobody_translated_appears_in_english():
    assert SW.gettext("Nobody ever wrote this sentence.") == "Nobody ever wrote this sentence."


def test_the_same_language_is_read_once():
    assert texts_for("sw") is texts_for("sw-KE")


@pytest.mark.parametrize("texts", [EN, SW])
def test_money_has_one_form_with_a_plain_space_in_every_language(texts):
    assert texts.kes(1500) == "KES 1,500"
    assert texts.kes(250_000) == "KES 250,000"


def test_dates_have_the_day_before_the_month_in_the_readers_language():
    assert EN.date(date(2026, 11, 23)) == "23 November 2026"
    assert SW.date(date(2026, 11, 23)) == "23 Novemba 2026"
    assert EN.day(date(2026, 11, 23)) == "Mon 23 Nov"
    assert SW.day(date(2026, 11, 23)) == "Jumatatu 23 Nov"


def test_instants_are_shown_in_nairobi_on_a_24_hour_clock():
    assert EN.moment(NOON) == "23 Nov, 19:05"
    assert SW.moment(NOON) == "23 Nov, 19:05"
    assert SW.full_moment(NOON) == "23 Novemba 2026, 19:05"


def test_another_business_zone_shows_its_own_time():
    assert texts_for("en", zone=ZoneInfo("Africa/Lagos")).moment(NOON) == "23 Nov, 17:05"


@pytest.mark.parametrize(
    ("frequency", "interval_count", "english", "swahili"),
    [
        (Frequency.DAILY, 1, "every day", "kila siku"),
        (Frequency.DAILY, 10, "every 10 days", "kila baada ya siku 10"),
        (Frequency.WEEKLY, 1, "every week", "kila wiki"),
        (Frequency.BIWEEKLY, 1, "every 2 weeks", "kila baada ya wiki 2"),
        (Frequency.BIWEEKLY, 3, "every 6 weeks", "kila baada ya wiki 6"),
        (Frequency.MONTHLY, 1, "every month", "kila mwezi"),
        (Frequency.QUARTERLY, 1, "every 3 months", "kila baada ya miezi 3"),
        (Frequency.QUARTERLY, 2, "every 6 months", "kila baada ya miezi 6"),
        (Frequency.SEMIANNUAL, 1, "every 6 months", "kila baada ya miezi 6"),
        (Frequency.YEARLY, 1, "every year", "kila mwaka"),
        (Frequency.YEARLY, 2, "every 2 years", "kila baada ya miaka 2"),
    ],
)
def test_a_frequency_is_said_with_its_interval(frequency, interval_count, english, swahili):
    assert EN.frequency(frequency, interval_count) == english
    assert SW.frequency(frequency, interval_count) == swahili


@pytest.mark.parametrize(
    ("day", "english"),
    [
        (1, "on the 1st"),
        (2, "on the 2nd"),
        (3, "on the 3rd"),
        (4, "on the 4th"),
        (10, "on the 10th"),
        (11, "on the 11th"),
        (12, "on the 12th"),
        (13, "on the 13th"),
        (21, "on the 21st"),
        (22, "on the 22nd"),
        (23, "on the 23rd"),
        (30, "on the 30th"),
        (31, "on the last day"),
    ],
)
def test_a_day_of_the_month_has_its_english_ending_and_31_is_the_last_day(day, english):
    assert EN.billing_day(Frequency.MONTHLY, day) == english


def test_a_billing_day_of_a_week_is_a_weekday():
    assert EN.billing_day(Frequency.WEEKLY, 1) == "on Mondays"
    assert EN.billing_day(Frequency.BIWEEKLY, 7) == "on Sundays"
    assert SW.billing_day(Frequency.WEEKLY, 5) == "kila Ijumaa"


def test_a_plan_without_a_billing_day_says_what_serves_instead():
    assert EN.billing_day(Frequency.DAILY, None) == "every day"
    assert EN.billing_day(Frequency.MONTHLY, None) == "on the day of the first bill"


@pytest.mark.parametrize("texts", [EN, SW])
def test_every_state_has_a_sign_of_its_own_and_a_word_of_its_own(texts):
    said = [texts.status(one) for one in (*SubscriptionStatus, *TransactionStatus)]
    signs, words = zip(*(one.split(" ", 1) for one in said), strict=True)

    assert len(set(signs)) == len(said)
    assert not any(sign.isascii() for sign in signs)
    assert all(words)


def test_a_state_is_said_in_the_readers_language():
    assert EN.status(SubscriptionStatus.ACTIVE) == "✅ Active"
    assert SW.status(SubscriptionStatus.ACTIVE) == "✅ Hai"
    assert EN.status(TransactionStatus.SUCCESS) == "💰 Paid"
