"""An owner's own program, as it calls the HTTP API, and what Safaricom sends."""

import asyncio
import json

from aiohttp.test_utils import TestClient

PLAN = {"name": "Gym", "amountKes": 1500, "frequency": "monthly", "billingDay": 1}
CLIENT = {"name": "Jane", "phoneNumber": "0712345678", "email": "jane@example.com"}
CHARGE = {"phoneNumber": "0712345678", "amountKes": 10}


class Api:
    """An owner's program: his key, JSON out and in."""

    def __init__(self, http: TestClient, key: str) -> None:
        self.http = http
        self._auth = {"Authorization": f"Bearer {key}"}

    async def get(self, path: str, expected: int = 200, /, **query) -> dict:
        return await self._answer("GET", path, expected, params=query)

    async def post(self, path: str, content=None, status: int = 201, key=None) -> dict:
        return await self._answer("POST", path, status, json=content, headers=_idempotency(key))

    async def post_bytes(self, path: str, body, status: int, key=None) -> dict:
        return await self._answer("POST", path, status, data=body, headers=_idempotency(key))

    async def until(self, path: str, **wanted) -> dict:
        """Return what the path shows, once it shows what is wanted."""
        async with asyncio.timeout(20):
            while True:
                shown = await self.get(path)
                if all(shown[name] == value for name, value in wanted.items()):
                    return shown

    async def send(self, method: str, path: str, **options) -> tuple[int, str]:
        """Return the status and the body as text, whatever they are."""
        options["headers"] = {**options.get("headers", {}), **self._auth}
        async with self.http.request(method, path, **options) as response:
            return response.status, await response.text()

    async def _answer(self, method: str, path: str, status: int, **options) -> dict:
        options["headers"] = {**options.get("headers", {}), **self._auth}
        async with self.http.request(method, path, **options) as response:
            content = await response.json()
            assert response.status == status, content
            assert response.content_type == "application/json"
            if status >= 400:
                assert set(content["error"]) == {"code", "message", "fields"}
            return content

    async def plan(self, **changes) -> dict:
        return await self.post("/api/plans", {**PLAN, **changes})

    async def subscription(self, plan_id: int, **changes) -> dict:
        client = {**CLIENT, **changes.pop("client", {})}
        return await self.post(
            "/api/subscriptions", {"planId": plan_id, "client": client, **changes}
        )

    async def wrong_fields(self, path: str, content) -> dict[str, str]:
        return (await self.post(path, content, status=422))["error"]["fields"]


def _idempotency(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}


def paid(checkout_request_id="ws_CO_1", amount=10, receipt="TKN4XY12AB") -> bytes:
    items = [
        {"Name": "Amount", "Value": amount},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "TransactionDate", "Value": 20261123090030},
        {"Name": "PhoneNumber", "Value": 254712345678},
    ]
    return _callback(checkout_request_id, 0, {"Item": items})


def cancelled(checkout_request_id="ws_CO_1") -> bytes:
    return _callback(checkout_request_id, 1032, None)


def _callback(checkout_request_id, code, metadata) -> bytes:
    callback = {
        "MerchantRequestID": "m-1",
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": code,
        "ResultDesc": "as Safaricom says",
    }
    if metadata is not None:
        callback["CallbackMetadata"] = metadata
    return json.dumps({"Body": {"stkCallback": callback}}).encode()
