"""A merchant's program with the Daraja client `mpesakit`: a JSON order a line, an answer each."""

import json
import sys

from mpesakit.auth import TokenManager
from mpesakit.errors import MpesaApiException
from mpesakit.http_client import MpesaHttpClient
from mpesakit.mpesa_express.schemas import StkPushSimulateCallback
from mpesakit.services import StkPushService


def carry_out(order: dict) -> dict:
    if "read" in order:
        return read(order["read"])
    http = MpesaHttpClient()
    http.base_url = order["address"]
    tokens = TokenManager(
        consumer_key=order["key"], consumer_secret=order["secret"], http_client=http
    )
    service = StkPushService(http, tokens)
    keys = {"business_short_code": int(order["shortcode"]), "passkey": order["passkey"]}
    try:
        if "ask" in order:
            answer = service.query(checkout_request_id=order["ask"], **keys)
            return {"code": str(answer.ResultCode), "text": answer.ResultDesc}
        pushed = service.push(
            transaction_type="CustomerPayBillOnline",
            amount=200,
            party_a=order["phone"],
            party_b=order["shortcode"],
            phone_number=order["phone"],
            callback_url=order["callback"],
            account_reference="INV2",
            transaction_desc="Gold",
            **keys,
        )
    except MpesaApiException as refused:
        return {"error": refused.error.error_code, "text": refused.error.error_message}
    return {"id": pushed.CheckoutRequestID, "text": pushed.CustomerMessage}


def read(body: dict) -> dict:
    callback = StkPushSimulateCallback.model_validate(body)
    found = callback.Body.stkCallback
    return {
        "id": found.CheckoutRequestID,
        "code": found.ResultCode,
        "items": {item.Name: item.Value for item in found.CallbackMetadata.Item},
    }


for line in sys.stdin:
    sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
    sys.stdout.flush()
