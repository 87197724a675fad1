from datetime import date

import pytest

from core.billing.periods import Frequency, Renewal
from core.errors import InvalidInput
from webhook.bodies import ChargeBody, PlanBody, SubscriptionBody

TODAY = date(2026, 11, 23)

PLAN = {"name": "Gym", "amountKes": 1500, "frequency": "monthly", "billingDay": 1}
CLIENT = {"name": "Jane", "phoneNumber": "0712345678", "email": None}
SUBSCRIPTION = {"planId": 7, "client": CLIENT}
CHARGE = {"phoneNumber": "0712345678", "amountKes": 10}


def read_plan(**changes):
    return PlanBody.read({**PLAN, **changes}, PlanBody.check)


def read_subscription(**changes):
    return SubscriptionBody.read({**SUBSCRIPTION, **changes}, lambda body: body.check(today=TODAY))


def read_charge(**changes):
    return ChargeBody.read({**CHARGE, **changes}, ChargeBody.check)


def wrong_fields(read, **changes):
    with pytest.raises(InvalidInput) as caught:
        read(**changes)
    return {name: fault.code for name, fault in caught.value.fields.items()}


def test_a_plan_reads_into_the_engines_draft():
    draft = read_plan(intervalCount=2, renewal="rolling").draft()

    assert (draft.name, draft.amount_kes, draft.billing_day) == ("Gym", 1500, 1)
    assert (draft.frequency, draft.interval_count) == (Frequency.MONTHLY, 2)
    assert draft.renewal is Renewal.ROLLING


def test_optional_fields_may_be_null_or_absent():
    given_null = read_plan(intervalCount=None, renewal=None)

    assert given_null == read_plan()
    assert given_null.interval_count == 1
    assert given_null.renewal is Renewal.FIXED


@pytest.mark.parametrize("word", ["weekly", "WEEKLY", "Weekly"])
def test_a_frequency_is_read_in_any_case(word):
    assert read_plan(frequency=word).frequency is Frequency.WEEKLY


@pytest.mark.parametrize("word", ["fortnightly", "", " monthly", "\u017femiannual", 1, None, []])
def test_any_other_frequency_is_refused(word):
    assert wrong_fields(read_plan, frequency=word) == {"frequency": "not_one_of"}


@pytest.mark.parametrize("number", [10.5, 10.0, True, "10", None, [], {}, float("inf")])
def test_an_amount_must_be_a_json_integer(number):
    assert wrong_fields(read_plan, amountKes=number) == {"amountKes": "not_a_whole_number"}


@pytest.mark.parametrize(("amount", "code"), [(0, "too_small"), (250_001, "too_big")])
def test_an_amount_outside_the_limits_is_refused(amount, code):
    assert wrong_fields(read_plan, amountKes=amount) == {"amountKes": code}


@pytest.mark.parametrize("amount", [1, 250_000])
def test_an_amount_on_the_limits_is_taken(amount):
    assert read_plan(amountKes=amount).amount_kes == amount


def test_a_daily_plan_has_no_billing_day():
    assert read_plan(frequency="daily", billingDay=None).billing_day is None
    assert wrong_fields(read_plan, frequency="daily") == {"billingDay": "billing_day_not_used"}


@pytest.mark.parametrize(
    ("frequency", "last"),
    [("weekly", 7), ("biweekly", 7), ("monthly", 31), ("quarterly", 31), ("yearly", 31)],
)
def test_a_billing_day_keeps_to_the_frequencys_range(frequency, last):
    assert read_plan(frequency=frequency, billingDay=last).billing_day == last
    for day in (0, last + 1):
        faults = wrong_fields(read_plan, frequency=frequency, billingDay=day)
        assert faults == {"billingDay": "out_of_range"}
    assert wrong_fields(read_plan, frequency=frequency, billingDay=None) == {
        "billingDay": "required"
    }


def test_every_wrong_field_is_named_at_once_whether_by_type_or_by_rule():
    faults = wrong_fields(
        read_plan, name="", amountKes=10.5, frequency="never", billingDay=32, renewal="x"
    )

    assert faults == {
        "name": "required",
        "amountKes": "not_a_whole_number",
        "frequency": "not_one_of",
        "billingDay": "out_of_range",
        "renewal": "not_one_of",
    }


def test_a_missing_billing_day_is_not_blamed_while_the_frequency_is_unknown():
    assert wrong_fields(read_plan, frequency="never", billingDay=None) == {
        "frequency": "not_one_of"
    }


def test_an_empty_plan_names_each_required_field():
    with pytest.raises(InvalidInput) as caught:
        PlanBody.read({}, PlanBody.check)

    assert set(caught.value.fields) == {"name", "amountKes", "frequency"}


def test_unknown_fields_are_ignored():
    assert read_plan(colour="red") == read_plan()


def test_a_field_in_snake_case_is_unknown():
    assert wrong_fields(read_plan, amountKes=None, amount_kes=10) == {
        "amountKes": "not_a_whole_number"
    }


@pytest.mark.parametrize("plan_id", [0, -1, 2**63, 10**39])
def test_an_id_outside_64_bits_is_refused(plan_id):
    assert wrong_fields(read_subscription, planId=plan_id) == {"planId": "not_an_id"}


def test_the_clients_fields_are_named_by_their_path():
    client = {"name": 7, "phoneNumber": "020 1234567", "email": "nobody"}

    assert wrong_fields(read_subscription, planId="7", client=client) == {
        "planId": "not_a_whole_number",
        "client.name": "not_text",
        "client.phoneNumber": "phone_not_mobile",
        "client.email": "not_an_email",
    }


@pytest.mark.parametrize("client", [None, [], "Jane", 7, [CLIENT]])
def test_a_client_must_be_an_object(client):
    assert wrong_fields(read_subscription, client=client) == {"client": "not_an_object"}


def test_a_missing_client_and_a_wrong_date_are_named_together():
    with pytest.raises(InvalidInput) as caught:
        SubscriptionBody.read(
            {"planId": 7, "firstBillingDate": "2026-11-22"}, lambda body: body.check(today=TODAY)
        )

    assert {name: fault.code for name, fault in caught.value.fields.items()} == {
        "client": "required",
        "firstBillingDate": "in_the_past",
    }


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-1-1",
        "20261224",
        "2026-W52-4",
        "2026-12-24T08:00:00",
        " 2026-12-24",
        "٢٠٢٦-12-24",
        "",
        20261225,
        True,
        [],
    ],
)
def test_what_is_no_date_is_refused(written):
    assert wrong_fields(read_subscription, firstBillingDate=written) == {
        "firstBillingDate": "not_a_date"
    }


def test_a_first_date_may_be_today_but_not_yesterday():
    assert read_subscription(firstBillingDate="2026-11-23").first_billing_date == TODAY
    assert wrong_fields(read_subscription, firstBillingDate="2026-11-22") == {
        "firstBillingDate": "in_the_past"
    }


def test_reading_does_not_change_what_was_sent():
    content = {"planId": 7, "client": {"name": 1, "phoneNumber": 2}}

    with pytest.raises(InvalidInput):
        SubscriptionBody.read(content, lambda body: body.check(today=TODAY))

    assert content == {"planId": 7, "client": {"name": 1, "phoneNumber": 2}}


def test_a_charge_names_every_wrong_field_as_sent():
    faults = wrong_fields(
        read_charge,
        phoneNumber=712345678,
        amountKes=1,
        accountReference="INV-1",
        transactionDesc="longer than thirteen",
    )

    assert faults == {
        "phoneNumber": "not_text",
        "amountKes": "too_small",
        "accountReference": "not_alphanumeric",
        "transactionDesc": "too_long",
    }


def test_a_charge_of_two_shillings_is_the_smallest():
    assert read_charge(amountKes=2).draft().amount_kes == 2
