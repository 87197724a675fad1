"""The bodies of the requests that we send to Daraja."""

import base64
import re
import unicodedata
from datetime import datetime
from typing import Any

from core.daraja.wire import timestamp
from core.ports import Merchant, MerchantKind, PromptRequest

# Daraja's limits: a longer text makes the whole prompt fail (results 1025 and 1101).
_MAX_REFERENCE_LENGTH = 12
_MAX_DESCRIPTION_LENGTH = 13
_FALLBACK_REFERENCE = "FluxPay"

_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]+")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .-]+")

_TRANSACTION_TYPES = {
    MerchantKind.PAYBILL: "CustomerPayBillOnline",
    MerchantKind.TILL: "CustomerBuyGoodsOnline",
}


def push_body(request: PromptRequest, *, at: datetime) -> dict[str, Any]:
    """Return the body of an STK push made at that instant."""
    merchant = request.merchant
    return _signature(merchant, at) | {
        "TransactionType": _TRANSACTION_TYPES[merchant.kind],
        "Amount": request.amount_kes,
        "PartyA": request.phone_number,
        "PartyB": _receiver(merchant),
        "PhoneNumber": request.phone_number,
        "CallBackURL": request.callback_url,
        "AccountReference": _reference(request.account_reference),
        "TransactionDesc": _description(request.description),
    }


def query_body(merchant: Merchant, checkout_request_id: str, *, at: datetime) -> dict[str, Any]:
    """Return the body of a query made at that instant."""
    return _signature(merchant, at) | {"CheckoutRequestID": checkout_request_id}


def _signature(merchant: Merchant, at: datetime) -> dict[str, Any]:
    # One reading of the clock: the Password must hold the very text of Timestamp. The passkey
    # comes by e-mail, often with a space or a line end, which Daraja calls "Wrong credentials".
    moment = timestamp(at)
    shortcode = merchant.shortcode.strip()
    secret = f"{shortcode}{merchant.passkey.strip()}{moment}"
    return {
        "BusinessShortCode": shortcode,
        "Password": base64.b64encode(secret.encode()).decode(),
        "Timestamp": moment,
    }


def _receiver(merchant: Merchant) -> str:
    if merchant.kind is MerchantKind.TILL:
        return merchant.pay_to.strip()
    return merchant.shortcode.strip()


def _reference(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", _ascii(text))[:_MAX_REFERENCE_LENGTH] or _FALLBACK_REFERENCE


def _description(text: str) -> str:
    plain = " ".join(_NOT_PLAIN.sub(" ", _ascii(text)).split())
    return plain[:_MAX_DESCRIPTION_LENGTH].strip() or _FALLBACK_REFERENCE


def _ascii(text: str) -> str:
    """Return the text with its accents taken off, so that "Café" stays readable."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
