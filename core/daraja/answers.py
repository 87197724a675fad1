"""Judge what Daraja's HTTP answers mean: to a push, to a query, to the request for a token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from core.billing.outcomes import Outcome
from core.daraja.client import Reply
from core.daraja.error_codes import TOKEN_REFUSED_CODES, meaning_of
from core.daraja.result_codes import outcome_of, says_processing
from core.daraja.wire import (
    MAX_ID_LENGTH,
    as_object,
    clean_description,
    clean_text,
    read_result_code,
    read_whole,
    without_private_parts,
)
from core.ports import (
    Accepted,
    AccessToken,
    Busy,
    BusyKind,
    NoAnswer,
    PromptAnswer,
    QueryAnswer,
    QueryFailed,
    RefusalKind,
    Refused,
    Verdict,
)

_MAX_CODE_LENGTH = 100
_RENEW_EARLY_S = 60
_USUAL_LIFE_S = 3599
_MAX_LIFE_S = 86_400
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")  # anything else could not stand in a header


class NoToken(Exception):
    """No token was to be had; `answer` is what that means for a push that waits for it."""

    def __init__(self, answer: Refused | Busy) -> None:
        super().__init__(answer.kind, answer.code, answer.detail)
        self.answer = answer


def is_token_refused(reply: Reply) -> bool:
    """Tell whether Daraja turned the call away at the door because of its token."""
    if _checkout_request_id(reply):
        return False
    return reply.status == HTTPStatus.UNAUTHORIZED or _error(reply).code in TOKEN_REFUSED_CODES


def read_push_answer(reply: Reply) -> PromptAnswer:
    """Return what the answer to a push means."""
    checkout_request_id = _checkout_request_id(reply)
    if checkout_request_id:
        return _acknowledged(reply, checkout_request_id)
    error = _error(reply)
    match meaning_of(reply.status, error.code, error.message):
        case RefusalKind() as kind:
            return Refused(kind=kind, code=error.shown_code, detail=error.detail)
        case BusyKind() as kind:
            return Busy(kind=kind, code=error.shown_code, detail=error.detail)
        case None:
            return NoAnswer(detail=f"{error.shown_code}: {error.detail}")


def read_query_answer(reply: Reply, checkout_request_id: str) -> QueryAnswer:
    """Return what the answer to a query about that push means."""
    if reply.status == HTTPStatus.OK and _is_zero(reply.body.get("ResponseCode")):
        return _read_verdict(reply, checkout_request_id)
    error = _error(reply)
    if says_processing(error.message):
        return Verdict(
            result_code=error.shown_code, result_desc=error.detail, outcome=Outcome.PENDING
        )
    meaning = meaning_of(reply.status, error.code, error.message)
    return QueryFailed(
        detail=f"{error.shown_code}: {error.detail}",
        slow_down=meaning in {BusyKind.SPIKE_ARREST, BusyKind.QUOTA},
    )


def read_token(reply: Reply, *, requested_at: datetime) -> AccessToken:
    """Return the token, to be renewed a minute before Daraja ends it.

    Raises:
        NoToken: The answer holds none. 4xx speaks of the credentials, all else will pass.
    """
    value = reply.body.get("access_token")
    if reply.status != HTTPStatus.OK or not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise NoToken(_judge_token_error(reply))
    # A number in Safaricom's text and a string in nearly all captured answers.
    life_s = read_whole(reply.body.get("expires_in")) or _USUAL_LIFE_S
    usable_s = max(0, min(life_s, _MAX_LIFE_S) - _RENEW_EARLY_S)
    return AccessToken(value=value, expires_at=requested_at + timedelta(seconds=usable_s))


def _judge_token_error(reply: Reply) -> Refused | Busy:
    """Tell bad credentials from a bad moment; in neither case was a push sent."""
    error = _error(reply)
    code, detail = error.shown_code, error.detail
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(kind=_throttle(error), code=code, detail=detail)
    if _is_client_error(reply.status) or (
        reply.status == HTTPStatus.OK and error.code.startswith("4")
    ):
        return Refused(kind=RefusalKind.MERCHANT, code=code, detail=detail)
    return Busy(kind=BusyKind.NOT_SENT, code=code, detail=f"no token: {detail}")


def _throttle(error: "_Error") -> BusyKind:
    meaning = meaning_of(HTTPStatus.TOO_MANY_REQUESTS, error.code, error.message)
    return meaning if isinstance(meaning, BusyKind) else BusyKind.SPIKE_ARREST


def _is_client_error(status: int) -> bool:
    return status != HTTPStatus.REQUEST_TIMEOUT and status // 100 == HTTPStatus.BAD_REQUEST // 100


def _acknowledged(reply: Reply, checkout_request_id: str) -> Accepted | NoAnswer:
    if reply.status != HTTPStatus.OK or not _is_zero(reply.body.get("ResponseCode")):
        # It has an id, so something may be on its way, whatever the code says.
        return NoAnswer(detail=f"HTTP {reply.status} with an id but without ResponseCode 0")
    return Accepted(
        merchant_request_id=clean_text(reply.body.get("MerchantRequestID"), MAX_ID_LENGTH),
        checkout_request_id=checkout_request_id,
    )


def _read_verdict(reply: Reply, checkout_request_id: str) -> QueryAnswer:
    echoed = _checkout_request_id(reply)
    if echoed and echoed != checkout_request_id:
        return QueryFailed(detail="the answer is about another push")
    raw = reply.body.get("ResultCode")
    desc = clean_description(reply.body.get("ResultDesc"))
    if raw is None or raw == "":
        return Verdict(result_code="", result_desc=desc, outcome=Outcome.PENDING)
    code = read_result_code(raw)
    if code is None:
        return QueryFailed(detail="unreadable ResultCode")
    return Verdict(result_code=code, result_desc=desc, outcome=outcome_of(code, desc))


def _checkout_request_id(reply: Reply) -> str:
    return clean_text(reply.body.get("CheckoutRequestID"), MAX_ID_LENGTH)


def _is_zero(value: object) -> bool:
    return read_result_code(value) == "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    """Daraja's or its gateway's complaint; code and message may be empty."""

    status: int
    code: str
    message: str

    @property
    def shown_code(self) -> str:
        return self.code or f"HTTP {self.status}"

    @property
    def detail(self) -> str:
        return without_private_parts(self.message) or "no readable message"


def _error(reply: Reply) -> _Error:
    """Return the error in Daraja's envelope, in Apigee's `fault`, or in a ResponseCode."""
    body = reply.body
    fault = as_object(body.get("fault"))
    return _Error(
        status=reply.status,
        code=_first_code(body, as_object(fault.get("detail"))),
        message=clean_description(body.get("errorMessage"))
        or clean_description(fault.get("faultstring"))
        or clean_description(body.get("ResponseDescription")),
    )


def _first_code(body: Mapping[str, object], fault_detail: Mapping[str, object]) -> str:
    return clean_text(body.get("errorCode"), _MAX_CODE_LENGTH) or clean_text(
        fault_detail.get("errorcode"), _MAX_CODE_LENGTH
    )
