"""What a callback's metadata tells of the payment, whatever form each item comes in."""

from datetime import UTC, datetime

import pytest

from core.billing.outcomes import Outcome
from core.daraja.callbacks import read_callback
from tests.unit.daraja.callback_shapes import (
    MISSING,
    RECEIPT,
    callback,
    encode,
    items,
    read,
    read_items,
)
from tests.unit.daraja.fakes import PHONE


def test_items_are_found_by_name_in_any_order():
    report = read(CallbackMetadata={"Item": items()[::-1]})

    assert (report.amount_kes, report.receipt, report.phone_number) == (1500, RECEIPT, PHONE)


@pytest.mark.parametrize(
    "balance",
    [
        {"Name": "Balance"},
        {"Name": "Balance", "Value": None},
        {"Name": "Balance", "Value": "{Amount={CurrencyCode=KES, BasicAmount=12.00}}"},
        {"Name": "Balance", "Value": 12.5},
    ],
    ids=repr,
)
def test_a_balance_with_or_without_a_value_disturbs_nothing(balance):
    report = read(CallbackMetadata={"Item": [balance, *items()]})

    assert (report.amount_kes, report.receipt) == (1500, RECEIPT)


@pytest.mark.parametrize(
    "metadata",
    [
        MISSING,
        None,
        [],
        "Item",
        5,
        {},
        {"Item": None},
        {"Item": "Amount"},
        {"Item": []},
        {"Item": [None, 5, "Amount", [], {}, {"Value": 5}, {"Name": 5, "Value": 5}]},
        {"Item": [{"Name": "Amount"}, {"Name": ["Amount"], "Value": 1500}]},
    ],
    ids=repr,
)
def test_a_success_with_unreadable_metadata_stays_paid_but_knows_no_sum(metadata):
    report = read(CallbackMetadata=metadata)

    assert report.verdict.outcome is Outcome.PAID
    assert report.amount_kes is report.receipt is report.phone_number is report.paid_at is None


def test_a_single_item_may_come_without_its_list():
    report = read(CallbackMetadata={"Item": {"Name": "Amount", "Value": 1500}})

    assert report.amount_kes == 1500


def test_of_an_item_that_comes_twice_the_first_value_counts():
    report = read(CallbackMetadata={"Item": [{"Name": "Amount"}, *items(), *items(Amount=1)]})

    assert report.amount_kes == 1500


@pytest.mark.parametrize(
    ("value", "amount_kes"),
    [
        (1, 1),
        (1.0, 1),
        (1500.00, 1500),
        ("1500", 1500),
        ("1500.00", 1500),
        (" 1500 ", 1500),
        (250_000, 250_000),
        (10**9, 10**9),
        (1e3, 1000),
    ],
    ids=repr,
)
def test_an_amount_in_whole_shillings_is_read_however_written(value, amount_kes):
    report = read_items(Amount=value)

    assert report.amount_kes == amount_kes
    assert type(report.amount_kes) is int


@pytest.mark.parametrize(
    "value",
    [
        *[MISSING, None, True, False, [], [1500], {}, {"Amount": 1500}],
        *[
            10.5,
            0.1,
            "10.5",
            "1,500",
            "KES 1500",
            "",
            "1e3",
            "0x10",
            "1_500",
            "\u0661\u0665\u0660\u0660",
            "1500.0.0",
        ],
        *[0, -1, "-1", "+1", "0", 10**9 + 1, 10**30, 1e300, "9" * 5000],
        *[float("nan"), float("inf"), float("-inf"), "NaN", "Infinity"],
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_amount_that_is_no_whole_number_of_shillings_is_none(value):
    report = read_items(Amount=value)

    assert report.amount_kes is None
    assert report.verdict.outcome is Outcome.PAID
    assert report.receipt == RECEIPT


@pytest.mark.parametrize(
    "literal",
    ["1e999999999", "1e-999999999", "1e99999999999999999999", "9" * 5000, "1." + "0" * 5000],
    ids=lambda literal: literal[:30],
)
def test_a_monstrous_number_costs_nothing_and_is_none(literal):
    body = encode(callback()).replace(b"1500.0", literal.encode())

    report = read_callback(body)

    assert report is not None
    assert report.amount_kes is None
    assert report.receipt == RECEIPT


@pytest.mark.parametrize(
    ("value", "receipt"),
    [
        (RECEIPT, RECEIPT),
        (f" {RECEIPT.lower()}\n", RECEIPT),
        ("A" * 20, "A" * 20),
        ("A" * 21, None),
        ("", None),
        ("SKN7 RT61", None),
        ("SKN7<b>", None),
        ("SKN7\x00", None),
        ("ÅKN7RT61SV", None),
        (1234567890, None),
        (None, None),
        (True, None),
        ([RECEIPT], None),
    ],
    ids=repr,
)
def test_a_receipt_is_at_most_twenty_letters_and_digits(value, receipt):
    assert read_items(MpesaReceiptNumber=value).receipt == receipt


@pytest.mark.parametrize(
    ("value", "phone_number"),
    [
        (254708374149, "254708374149"),
        ("254708374149", "254708374149"),
        (254708374149.0, "254708374149"),
        (254110374149, "254110374149"),
        (254208374149, None),
        (25470837414, None),
        (2547083741490, None),
        ("0708374149", None),
        ("+254708374149", None),
        ("25470****149", None),
        ("\u0662\u0665\u06647\u06608374149", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
    ids=repr,
)
def test_a_phone_number_is_a_kenyan_mobile_in_full(value, phone_number):
    assert read_items(PhoneNumber=value).phone_number == phone_number


@pytest.mark.parametrize(
    ("value", "paid_at"),
    [
        (20261123081530, datetime(2026, 11, 23, 5, 15, 30, tzinfo=UTC)),
        ("20261123081530", datetime(2026, 11, 23, 5, 15, 30, tzinfo=UTC)),
        (20261123081530.0, datetime(2026, 11, 23, 5, 15, 30, tzinfo=UTC)),
        (20270101000000, datetime(2026, 12, 31, 21, 0, tzinfo=UTC)),
        (20261323081530, None),
        (20260230081530, None),
        (2026112308153, None),
        (202611230815300, None),
        ("2026-11-23 08:15:30", None),
        ("00010101000000", None),
        (10101000000, None),
        (0, None),
        (None, None),
        (True, None),
        ([], None),
    ],
    ids=repr,
)
def test_a_transaction_date_is_kenyan_time_told_in_utc(value, paid_at):
    assert read_items(TransactionDate=value).paid_at == paid_at
