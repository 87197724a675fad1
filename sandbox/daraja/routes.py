"""Daraja over HTTP: the token, the STK push and its query."""

import asyncio
import base64
import binascii
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.daraja.apps import DarajaApp
from sandbox.daraja.courier import Courier
from sandbox.daraja.fields import parse_push, parse_query
from sandbox.daraja.refusals import (
    DarajaRefusal,
    gateway_down,
    invalid_authentication,
    invalid_field,
    invalid_grant_type,
    invalid_payload,
    invalid_push_token,
    invalid_query_token,
    method_not_allowed,
    not_found,
    quota_violation,
    refused_by_mpesa,
    spike_arrest,
    system_busy,
)
from sandbox.daraja.tokens import AccessTokens
from sandbox.exchange_log import NOTE
from sandbox.mpesa.faults import ON_A_CALL, ON_A_PUSH, Call, FaultKind
from sandbox.mpesa.network import Mpesa, PhoneBusy
from sandbox.mpesa.prompts import Answer, Prompt, Verdict

_GATEWAY_ANSWERS: dict[FaultKind, Callable[[], web.Response]] = {
    FaultKind.NOT_SENT: gateway_down,  # It reaches nobody.
    FaultKind.DARAJA_DOWN: gateway_down,
    FaultKind.SPIKE_ARREST: spike_arrest,
    FaultKind.DARAJA_BUSY: lambda: system_busy().response(),
    FaultKind.QUOTA: lambda: quota_violation().response(),
}
_UNTRUE = Verdict(
    code=1032,
    description="Request cancelled by user",
    at=datetime.min.replace(tzinfo=UTC),
)
"""What a query says that lies about a payment."""

Handler = Callable[[web.Request], Awaitable[web.Response]]

_LOCKED = (
    "Unable to lock subscriber, a transaction is already in process for the current subscriber"
)


class Daraja:
    """Safaricom's API in front of an `Mpesa`.

    Attributes:
        query_limit_per_minute: Queries each app may make; above, the gateway answers 429.
            Safaricom's own sandbox allows 5.
    """

    query_limit_per_minute: int | None = None

    def __init__(
        self,
        *,
        apps: tuple[DarajaApp, ...],
        mpesa: Mpesa,
        tokens: AccessTokens,
        courier: Courier,
        now: Callable[[], datetime],
    ) -> None:
        self._apps = {app.consumer_key: app for app in apps}
        self._mpesa = mpesa
        self._tokens = tokens
        self._courier = courier
        self._now = now
        self._queried_at: dict[str, deque[datetime]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the API; whatever else is under its paths is answered 404."""
        return [
            web.route("*", "/oauth/v1/generate", _enveloped(self._generate_token)),
            web.route("*", "/mpesa/stkpush/v1/processrequest", _enveloped(self._push)),
            web.route("*", "/mpesa/stkpushquery/v1/query", _enveloped(self._query)),
            web.route("*", "/{api:oauth|mpesa}/{path:.*}", _enveloped(_unknown)),
        ]

    async def _generate_token(self, request: web.Request) -> web.Response:
        if request.method != "GET":
            raise method_not_allowed()
        if refusal := self._gateway_fault(request, Call.TOKEN):
            return refusal
        app = self._app_of_basic(request.headers.get("Authorization", ""))
        if request.query.get("grant_type") != "client_credentials":
            raise invalid_grant_type()
        token = self._tokens.issue(app.consumer_key)
        # Text, though the portal's page shows a number: that is what the field captures hold.
        return web.json_response({"access_token": token, "expires_in": "3599"})

    async def _push(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            raise method_not_allowed()
        if refusal := self._gateway_fault(request, Call.PUSH):
            return refusal
        app = self._app_of_bearer(request, otherwise=invalid_push_token)
        body = await _json_object(request)
        order = parse_push(body, app=app, now=self._now())
        self._refuse_if_ordered()
        try:
            prompt = self._mpesa.push(order)
        except PhoneBusy:
            raise refused_by_mpesa(_LOCKED) from None
        await self._apply_push_faults(request, prompt)
        return web.json_response(_accepted(prompt))

    async def _query(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            raise method_not_allowed()
        if refusal := self._gateway_fault(request, Call.QUERY):
            return refusal
        app = self._app_of_bearer(request, otherwise=invalid_query_token)
        if self._is_over_limit(app):
            return spike_arrest()
        body = await _json_object(request)
        checkout_request_id = parse_query(body, app=app, now=self._now())
        prompt = self._mpesa.find_prompt(checkout_request_id)
        if prompt is None or prompt.order.shortcode != app.shortcode:
            raise refused_by_mpesa("Invalid CheckoutRequestID")
        if prompt.verdict is None or self._mpesa.faults.take(FaultKind.QUERY_FAILED):
            raise refused_by_mpesa("The transaction is being processed")
        if prompt.verdict.code == 0 and self._mpesa.faults.take(FaultKind.QUERY_LIE):
            return web.json_response(_ended(prompt, _UNTRUE))
        return web.json_response(_ended(prompt, prompt.verdict))

    def _gateway_fault(self, request: web.Request, call: Call) -> web.Response | None:
        fault = self._mpesa.faults.take(*ON_A_CALL, call=call)
        if fault is None:
            return None
        if fault.kind is FaultKind.TOKEN_KILLED:
            self._tokens.kill_all()
            return None
        if fault.kind is FaultKind.NOT_SENT:
            _cut(request, "the connection was cut, nothing was done")
        return _GATEWAY_ANSWERS[fault.kind]()

    def _refuse_if_ordered(self) -> None:
        fault = self._mpesa.faults.take(*ON_A_PUSH)
        if fault is None:
            return
        match fault.kind:
            case FaultKind.BAD_PHONE:
                raise invalid_field("PhoneNumber")
            case FaultKind.MERCHANT_UNKNOWN:
                raise refused_by_mpesa("Merchant does not exist")
            case _:
                raise refused_by_mpesa(_LOCKED)

    async def _apply_push_faults(self, request: web.Request, prompt: Prompt) -> None:
        faults = self._mpesa.faults
        self._courier.watch(prompt, an_older=self._mpesa.newest_receipt())
        if faults.take(FaultKind.CALLBACK_BEFORE_ANSWER):
            await self._answer_at_once(prompt)
        if late := faults.take(FaultKind.ANSWER_LATE):
            await asyncio.sleep(late.seconds)  # The machine's: it is the client's patience.
        if faults.take(FaultKind.ANSWER_LOST):
            _cut(request, "the prompt went out, the connection was cut")

    async def _answer_at_once(self, prompt: Prompt) -> None:
        if not prompt.is_shown:
            return
        self._mpesa.answer(prompt.order.phone_number, Answer.PAY)
        await self._courier.deliver_at_once(prompt)

    def _app_of_basic(self, header: str) -> DarajaApp:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            raise invalid_authentication()
        try:
            key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise invalid_authentication() from None
        app = self._apps.get(key)
        if app is None or not secrets.compare_digest(
            app.consumer_secret.encode(), secret.encode()
        ):
            raise invalid_authentication()
        return app

    def _app_of_bearer(
        self, request: web.Request, *, otherwise: Callable[[], DarajaRefusal]
    ) -> DarajaApp:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        consumer_key = self._tokens.find_consumer_key(token.strip())
        if scheme.lower() != "bearer" or consumer_key not in self._apps:
            raise otherwise()
        return self._apps[consumer_key]

    def _is_over_limit(self, app: DarajaApp) -> bool:
        if self.query_limit_per_minute is None:
            return False
        queried_at = self._queried_at.setdefault(app.consumer_key, deque())
        while queried_at and queried_at[0] <= self._now() - timedelta(minutes=1):
            queried_at.popleft()
        if len(queried_at) >= self.query_limit_per_minute:
            return True
        queried_at.append(self._now())
        return False


def _cut(request: web.Request, note: str) -> None:
    """Cut the connection before the answer."""
    request[NOTE] = note
    if request.transport is not None:
        request.transport.abort()


def _enveloped(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except DarajaRefusal as refusal:
            return refusal.response()

    return handle


async def _unknown(_request: web.Request) -> web.Response:
    raise not_found()


async def _json_object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        # Safaricom reads no field then, and complains of the first one it misses.
        raise invalid_field("BusinessShortCode")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise invalid_payload() from None
    if not isinstance(body, dict):
        raise invalid_payload()
    return body


def _accepted(prompt: Prompt) -> dict[str, str]:
    return {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def _ended(prompt: Prompt, verdict: Verdict) -> dict[str, str]:
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": str(verdict.code),
        "ResultDesc": verdict.description,
    }
