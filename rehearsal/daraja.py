"""Daraja as the engine meets it: HTTP answers over the sandbox's model of phones and prompts.

The engine's own gateway talks to it through `Session`, which has the one method of an
aiohttp.ClientSession that the gateway uses.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from core.cipher import sha256_hex
from rehearsal.baton import current
from rehearsal.courier import Courier
from rehearsal.people import Clients
from rehearsal.truth import Sent
from rehearsal.world import World
from sandbox.mpesa.faults import FaultKind
from sandbox.mpesa.network import Mpesa, PhoneBusy
from sandbox.mpesa.prompts import Order, Prompt

_TOKEN_LIFE_S = 3599
_TIMEOUT_S = 30.0
_HTML = "<html>503 Service Unavailable</html>"
Answer = tuple[int, Any]
OnPrompt = Callable[[Sent], Awaitable[None]]


class Daraja:
    """Tokens, pushes and queries."""

    def __init__(self, world: World, *, mpesa: Mpesa, courier: Courier, clients: Clients) -> None:
        self._world = world
        self._weather = world.weather
        self._mpesa = mpesa
        self._courier = courier
        self._clients = clients
        self._tokens: dict[str, tuple[str, float]] = {}
        self._serial = 0
        self._misconfigured_until_s = 0.0
        self.pushes = 0
        self.prompted: OnPrompt
        """Told of each prompt that reaches a phone."""

    async def serve(self, path: str, credentials: str, body: dict[str, Any]) -> Answer:
        """Answer one request."""
        if "oauth" in path:
            return self._token(credentials)
        if not self._knows(credentials):
            return _error(404, "404.001.03", "Invalid Access Token")
        if "query" in path:
            return self._query(body)
        return await self._push(body)

    def _token(self, credentials: str) -> Answer:
        if self._weather.strikes(FaultKind.DARAJA_DOWN):
            return 503, _HTML
        self._serial += 1
        token = f"token-{self._serial}"
        self._tokens[credentials] = (token, self._world.loop.time() + _TOKEN_LIFE_S)
        return 200, {"access_token": token, "expires_in": str(_TOKEN_LIFE_S)}

    def _knows(self, credentials: str) -> bool:
        if self._weather.strikes(FaultKind.TOKEN_KILLED):
            self._tokens.clear()
        given = credentials.removeprefix("Bearer ")
        now_s = self._world.loop.time()
        return any(given == token and now_s < ends_s for token, ends_s in self._tokens.values())

    async def _push(self, body: dict[str, Any]) -> Answer:
        self.pushes += 1
        token = body["CallBackURL"].rsplit("/", 1)[1]
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        sent = await self._prompt(body, token)
        if sent is None:
            return _error(500, "500.001.1001", "Unable to lock subscriber, a transaction is open")
        if self._weather.strikes(FaultKind.DARAJA_DOWN):
            return 503, _HTML
        return 200, _acceptance(sent.prompt)

    def _refusal(self) -> Answer | None:
        """Return a no to a push, of which there are many kinds."""
        if self._world.loop.time() < self._misconfigured_until_s and not self._weather.is_calm:
            return _error(500, "500.001.1001", "Merchant does not exist")
        answers: dict[FaultKind, Answer] = {
            FaultKind.DARAJA_DOWN: _error(500, "500.003.1001", "Internal Server Error"),
            FaultKind.DARAJA_BUSY: _error(500, "500.003.02", "System is busy"),
            FaultKind.SPIKE_ARREST: (429, _SPIKE),
            FaultKind.QUOTA: _error(500, "500.003.03", "Quota Violation"),
            FaultKind.PHONE_LOCKED: _error(500, "500.001.1001", "Unable to lock subscriber"),
            FaultKind.MERCHANT_UNKNOWN: _error(500, "500.001.1001", "Merchant does not exist"),
            FaultKind.BAD_PHONE: _error(400, "400.002.02", "Bad Request - Invalid PhoneNumber"),
        }
        for fault, answer in answers.items():
            if self._weather.strikes(fault):
                if fault is FaultKind.MERCHANT_UNKNOWN:
                    hours_s = self._weather.seconds(600, 6 * 3600)
                    self._misconfigured_until_s = self._world.loop.time() + hours_s
                return answer
        return None

    async def _prompt(self, body: dict[str, Any], token: str) -> Sent | None:
        """Show a prompt; None if the phone shows one already."""
        order = _order(body)
        await self._check_intent(order, token)
        for other in self._world.truth.open_on(order.phone_number):
            if not other.told_failed:
                detail = f"push for bill {await self._bill(token)} while {other} is open"
                self._world.fail("one live prompt a phone", detail)
        try:
            prompt = self._clients.take(self._mpesa, order)
        except PhoneBusy:
            return None
        sent = Sent(
            prompt=prompt,
            token=token,
            token_hash=sha256_hex(token),
            transaction_id=await self._bill(token),
        )
        self._world.truth.add(sent)
        self._courier.watch(sent)
        self._clients.react(self._mpesa, sent)
        self._world.note("daraja", f"prompt for bill {sent.transaction_id}")
        await self.prompted(sent)
        return sent

    async def _bill(self, token: str) -> int:
        rows = await self._world.observer.rows(
            f"SELECT transaction_id FROM stk_pushes WHERE token_hash = '{sha256_hex(token)}'"  # noqa: S608 - hex
        )
        return int(rows[0][0]) if rows else 0

    async def _check_intent(self, order: Order, token: str) -> None:
        """A push must be in the database before it is made, and no other may be out for it."""
        bill = await self._bill(token)
        if not bill:
            self._world.fail("the intent is stored before Daraja is called", str(order))
        for earlier in self._world.truth.of_bill(bill):
            if not earlier.told_failed:
                detail = f"bill {bill} prompted again, though nobody said what became of {earlier}"
                self._world.fail("an unknown push is never sent again", detail)

    def _query(self, body: dict[str, Any]) -> Answer:
        if self._weather.strikes(FaultKind.QUERY_FAILED):
            return self._weather.rng.choice(_QUERY_FAILURES)
        sent = self._world.truth.by_request_id.get(body["CheckoutRequestID"])
        if sent is None:
            return _error(500, "500.001.1001", "The transaction is not found")
        verdict = sent.prompt.verdict
        sent.queries += 1
        if verdict is None:
            return _error(500, "500.001.1001", "The transaction is being processed")
        is_lie = sent.is_paid and sent.queries == 1 and self._weather.strikes(FaultKind.QUERY_LIE)
        code, text = (1032, "Request cancelled by user") if is_lie else _result(verdict)
        sent.told_failed = sent.told_failed or code != 0
        return 200, {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": sent.prompt.merchant_request_id,
            "CheckoutRequestID": sent.prompt.checkout_request_id,
            "ResultCode": str(code),
            "ResultDesc": text,
        }


def _result(verdict: Any) -> tuple[int, str]:
    return verdict.code, verdict.description


_SPIKE = {
    "fault": {
        "faultstring": "Spike arrest violation. Allowed rate : 5ps",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
}


def _error(status: int, code: str, message: str) -> Answer:
    return status, {"requestId": "r-1", "errorCode": code, "errorMessage": message}


_QUERY_FAILURES: list[Answer] = [
    (503, _HTML),
    (429, _SPIKE),
    _error(500, "500.001.1001", "The transaction is being processed"),
    _error(500, "500.003.02", "System is busy"),
]


def _acceptance(prompt: Prompt) -> dict[str, str]:
    return {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def _order(body: dict[str, Any]) -> Order:
    return Order(
        shortcode=str(body["BusinessShortCode"]),
        till=None,
        business="Rehearsal",
        phone_number=str(body["PhoneNumber"]),
        amount_kes=int(body["Amount"]),
        account=str(body["AccountReference"]),
        description=str(body["TransactionDesc"]),
        callback_url=str(body["CallBackURL"]),
    )


class Session:
    """The network between the engine and Daraja."""

    def __init__(self, world: World, daraja: Daraja) -> None:
        self._world = world
        self._daraja = daraja

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        json: dict[str, Any] | None,
        **_options: object,
    ) -> "_Exchange":
        """Begin a request, as aiohttp does."""
        del method
        path = "/" + url.split("/", 3)[3]
        return _Exchange(self._world, self._daraja, (path, headers["Authorization"], json or {}))


class _Exchange:
    """One request and its answer; what is under way arrives, even if we die meanwhile."""

    def __init__(
        self, world: World, daraja: Daraja, request: tuple[str, str, dict[str, Any]]
    ) -> None:
        self._world = world
        self._daraja = daraja
        self._request = request

    async def __aenter__(self) -> "_Response":
        weather = self._world.weather
        path = self._request[0]
        await _step(f"call {path}")
        if weather.strikes(FaultKind.NOT_SENT):
            raise aiohttp.ConnectionTimeoutError
        is_lost = weather.strikes(FaultKind.ANSWER_LOST)
        served = self._world.begin(self._serve())
        status, body = await asyncio.shield(served)
        if is_lost:
            await asyncio.sleep(weather.rng.choice((0.5, _TIMEOUT_S)))
            raise aiohttp.ServerDisconnectedError
        late_s = weather.seconds(1, 25) if weather.strikes(FaultKind.ANSWER_LATE) else 0.0
        await asyncio.sleep(weather.seconds(0.02, 1.5) + late_s)
        await _step(f"answer {status}")
        return _Response(status, body)

    async def __aexit__(self, *_error: object) -> None:
        return None

    async def _serve(self) -> Answer:
        await asyncio.sleep(self._world.weather.seconds(0.02, 1.5))
        return await self._daraja.serve(*self._request)


async def _step(label: str) -> None:
    process = current.get()
    if process is not None:
        await process.turn(label)


class _Response:
    """What the gateway reads of an aiohttp.ClientResponse."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.content = self
        self._bytes = (body if isinstance(body, str) else json.dumps(body)).encode()

    async def readany(self) -> bytes:
        """Return the body in one piece."""
        return self._bytes

    def at_eof(self) -> bool:
        """Return True: that piece was all."""
        return True
