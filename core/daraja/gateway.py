"""Safaricom behind the engine's payment port."""

import base64
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import aiohttp
import structlog

from core.clock import Clock
from core.daraja import callbacks
from core.daraja.answers import (
    NoToken,
    is_token_refused,
    read_push_answer,
    read_query_answer,
    read_token,
)
from core.daraja.bodies import push_body, query_body
from core.daraja.client import AnswerLost, DarajaClient, NotSent, Reply
from core.ports import (
    Accepted,
    AccessToken,
    Busy,
    BusyKind,
    CallbackReport,
    Merchant,
    NoAnswer,
    PromptAnswer,
    PromptRequest,
    QueryAnswer,
    QueryFailed,
    Refused,
    TokenStore,
    Verdict,
)

_log = structlog.get_logger()

_TOKEN_PATH = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 - an address
_PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
_QUERY_PATH = "/mpesa/stkpushquery/v1/query"


class _BodyAt(Protocol):
    def __call__(self, *, at: datetime) -> dict[str, Any]: ...


class DarajaGateway:
    """The real `core.ports.PaymentGateway`.

    A push is sent a second time in one case only: Daraja turned the first away because of its
    token, and has therefore not looked at it.
    """

    def __init__(
        self,
        *,
        base_url: str,
        session: aiohttp.ClientSession,
        tokens: TokenStore,
        clock: Clock,
        timeout_s: float = 30.0,
    ) -> None:
        self._client = DarajaClient(base_url=base_url, session=session, timeout_s=timeout_s)
        self._tokens = tokens
        self._clock = clock

    async def request_payment(self, request: PromptRequest) -> PromptAnswer:
        """Send one prompt; see `core.ports.PaymentGateway`."""
        answer, reply = await self._push(request)
        # What was taken is told by the caller, a group at a time: a line for each would cost a
        # tenth of all that a prompt costs.
        if not isinstance(answer, Accepted):
            _log.info(
                "push_answered", **_about(request.merchant), **_facts(answer), **_http(reply)
            )
        return answer

    async def log_in(self, merchant: Merchant) -> Refused | Busy | None:
        """Try the merchant's credentials; see `core.ports.PaymentGateway`.

        The token before is dead after that: whoever uses it is refused, and gets a new one.
        """
        try:
            await self.fetch_token(merchant)
        except NoToken as error:
            _log.info("log_in_refused", **_about(merchant), **_facts(error.answer))
            return error.answer
        return None

    async def query(self, merchant: Merchant, checkout_request_id: str) -> QueryAnswer:
        """Ask what became of a push; asking changes nothing, so it may be repeated."""
        answer, reply = await self._ask(merchant, checkout_request_id)
        _log.info("push_query_answered", **_about(merchant), **_facts(answer), **_http(reply))
        return answer

    def read_callback(self, body: bytes) -> CallbackReport | None:
        """Parse a callback's body; None for what is no STK callback at all."""
        return callbacks.read_callback(body)

    async def fetch_token(self, merchant: Merchant) -> AccessToken:
        """Get a new token from Daraja, which ends the one before it.

        Raises:
            NoToken: Daraja gave none; says whether the credentials are at fault.
        """
        requested_at = self._clock.now()
        try:
            reply = await self._client.get(_TOKEN_PATH, authorization=_basic(merchant))
        except (NotSent, AnswerLost) as error:
            detail = f"no token: {error}"
            raise NoToken(Busy(kind=BusyKind.NOT_SENT, code="", detail=detail)) from error
        _log.info("token_answered", **_about(merchant), **_http(reply))
        return read_token(reply, requested_at=requested_at)

    async def _push(self, request: PromptRequest) -> tuple[PromptAnswer, Reply | None]:
        try:
            reply = await self._post(request.merchant, _PUSH_PATH, partial(push_body, request))
        except NoToken as error:
            return error.answer, None
        except NotSent as error:
            return Busy(kind=BusyKind.NOT_SENT, code="", detail=str(error)), None
        except AnswerLost as error:
            return NoAnswer(detail=str(error)), None
        answer = read_push_answer(reply)
        if isinstance(answer, Refused) and is_token_refused(reply):
            answer = replace(answer, may_pass=True)
        return answer, reply

    async def _ask(
        self, merchant: Merchant, checkout_request_id: str
    ) -> tuple[QueryAnswer, Reply | None]:
        body_at = partial(query_body, merchant, checkout_request_id)
        try:
            reply = await self._post(merchant, _QUERY_PATH, body_at)
        except NoToken as error:
            throttled = error.answer.kind in {BusyKind.SPIKE_ARREST, BusyKind.QUOTA}
            return QueryFailed(detail=error.answer.detail, slow_down=throttled), None
        except (NotSent, AnswerLost) as error:
            return QueryFailed(detail=str(error)), None
        return read_query_answer(reply, checkout_request_id), reply

    async def _post(self, merchant: Merchant, path: str, body_at: _BodyAt) -> Reply:
        """Post the body, and once more with a new token if the first was refused.

        The body is signed with the time only when there is a token, which may take a while.

        Raises:
            NoToken, NotSent: Daraja has done nothing.
            AnswerLost: Nobody knows what Daraja has done.
        """
        token = await self._token(merchant, refused=None)
        body = body_at(at=self._clock.now())
        reply = await self._client.post(path, token=token, body=body)
        if not is_token_refused(reply):
            return reply
        _log.info("token_refused", **_about(merchant))
        token = await self._token(merchant, refused=token)
        return await self._client.post(path, token=token, body=body)

    async def _token(self, merchant: Merchant, *, refused: str | None) -> str:
        async def fetch() -> AccessToken:
            return await self.fetch_token(merchant)

        return await self._tokens.get(_credentials(merchant), refused=refused, fetch=fetch)


def _credentials(merchant: Merchant) -> str:
    return f"{merchant.consumer_key.strip()}:{merchant.consumer_secret.strip()}"


def _basic(merchant: Merchant) -> str:
    return f"Basic {base64.b64encode(_credentials(merchant).encode()).decode()}"


def _about(merchant: Merchant) -> dict[str, Any]:
    return {"account_id": merchant.account_id, "shortcode": merchant.shortcode}


def _http(reply: Reply | None) -> dict[str, Any]:
    """Return how the call went; nothing of one without an answer, which was logged as that."""
    if reply is None:
        return {}
    return {"http_status": reply.status, "duration_s": reply.duration_s}


def _facts(answer: PromptAnswer | QueryAnswer) -> dict[str, Any]:
    """Return what a log may know: no ids, which hold a phone's digits."""
    match answer:
        case Refused() | Busy():
            said = {"kind": answer.kind.value, "code": answer.code, "detail": answer.detail}
        case Verdict():
            said = {"verdict": answer.outcome.value, "code": answer.result_code}
        case NoAnswer() | QueryFailed():
            said = {"detail": answer.detail}
        case _:
            said = {}
    return {"outcome": type(answer).__name__, **said}
