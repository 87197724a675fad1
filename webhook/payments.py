"""`/api/payments/stk-push`: one prompt to one phone, outside any plan."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from core.engine import Engine
from core.models import User
from core.services.messages.idempotency import Answer, Begun, KeyedRequest
from core.services.prompts.push_status import PushStatus, Stage
from webhook import sentences
from webhook.answers import answer, respond
from webhook.background import finish_anyway
from webhook.bodies import ChargeBody
from webhook.errors import envelope
from webhook.idempotency import keyed
from webhook.keys import ENGINE
from webhook.reading import parse_object, read_bytes

_LOOK_AGAIN_S = 0.1


async def stk_push(request: web.Request, owner: User) -> web.Response:
    """Send a prompt and wait for Safaricom's answer, up to about 30 s.

    Whatever becomes of the caller meanwhile, the answer is waited for and stored.
    """
    engine = request.app[ENGINE]
    body = await read_bytes(request)
    request_of_key = keyed(request, owner, body)
    if request_of_key is None:
        work = _charge(engine, owner, body, idempotency_id=None)
        return respond(await finish_anyway(request.app, work))
    while True:
        once = _charge_once(engine, owner, request_of_key)
        made = await finish_anyway(request.app, once)
        if made is not None:
            return respond(made)
        # A twin is at work, or died in the middle of it. This wait, which may last, is the only
        # thing that ends with its caller, and when the server is told to stop.
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _charge_once(engine: Engine, owner: User, request: KeyedRequest) -> Answer | None:
    begun = await engine.idempotency.begin(request)
    if begun is None or isinstance(begun, Answer):
        return begun
    if begun.transaction_id is not None:
        made = answer_of(await engine.prompts.state_of(begun.transaction_id))
    else:
        made = await _charge_or_abandon(engine, owner, request, begun)
    await engine.idempotency.finish(begun.id, made)
    return made


async def _charge_or_abandon(
    engine: Engine, owner: User, request: KeyedRequest, begun: Begun
) -> Answer:
    try:
        return await _charge(engine, owner, request.body, idempotency_id=begun.id)
    except Exception:
        # Frees the key unless the charge was written; then a repeat finds the charge.
        await engine.idempotency.abandon(begun.id)
        raise


async def _charge(
    engine: Engine, owner: User, body: bytes, *, idempotency_id: int | None
) -> Answer:
    wanted = ChargeBody.read(parse_object(body), ChargeBody.check)
    with ChargeBody.naming_fields():
        charge = await engine.prompts.charge(
            owner.id, wanted.draft(), idempotency_id=idempotency_id
        )
    return answer_of(charge.status)


def answer_of(push: PushStatus) -> Answer:
    """Return the answer to whoever asked for this prompt."""
    return _ANSWERS[push.stage](push)


def _pending(push: PushStatus) -> Answer:
    message = f"STK Push sent to {push.phone_number}. Please check your phone."
    return _taken(push, "PENDING", message)


def _unknown(push: PushStatus) -> Answer:
    message = (
        f"Safaricom has not answered, so we don't know yet whether {push.phone_number} was "
        f"prompted. Do not send it again: GET /api/transactions/{push.transaction_id} tells what "
        "became of it."
    )
    return _taken(push, "UNKNOWN", message)


def _paid(push: PushStatus) -> Answer:
    receipt = f" Receipt {push.receipt}." if push.receipt else ""
    return _taken(push, "SUCCESS", f"Paid by {push.phone_number}.{receipt}")


def _failed(push: PushStatus) -> Answer:
    why = sentences.failure(push.outcome) if push.outcome else "Nothing was paid."
    return _taken(push, "FAILED", f"Prompt sent to {push.phone_number}. {why}")


def _refused(push: PushStatus) -> Answer:
    code = push.refusal.code if push.refusal else "refused"
    error = envelope(code, sentences.push_refusal(push.refusal))
    return answer(422, {**error, "transactionId": push.transaction_id})


def _taken(push: PushStatus, status: str, message: str) -> Answer:
    content = {"transactionId": push.transaction_id, "status": status, "message": message}
    return answer(202, content)


_ANSWERS: dict[Stage, Callable[[PushStatus], Answer]] = {
    Stage.SENDING: _unknown,
    Stage.UNKNOWN: _unknown,
    Stage.ACCEPTED: _pending,
    Stage.PAID: _paid,
    Stage.FAILED: _failed,
    Stage.REFUSED: _refused,
}
