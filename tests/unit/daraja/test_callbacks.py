"""Every shape in which an STK callback has been seen, and what it says became of the prompt."""

from datetime import UTC, datetime

import pytest

from core.billing.outcomes import Outcome
from core.daraja.callbacks import read_callback
from core.ports import CallbackReport, Verdict
from tests.unit.daraja.callback_shapes import MISSING, RECEIPT, callback, encode, read
from tests.unit.daraja.fakes import CHECKOUT_ID, PHONE


def test_a_success_is_read_whole():
    report = read()

    assert report == CallbackReport(
        merchant_request_id="29115-34620561-1",
        checkout_request_id=CHECKOUT_ID,
        verdict=Verdict(
            result_code="0",
            result_desc="The service request is processed successfully.",
            outcome=Outcome.PAID,
        ),
        amount_kes=1500,
        receipt=RECEIPT,
        phone_number=PHONE,
        paid_at=datetime(2026, 11, 23, 5, 15, 30, tzinfo=UTC),
    )


def test_a_failure_has_no_metadata():
    report = read(ResultCode=1032, ResultDesc="Cancelled", CallbackMetadata=MISSING)

    assert report == CallbackReport(
        merchant_request_id="29115-34620561-1",
        checkout_request_id=CHECKOUT_ID,
        verdict=Verdict(result_code="1032", result_desc="Cancelled", outcome=Outcome.CANCELLED),
    )


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (0, "0", Outcome.PAID),
        ("0", "0", Outcome.PAID),
        (1032, "1032", Outcome.CANCELLED),
        ("1032", "1032", Outcome.CANCELLED),
        ("SFC_IC0003", "SFC_IC0003", Outcome.MERCHANT_FAULT),
        (4999, "4999", Outcome.PENDING),
        (1032.0, "1032.0", Outcome.UNCLEAR),
        (0.0, "0.0", Outcome.UNCLEAR),
        ("00", "00", Outcome.UNCLEAR),
        (-1, "-1", Outcome.UNCLEAR),
        ("Success", "Success", Outcome.UNCLEAR),
    ],
    ids=repr,
)
def test_a_result_code_comes_as_number_or_text(code, text, outcome):
    verdict = read(ResultCode=code).verdict

    assert (verdict.result_code, verdict.outcome) == (text, outcome)


@pytest.mark.parametrize(
    "code",
    [MISSING, None, True, False, "", " 0", "0\n", "0\x00", [0], {"code": 0}, 10**30, float("nan")],
    ids=repr,
)
def test_without_a_usable_result_code_there_is_no_report(code):
    assert read_callback(encode(callback(ResultCode=code))) is None


@pytest.mark.parametrize(
    "literal", ["0e0", "0E5", "0e-0", "1e999999999999999999999", "0." + "0" * 99]
)
def test_a_zero_in_scientific_dress_is_not_paid(literal):
    body = encode(callback()).replace(b'"ResultCode": 0,', f'"ResultCode": {literal},'.encode())

    report = read_callback(body)

    assert report is None or report.verdict.outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(
    "checkout_id", [MISSING, None, "", " ", "\x00", 5, True, ["x"], {}], ids=repr
)
def test_without_a_usable_checkout_request_id_there_is_no_report(checkout_id):
    assert read_callback(encode(callback(CheckoutRequestID=checkout_id))) is None


@pytest.mark.parametrize("merchant_id", [MISSING, None, "", 5, [], "\x00"], ids=repr)
def test_a_merchant_request_id_may_be_missing(merchant_id):
    assert read(MerchantRequestID=merchant_id).merchant_request_id is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"5",
        b'"Body"',
        b"[]",
        b"{}",
        b"{",
        b"<html></html>",
        b"\xff\xfe\x00\x01",
        b'{"Body": null}',
        b'{"Body": []}',
        b'{"Body": {}}',
        b'{"Body": {"stkCallback": null}}',
        b'{"Body": {"stkCallback": [1]}}',
        b'{"stkCallback": {"CheckoutRequestID": "x", "ResultCode": 0}}',
        b'{"Result": {"ResultCode": 0}}',
        b"[" * 100_000,
        b'{"Body":' * 100_000,
        b"9" * 100_000,
        b"1" + b"0" * 50_000 + b".5",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_stk_callback_is_no_report(body):
    assert read_callback(body) is None


@pytest.mark.parametrize(
    ("desc", "read_as"),
    [
        ("Request cancelled by user", "Request cancelled by user"),
        ("[STK_CB - ]Request cancelled by user", "Request cancelled by user"),
        ("[MpesaCB - ]DS timeout.", "DS timeout."),
        ("[STK_CB - ] No response from user.", "No response from user."),
        ("two\nlines\tand\x00\x1b[31m\u202ecolour\u2066", "two lines and[31mcolour"),
        ("\ud800half a pair", "half a pair"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("x" * 501, "x" * 500),
        ("Hujambo 💧 Ünïcode", "Hujambo 💧 Ünïcode"),
        ("", ""),
        (MISSING, ""),
        (None, ""),
        (5, ""),
        (["x"], ""),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_description_is_one_clean_line_without_stray_prefixes(desc, read_as):
    assert read(ResultCode=1032, ResultDesc=desc).verdict.result_desc == read_as


def test_1037_with_a_prefix_still_tells_an_unanswered_prompt():
    report = read(ResultCode=1037, ResultDesc="[STK_CB - ]No response from user.")

    assert report.verdict.outcome is Outcome.TIMED_OUT


def test_ids_are_cut_to_a_length_that_fits_a_column():
    report = read(CheckoutRequestID="x" * 5000, MerchantRequestID="y" * 5000)

    assert report.checkout_request_id == "x" * 120
    assert report.merchant_request_id == "y" * 120


def test_hostile_characters_are_taken_out_of_the_id():
    report = read(CheckoutRequestID="ws_CO_\x00\ud800\u200b1\u202e")

    assert report.checkout_request_id == "ws_CO_1"


def test_bytes_that_are_no_utf_8_spoil_only_the_text_they_stand_in():
    body = encode(callback(ResultDesc="caf?")).replace(b"caf?", b"caf\xe9")

    report = read_callback(body)

    assert report is not None
    assert report.amount_kes == 1500
    assert report.verdict.result_desc == "caf\ufffd"


def test_a_byte_order_mark_is_no_trouble():
    assert read_callback(b"\xef\xbb\xbf" + encode(callback())) is not None


def test_a_body_of_megabytes_is_read_like_any_other():
    report = read(ResultDesc="x" * 10_000_000)

    assert len(report.verdict.result_desc) == 500


def test_the_gateway_reads_callbacks_the_same_way(gateway):
    assert gateway.read_callback(encode(callback())) == read()
    assert gateway.read_callback(b"") is None
