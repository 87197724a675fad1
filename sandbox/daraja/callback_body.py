"""What a payment's callback says, as Safaricom writes it (docs/daraja.md, "STK callback")."""

import json
from typing import Any

from sandbox.clock import EAT
from sandbox.mpesa.prompts import Order, Prompt, Verdict

_AMOUNT = "@amount@"


def callback_body(prompt: Prompt) -> str:
    """Return the JSON text posted to the merchant once the prompt has been answered.

    Raises:
        ValueError: The prompt is still open.
    """
    if prompt.verdict is None:
        raise ValueError("An open prompt has no callback.")
    said: dict[str, Any] = {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": prompt.verdict.code,
        "ResultDesc": prompt.verdict.description,
    }
    if prompt.verdict.receipt is not None:
        said["CallbackMetadata"] = {"Item": _items(prompt.order, prompt.verdict)}
    text = json.dumps({"Body": {"stkCallback": said}})
    # Safaricom's amounts have two decimals, 1500.00, which no Python number prints as JSON.
    return text.replace(f'"{_AMOUNT}"', f"{prompt.order.amount_kes}.00")


def _items(order: Order, verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"Name": "Amount", "Value": _AMOUNT},
        {"Name": "MpesaReceiptNumber", "Value": verdict.receipt},
        {"Name": "Balance"},  # As captured in the field: the name, and no Value.
        {"Name": "TransactionDate", "Value": int(f"{verdict.at.astimezone(EAT):%Y%m%d%H%M%S}")},
        {"Name": "PhoneNumber", "Value": int(order.phone_number)},
    ]


def untrue_report(
    prompt: Prompt,
    *,
    code: int = 0,
    text: str = "The service request is processed successfully.",
    amount_kes: int = 0,
    receipt: str = "",
) -> str:
    """Return a callback that M-Pesa did not write, or wrote too early."""
    items = [
        {"Name": "Amount", "Value": amount_kes},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "PhoneNumber", "Value": int(prompt.order.phone_number)},
    ]
    said = {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": code,
        "ResultDesc": text,
        **({"CallbackMetadata": {"Item": items}} if code == 0 else {}),
    }
    return json.dumps({"Body": {"stkCallback": said}})


def with_odd_code(body: str, code: str) -> str:
    """Return a callback's body with another result code."""
    said = json.loads(body)
    said["Body"]["stkCallback"]["ResultCode"] = code
    return json.dumps(said)
