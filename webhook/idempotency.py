"""`Idempotency-Key`: the same request sent twice is carried out once and answered alike."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from core.models import User
from core.services.messages.idempotency import Answer, KeyedRequest
from webhook.answers import respond
from webhook.errors import Refusal
from webhook.keys import ENGINE

HEADER = "Idempotency-Key"
_MAX_LENGTH = 255


def keyed(request: web.Request, owner: User, body: bytes) -> KeyedRequest | None:
    """Return the request by its caller's key; None if he sent none.

    Raises:
        Refusal: The key is not 1 to 255 printable ASCII characters, or there are two.
    """
    sent = request.headers.getall(HEADER, [])
    if not sent:
        return None
    key = sent[0]
    is_printable = key.isascii() and key.isprintable()
    if len(sent) > 1 or not is_printable or not 1 <= len(key) <= _MAX_LENGTH:
        raise Refusal(
            400,
            "bad_idempotency_key",
            f"{HEADER} must be one header of 1 to {_MAX_LENGTH} printable ASCII characters.",
        )
    return KeyedRequest(
        owner_id=owner.id, scope=f"{request.method} {request.path}", key=key, body=body
    )


async def respond_once(
    request: web.Request, owner: User, body: bytes, make: Callable[[], Awaitable[Answer]]
) -> web.Response:
    """Respond with what `make` answers, or with the first answer to the same key.

    `make` must do local work alone: with a key it runs inside a DB transaction. An error that it
    raises is not kept.
    """
    request_of_key = keyed(request, owner, body)
    if request_of_key is None:
        return respond(await make())
    return respond(await request.app[ENGINE].idempotency.once(request_of_key, make))
