"""Bodies that nobody would think of: reading never raises and never invents a payment."""

import json
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from core.billing.outcomes import Outcome
from core.daraja.callbacks import read_callback

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["0", "00", "1032", "NaN", "1500.00", "254708374149", "20261123081530"]),
    st.sampled_from([0, 1, 1032, 1500, 254708374149, 20261123081530, 10**40, -0.0, 0.0]),
)
NAMES = st.sampled_from(
    ["Amount", "MpesaReceiptNumber", "Balance", "TransactionDate", "PhoneNumber", "Name", "Value"]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ITEMS = st.fixed_dictionaries({}, optional={"Name": NAMES | ANYTHING, "Value": ANYTHING})
METADATA = ANYTHING | st.fixed_dictionaries({"Item": ANYTHING | st.lists(ITEMS, max_size=6)})
STK_CALLBACKS = st.fixed_dictionaries(
    {"CheckoutRequestID": st.text(min_size=1, max_size=200), "ResultCode": SCALARS | ANYTHING},
    optional={
        "MerchantRequestID": ANYTHING,
        "ResultDesc": ANYTHING,
        "CallbackMetadata": METADATA,
    },
)
BODIES = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({"Body": ANYTHING}),
    st.fixed_dictionaries({"Body": st.fixed_dictionaries({"stkCallback": ANYTHING})}),
)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise_or_make_a_report_by_chance(body):
    assert read_callback(body) is None


@given(BODIES)
def test_no_json_whatever_raises(body):
    report = read_callback(json.dumps(body).encode())

    assert report is None or report.checkout_request_id


@given(STK_CALLBACKS)
def test_nothing_is_paid_without_a_true_zero(stk_callback):
    code = stk_callback["ResultCode"]
    is_zero = (type(code) is int and code == 0) or code == "0"

    report = read_callback(json.dumps({"Body": {"stkCallback": stk_callback}}).encode())

    if report is not None:
        assert (report.verdict.outcome is Outcome.PAID) == is_zero
        assert (report.verdict.result_code == "0") == is_zero


@given(STK_CALLBACKS)
def test_whatever_is_read_fits_its_column(stk_callback):
    report = read_callback(json.dumps({"Body": {"stkCallback": stk_callback}}).encode())

    if report is not None:
        assert_fits(report.checkout_request_id, 120)
        assert_fits(report.merchant_request_id or "", 120)
        assert_fits(report.verdict.result_code, 30)
        assert_fits(report.verdict.result_desc, 500)
        assert report.amount_kes is None or 0 < report.amount_kes <= 10**9
        assert report.receipt is None or re.fullmatch("[A-Z0-9]{1,20}", report.receipt)
        assert report.phone_number is None or re.fullmatch("254[17][0-9]{8}", report.phone_number)
        assert report.paid_at is None or report.paid_at.utcoffset().total_seconds() == 0


def assert_fits(text, max_length):
    assert len(text) <= max_length
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs"}
