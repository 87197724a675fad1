"""Which news of a prompt is plain."""

from dataclasses import replace
from datetime import date

import pytest

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome
from core.billing.periods import Renewal
from core.billing.settling import News, Prompted, Running, is_plain_failure, is_plain_payment

TODAY = date(2026, 11, 23)
RUNNING = Running(status=SubscriptionStatus.ACTIVE, renewal=Renewal.FIXED, period_start=TODAY)
PROMPTED = Prompted(
    state=PushState.SENT,
    amount_kes=1500,
    phone_number="254712345678",
    bill_status=TransactionStatus.PENDING,
    owed_kes=1500,
    subscription=RUNNING,
)
PAID = News(
    outcome=Outcome.PAID,
    amount_kes=1500,
    receipt="RKTQDM7W6S",
    phone_number="254712345678",
    paid_on=TODAY,
)
CANCELLED = News(
    outcome=Outcome.CANCELLED, amount_kes=None, receipt=None, phone_number=None, paid_on=TODAY
)


def test_payment_that_fits_the_prompt_and_pays_the_bill_is_plain():
    assert is_plain_payment(PROMPTED, PAID)
    assert not is_plain_failure(PROMPTED, PAID)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_kes": None},
        {"amount_kes": 1499},
        {"receipt": None},
        {"phone_number": "254712345679"},
        {"outcome": Outcome.UNCLEAR},
        {"outcome": Outcome.CANCELLED},
    ],
)
def test_payment_that_does_not_fit_its_prompt_is_not_plain(change):
    assert not is_plain_payment(PROMPTED, replace(PAID, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"state": PushState.SUCCESS},
        {"state": PushState.FAILED},
        {"state": PushState.REJECTED},
        {"bill_status": TransactionStatus.SUCCESS},
        {"bill_status": TransactionStatus.VOID},
        {"owed_kes": 1499},
        {"owed_kes": 1501},
    ],
)
def test_payment_for_a_prompt_or_bill_that_does_not_wait_for_just_it_is_not_plain(change):
    assert not is_plain_payment(replace(PROMPTED, **change), PAID)


@pytest.mark.parametrize(
    ("change", "paid_on", "is_plain"),
    [
        ({}, date(2026, 11, 30), True),
        ({"status": SubscriptionStatus.PAUSED}, TODAY, True),
        ({"status": SubscriptionStatus.PAST_DUE}, TODAY, False),
        ({"status": SubscriptionStatus.SUSPENDED}, TODAY, False),
        ({"renewal": Renewal.ROLLING}, TODAY, True),
        ({"renewal": Renewal.ROLLING}, date(2026, 11, 24), False),
        ({"renewal": Renewal.ROLLING, "period_start": None}, date(2026, 11, 24), True),
    ],
)
def test_payment_that_moves_its_subscription_is_not_plain(change, paid_on, is_plain):
    prompted = replace(PROMPTED, subscription=replace(RUNNING, **change))

    assert is_plain_payment(prompted, replace(PAID, paid_on=paid_on)) is is_plain


def test_payment_of_a_failed_bill_and_of_a_one_off_charge_is_plain():
    assert is_plain_payment(replace(PROMPTED, bill_status=TransactionStatus.FAILED), PAID)
    assert is_plain_payment(replace(PROMPTED, subscription=None), PAID)


def test_client_who_does_not_pay_a_waiting_bill_is_a_plain_failure():
    assert is_plain_failure(PROMPTED, CANCELLED)
    assert not is_plain_payment(PROMPTED, CANCELLED)


@pytest.mark.parametrize(
    "outcome", [Outcome.PENDING, Outcome.UNCLEAR, Outcome.BUSY, Outcome.MERCHANT_FAULT]
)
def test_failure_that_is_none_or_not_the_clients_is_not_plain(outcome):
    assert not is_plain_failure(PROMPTED, replace(CANCELLED, outcome=outcome))


@pytest.mark.parametrize(
    "change",
    [
        {"state": PushState.SUCCESS},
        {"state": PushState.FAILED},
        {"bill_status": TransactionStatus.FAILED},
        {"bill_status": TransactionStatus.SUCCESS},
        {"subscription": None},
    ],
)
def test_failure_of_what_does_not_wait_any_more_or_of_a_charge_is_not_plain(change):
    assert not is_plain_failure(replace(PROMPTED, **change), CANCELLED)
