from dataclasses import replace
from datetime import date

import pytest

from bot.forms.form import Asking, Choice, Unacceptable
from bot.forms.inputs import (
    read_amount,
    read_answer,
    read_choice,
    read_count,
    read_date,
    read_day_of_month,
    read_description,
    read_email,
    read_first_date,
    read_reference,
    read_time,
)
from bot.owner.clients.client_form import STEPS as CLIENT_STEPS
from bot.owner.clients.plan_forms import BILLING_DAY, FREQUENCY, NAME, PRICE
from bot.owner.office.account_form import STEPS as ACCOUNT_STEPS
from bot.owner.office.preference_forms import OTHER_BILLING_TIME, OTHER_GRACE
from bot.words.texts import texts_for
from core.billing.periods import Frequency
from core.errors import InvalidValue

ASKING = Asking(texts=texts_for("en"), answers={}, facts={"today": date(2026, 11, 23)})


@pytest.mark.parametrize(
    "typed", ["2026-12-01", " 2026-12-1 ", "01.12.2026", "1.12.2026", "1/12/2026"]
)
def test_a_date_may_be_typed_in_several_ways(typed):
    assert read_date(typed) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "tomorrow",
        "\u0662026-12-01",
        "2026-13-01",
        "31.02.2027",
        "12/2026",
        "0000-01-01",
        "1.12.26",
    ],
)
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(InvalidValue) as refusal:
        read_date(typed)
    assert refusal.value.fault.code == "not_a_date"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("2026-11-22", "in_the_past"), ("2036-11-24", "too_far"), ("9999-12-31", "too_far")],
)
def test_a_first_date_lies_between_today_and_ten_years_from_now(typed, code):
    assert read_first_date(ASKING, "2026-11-23") == "2026-11-23"
    assert read_first_date(ASKING, "2036-11-23") == "2036-11-23"
    with pytest.raises(InvalidValue) as refusal:
        read_first_date(ASKING, typed)
    assert refusal.value.fault.code == code


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1", 1),
        ("31", 31),
        ("5th", 5),
        (" 22nd ", 22),
        ("the 5th", 5),
        ("On the  5th", 5),
        ("10th of the month", 10),
        ("tarehe 5", 5),
        ("Tarehe 10 ya mwezi", 10),
        ("last day", 31),
        ("On the last day", 31),
        ("last", 31),
        ("the last day of the month", 31),
        ("siku ya mwisho", 31),
        ("Siku ya mwisho ya mwezi", 31),
        ("mwisho wa mwezi", 31),
    ],
)
def test_a_day_of_the_month_is_read(typed, day):
    assert read_day_of_month(ASKING, typed) == day


@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_day_of_the_month_is_known_by_the_words_of_its_button(language):
    texts = texts_for(language)

    for day in range(1, 32):
        assert read_day_of_month(ASKING, texts.billing_day(Frequency.MONTHLY, day)) == day


@pytest.mark.parametrize(
    "typed",
    [
        "0",
        "32",
        "-1",
        "",
        "th",
        "day",
        "the",
        "last week",
        "tarehe",
        "tarehe 32",
        "1.5",
        "٣",
        "9" * 5000,
    ],
)
def test_a_day_that_no_month_has_is_refused(typed):
    with pytest.raises(InvalidValue) as refusal:
        read_day_of_month(ASKING, typed)
    assert refusal.value.fault.code == "out_of_range"


STEPS = {step.field: step for step in (NAME, PRICE, FREQUENCY, BILLING_DAY, *CLIENT_STEPS)}
TIME, GRACE = OTHER_BILLING_TIME.form.steps[0], OTHER_GRACE.form.steps[0]


ZEROS = {"arabic": "\u0660", "persian": "\u06f0", "devanagari": "\u0966", "full_width": "\uff10"}


def in_script(zero, text):
    return "".join(chr(ord(zero) + int(char)) if char.isdigit() else char for char in text)


@pytest.mark.parametrize("zero", ZEROS.values(), ids=ZEROS)
@pytest.mark.parametrize(
    ("step", "typed", "value"),
    [
        (STEPS["first_billing_date"], "2026-12-01", "2026-12-01"),
        (STEPS["amount_kes"], "1,500", 1500),
        (STEPS["billing_day"], "5", 5),
        (STEPS["phone_number"], "0712 345 678", "254712345678"),
        (TIME, "09:30", 570),
        (GRACE, "10 days", 10),
    ],
)
def test_digits_of_any_script_are_read_alike(zero, step, typed, value):
    asking = replace(ASKING, answers={"frequency": "MONTHLY"}, facts=ASKING.facts | {"plans": {}})

    assert read_answer(step, asking, in_script(zero, typed)) == value


@pytest.mark.parametrize("typed", ["\u00b2", "\u2164", "\u2464", "\u4e94", "\u00bd"])
def test_what_is_no_decimal_digit_is_none(typed):
    with pytest.raises(InvalidValue):
        read_answer(STEPS["billing_day"], ASKING, typed)


def test_a_name_keeps_its_digits_and_a_secret_is_read_as_it_was_typed():
    typed = in_script(ZEROS["arabic"], "Gate 5")
    secret = next(step for step in ACCOUNT_STEPS if step.is_secret)

    assert read_answer(STEPS["name"], ASKING, typed) == typed
    with pytest.raises(InvalidValue):
        read_answer(secret, ASKING, in_script(ZEROS["arabic"], "0712345678"))


def test_a_choice_is_known_by_its_words_too():
    read = read_choice(lambda _: [Choice(label="Every month", value="MONTHLY")])

    assert read(ASKING, "every MONTH") == "MONTHLY"
    assert read(ASKING, "monthly") == "MONTHLY"
    with pytest.raises(Unacceptable) as refusal:
        read(ASKING, "now and then")
    assert refusal.value.sentence == "Please press one of the buttons below."


def test_an_amount_has_its_own_least():
    assert read_amount(minimum=1)(ASKING, "1") == 1
    with pytest.raises(InvalidValue) as refusal:
        read_amount(minimum=2)(ASKING, "1")
    assert refusal.value.fault.code == "too_small"


def test_a_reference_has_at_most_12_letters_and_digits():
    assert read_reference(ASKING, " HOUSE1234567 ") == "HOUSE1234567"
    for typed, code in [("HOUSE12345678", "too_long"), ("HOUSE-1", "not_alphanumeric")]:
        with pytest.raises(InvalidValue) as refusal:
            read_reference(ASKING, typed)
        assert refusal.value.fault.code == code


def test_a_description_has_at_most_13_plain_characters():
    assert read_description(ASKING, "Rent November") == "Rent November"
    for typed, code in [("Rent of November", "too_long"), ("Kodi ya 🏠", "bad_text")]:
        with pytest.raises(InvalidValue) as refusal:
            read_description(ASKING, typed)
        assert refusal.value.fault.code == code


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("8", 480),
        ("08:30", 510),
        (" 8.30 ", 510),
        ("0830", 510),
        ("830", 510),
        ("17h", 1020),
        ("5pm", 1020),
        ("5:30 P.M.", 1050),
        ("12am", 0),
        ("12 pm", 720),
        ("00:00", 0),
        ("23:59", 1439),
    ],
)
def test_a_time_is_read_as_people_write_it(typed, minute):
    assert read_time()(ASKING, typed) == minute


@pytest.mark.parametrize(
    "typed", ["", "noon", "24:00", "8:60", "25", "0am", "13pm", "-1", "8:3", "٨:٣٠", "8" * 5000]
)
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(InvalidValue) as refusal:
        read_time()(ASKING, typed)
    assert refusal.value.fault.code == "not_a_time"


def test_the_end_of_a_day_is_a_time_where_hours_end():
    assert read_time(last=24 * 60)(ASKING, "24:00") == 24 * 60
    with pytest.raises(InvalidValue):
        read_time(last=24 * 60)(ASKING, "24:01")


@pytest.mark.parametrize(
    ("typed", "count"), [("0", 0), (" 10 ", 10), ("10 days", 10), ("siku 60", 60)]
)
def test_a_count_is_read_with_its_word_or_without(typed, count):
    assert read_count(most=60)(ASKING, typed) == count


@pytest.mark.parametrize("typed", ["", "ten", "-1", "61", "1.5", "1 2", "٣", "9" * 5000])
def test_a_count_out_of_its_range_is_refused(typed):
    with pytest.raises(InvalidValue) as refusal:
        read_count(most=60)(ASKING, typed)
    assert refusal.value.fault.params == {"min": 0, "max": 60}


def _ways(_):
    return [
        Choice(label="💵 In cash", value="CASH"),
        Choice(label="🏦 At the bank", value="BANK"),
        Choice(label="Yes, it is Asha at the gym", value=True),
    ]


@pytest.mark.parametrize(
    ("typed", "value"),
    [("cash", "CASH"), ("In Cash", "CASH"), ("bank", "BANK"), ("BANK", "BANK"), ("yes", True)],
)
def test_a_button_is_known_by_a_word_that_stands_on_it_alone(typed, value):
    assert read_choice(_ways)(ASKING, typed) == value


@pytest.mark.parametrize("typed", ["", " ", "the", "as", "card", "cash bank", ".*"])
def test_words_that_stand_on_no_button_or_on_two_are_no_answer(typed):
    with pytest.raises(Unacceptable):
        read_choice(_ways)(ASKING, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "asha@example.com",
        " <asha@example.com> ",
        "Asha Mwangi <asha@example.com>",
        '"Mwangi, Asha" < asha@example.com >',
    ],
)
def test_an_address_is_read_bare_however_it_was_copied(typed):
    assert read_email(ASKING, typed) == "asha@example.com"


@pytest.mark.parametrize(
    "typed",
    [
        "<asha@example.com",
        "asha@example.com>",
        "<<asha@example.com>>",
        "<>",
        "Asha <asha@example.com> Mwangi",
        "<asha@example.com>, <juma@example.com>",
        "juma@example.com <asha@example.com>",
        "mailto:asha@example.com",
        "asha@example.com,",
        "[asha@example.com]",
    ],
)
def test_what_is_more_or_less_than_one_address_is_refused(typed):
    with pytest.raises(InvalidValue) as refusal:
        read_email(ASKING, typed)
    assert refusal.value.fault.code == "not_an_email"
