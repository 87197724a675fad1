"""An STK callback as Safaricom documents it, and what tests change in it."""

import json

from core.daraja.callbacks import read_callback
from tests.unit.daraja.fakes import CHECKOUT_ID

RECEIPT = "SKN7RT61SV"


class Missing:
    """Marks an item that is not there at all."""

    def __repr__(self):
        return "missing"


MISSING = Missing()


def items(**changes):
    facts = {
        "Amount": 1500.00,
        "MpesaReceiptNumber": RECEIPT,
        "TransactionDate": 20261123081530,
        "PhoneNumber": 254708374149,
    } | changes
    return [
        {"Name": name, "Value": value} for name, value in facts.items() if value is not MISSING
    ]


def callback(**changes):
    facts = {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": CHECKOUT_ID,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items()},
    } | changes
    return {name: value for name, value in facts.items() if value is not MISSING}


def encode(stk_callback):
    return json.dumps({"Body": {"stkCallback": stk_callback}}).encode()


def read(**changes):
    report = read_callback(encode(callback(**changes)))
    assert report is not None
    return report


def read_items(**changes):
    return read(CallbackMetadata={"Item": items(**changes)})
