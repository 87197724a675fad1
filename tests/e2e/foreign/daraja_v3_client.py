"""A merchant's program with the Daraja client `daraja-v3`: a JSON order a line, an answer each."""

import json
import sys

from mpesa import MpesaClient
from mpesa.exceptions import MpesaError


def carry_out(order: dict) -> dict:
    client = MpesaClient(
        order["key"],
        order["secret"],
        order["shortcode"],
        order["passkey"],
        base_url=order["address"],
    )
    try:
        if "ask" in order:
            answer = client.stk_query(order["ask"])
            return {"code": answer.result_code, "text": answer.result_desc}
        pushed = client.stk_push(order["phone"], 150, "INV1", callback_url=order["callback"])
    except MpesaError as error:
        return {"error": type(error).__name__, "text": str(error)}
    return {"id": pushed.checkout_request_id, "text": pushed.customer_message}


for line in sys.stdin:
    sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
    sys.stdout.flush()
