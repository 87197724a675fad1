"""`/api/payments/callback`: what Safaricom tells us. Stored, acknowledged, and settled after."""

import structlog
from aiohttp import web

from core.database import tell_failure
from webhook.addresses import caller_of, is_within
from webhook.answers import answer, respond
from webhook.errors import Refusal, unavailable
from webhook.keys import ENGINE
from webhook.reading import read_bytes

_MAX_TOKEN_LENGTH = 128
_ACCEPTED = answer(200, {"ResultCode": 0, "ResultDesc": "Accepted"})
_log = structlog.get_logger(__name__)


async def receive_callback(request: web.Request) -> web.Response:
    """Store the body, whatever it is, and say no more than that it came.

    Anybody may call: whether the token means anything only shows when the callback is settled.
    """
    _check_network(request)
    token = request.match_info.get("token")
    if token is not None and len(token) > _MAX_TOKEN_LENGTH:
        raise Refusal(404, "not_found", "There is no such path.")
    body = await read_bytes(request)
    try:
        await request.app[ENGINE].inbox.receive_callback(body, token=token)
    except Exception as error:  # noqa: BLE001 - what is not stored must be sent again
        tell_failure(_log, "callback_not_stored", error)
        raise unavailable(error) from None
    return respond(_ACCEPTED)


def _check_network(request: web.Request) -> None:
    """Refuse callers from elsewhere before their body is read, if the operator has a list."""
    networks = request.app[ENGINE].settings.callback_networks
    if not networks:
        return
    caller = caller_of(request)
    if caller is None or not is_within(caller, networks):
        raise Refusal(403, "forbidden", "Callbacks are not taken from your network.")
