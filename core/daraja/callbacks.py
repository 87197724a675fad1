"""Read an STK callback, whatever shape it comes in.

Real ones have had items in any order and without a value, numbers as text and text as numbers, a
string for a code, and no metadata at all. Nothing here raises, and what can't be read is None: a
payment whose amount or receipt is unreadable is for the settlement to judge.
"""

import re
from collections.abc import Mapping

from core.daraja.result_codes import outcome_of
from core.daraja.wire import (
    MAX_ID_LENGTH,
    as_object,
    clean_description,
    clean_text,
    decode_json,
    read_result_code,
    read_timestamp,
    read_whole,
)
from core.ports import CallbackReport, Verdict

_MAX_AMOUNT_KES = 10**9
"""Far above M-Pesa's own limit, and within a database integer."""
_RECEIPT = re.compile(r"[A-Z0-9]{1,20}")
_MSISDN = re.compile(r"254[17][0-9]{8}")


def read_callback(body: bytes) -> CallbackReport | None:
    """Return what the callback says; None without a usable CheckoutRequestID and ResultCode."""
    callback = as_object(as_object(as_object(decode_json(body)).get("Body")).get("stkCallback"))
    checkout_request_id = clean_text(callback.get("CheckoutRequestID"), MAX_ID_LENGTH)
    verdict = _find_verdict(callback)
    if not checkout_request_id or verdict is None:
        return None
    items = _items_by_name(callback)
    return CallbackReport(
        merchant_request_id=clean_text(callback.get("MerchantRequestID"), MAX_ID_LENGTH) or None,
        checkout_request_id=checkout_request_id,
        verdict=verdict,
        amount_kes=_find_amount_kes(items),
        receipt=_find_receipt(items),
        phone_number=_find_phone_number(items),
        paid_at=read_timestamp(items.get("TransactionDate")),
    )


def _find_verdict(callback: Mapping[str, object]) -> Verdict | None:
    code = read_result_code(callback.get("ResultCode"))
    if code is None:
        return None
    desc = clean_description(callback.get("ResultDesc"))
    return Verdict(result_code=code, result_desc=desc, outcome=outcome_of(code, desc))


def _items_by_name(callback: Mapping[str, object]) -> dict[str, object]:
    """Return the metadata; of a name that comes twice, the first value."""
    listed = as_object(callback.get("CallbackMetadata")).get("Item")
    items: dict[str, object] = {}
    for entry in listed if isinstance(listed, list) else [listed]:
        item = as_object(entry)
        name = item.get("Name")
        if isinstance(name, str) and "Value" in item:
            items.setdefault(name.strip(), item["Value"])
    return items


def _find_amount_kes(items: Mapping[str, object]) -> int | None:
    amount_kes = read_whole(items.get("Amount"))
    if amount_kes is None or not 0 < amount_kes <= _MAX_AMOUNT_KES:
        return None
    return amount_kes


def _find_receipt(items: Mapping[str, object]) -> str | None:
    value = items.get("MpesaReceiptNumber")
    receipt = value.strip().upper() if isinstance(value, str) else ""
    return receipt if _RECEIPT.fullmatch(receipt) else None


def _find_phone_number(items: Mapping[str, object]) -> str | None:
    phone_number = str(read_whole(items.get("PhoneNumber")))
    return phone_number if _MSISDN.fullmatch(phone_number) else None
