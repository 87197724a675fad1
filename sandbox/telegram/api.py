"""The Bot API over HTTP."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox.telegram.errors import Json, Refusal, bad_request
from sandbox.telegram.faults import Fault, take_fault
from sandbox.telegram.files import UPLOAD_LIMIT_BYTES, Upload
from sandbox.telegram.methods import METHODS
from sandbox.telegram.methods.connection import Described, remember_allowed
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.waiting import wait_until

_BODY_LIMIT_BYTES: Final = UPLOAD_LIMIT_BYTES + 1024 * 1024
_UPDATES_LIMIT: Final = 100
_GET_UPDATES: Final = "getupdates"
# Longer than any client waits.
_NEVER_ANSWERED_S: Final = 3600.0


def bot_api_routes(telegram: Telegram) -> list[web.RouteDef]:
    """Return the routes that a bot talks to; `telegram.close()` ends their waiting.

    A form or file larger than the application's `client_max_size` is taken, too, as long as no
    middleware has read the body before.
    """
    server = _BotApi(telegram)
    path = "/bot{token:[^/]+}/{method:.*}"
    return [
        web.get(path, server.call, allow_head=False),
        web.post(path, server.call),
        web.get("/file/bot{token:[^/]+}/{path:.+}", server.file),
    ]


class _BotApi:
    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def call(self, request: web.Request) -> web.Response:
        try:
            result = await self._perform(request)
        except Refusal as refusal:
            return web.json_response(refusal.to_json(), status=refusal.status)
        return web.json_response(_success(result))

    async def file(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request)
        except Refusal as refusal:
            return web.json_response(refusal.to_json(), status=refusal.status)
        stored = self._telegram.files.find_by_path(request.match_info["path"])
        if stored is None:
            return web.json_response(Refusal(404).to_json(), status=404)
        return web.Response(body=stored.body, content_type="application/octet-stream")

    async def _perform(self, request: web.Request) -> Any:
        self._check_token(request)
        name = request.match_info["method"].lower()
        if name != _GET_UPDATES and name not in METHODS:
            raise Refusal(404, "method not found")
        params = await _read_params(request)
        fault = self._take_fault(name, params)
        refusal = fault.refusal() if fault else None
        if refusal is not None:
            raise refusal
        if fault is not None and fault.kind == "slow":
            await self._let_wait(request, fault.seconds)
        result = await self._carry_out(request, name, params)
        if fault is not None and fault.kind == "timeout":
            await self._let_wait(request, _NEVER_ANSWERED_S)
        return result

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        number, colon, secret = token.partition(":")
        if not number.isdigit() or not colon or not secret:
            raise Refusal(404)
        if token != self._telegram.token:
            raise Refusal(401)

    async def _carry_out(self, request: web.Request, name: str, params: Params) -> Any:
        if name == _GET_UPDATES:
            return await self._get_updates(request, params)
        return METHODS[name](self._telegram, params)

    async def _get_updates(self, request: web.Request, params: Params) -> list[Json]:
        telegram, updates = self._telegram, self._telegram.updates
        if updates.webhook.url:
            raise Refusal(
                409,
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        remember_allowed(telegram, params)
        if updates.acknowledge(params.number("offset") or 0):
            telegram.touched()
        turn = telegram.begin_poll()
        await wait_until(
            telegram,
            lambda: bool(telegram.updates.waiting) or self._is_over(request, turn),
            timeout_s=max(params.number("timeout") or 0, 0),
        )
        self._check_turn(turn)
        if self._is_over(request, turn):
            return []
        limit = params.number("limit") or _UPDATES_LIMIT
        return telegram.updates.take(min(max(limit, 1), _UPDATES_LIMIT))

    def _is_over(self, request: web.Request, turn: int) -> bool:
        telegram = self._telegram
        is_replaced = telegram.poll_turn != turn or bool(telegram.updates.webhook.url)
        return is_replaced or telegram.is_closed or _is_gone(request)

    def _check_turn(self, turn: int) -> None:
        if self._telegram.updates.webhook.url:
            raise Refusal(409, "terminated by setWebhook request")
        if self._telegram.poll_turn != turn:
            raise Refusal(
                409,
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )

    def _take_fault(self, name: str, params: Params) -> Fault | None:
        telegram = self._telegram
        fault = take_fault(telegram.faults, name, has_chat=params.has("chat_id"))
        if fault is not None:
            telegram.touched()  # Whoever watches sees that it is used up.
        return fault

    async def _let_wait(self, request: web.Request, seconds: float) -> None:
        await wait_until(
            self._telegram,
            lambda: self._telegram.is_closed or _is_gone(request),
            timeout_s=seconds,
        )


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _success(result: Any) -> Json:
    if isinstance(result, Described):
        return {"ok": True, "result": result.result, "description": result.description}
    return {"ok": True, "result": result}


async def _read_params(request: web.Request) -> Params:
    """Return the parameters of query and body; the body may be a form, files, JSON or nothing.

    Raises:
        Refusal: More than a bot may upload (413), or no JSON object where one was announced.
    """
    try:
        roomy = request.clone(client_max_size=_BODY_LIMIT_BYTES)
    except RuntimeError:  # A middleware has read the body already.
        roomy = request
    try:
        if request.content_type == "application/json":
            return Params(dict(request.query) | await _read_json(roomy))
        return _from_form(request.query, await roomy.post())
    except web.HTTPRequestEntityTooLarge as error:
        raise Refusal(413) from error


async def _read_json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError as error:
        raise bad_request("can't parse JSON body") from error
    if not isinstance(body, dict):
        raise bad_request("expected an Object as the JSON body")
    return body


def _from_form(query: Mapping[str, str], form: Mapping[str, Any]) -> Params:
    values: dict[str, Any] = dict(query)
    uploads: dict[str, Upload] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            with value.file as opened:
                uploads[name] = Upload(value.filename, opened.read(), value.content_type)
        else:
            values[name] = value
    return Params(values, uploads)
