"""Pushes updates to the bot's webhook, in order and until it takes them."""

import logging
from typing import Any, Final

import aiohttp

from sandbox.telegram.errors import Json
from sandbox.telegram.model import Telegram
from sandbox.telegram.waiting import wait_until

_log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
_ANSWER_WITHIN_S: Final = 60
_LONGEST_PAUSE_S: Final = 60.0
_FOR_EVER_S: Final = 10.0**9
_SUCCESS: Final = range(200, 300)


async def push_updates(telegram: Telegram, *, first_pause_s: float = 1.0) -> None:
    """Push for as long as it is not cancelled; without a webhook it waits for one.

    A failed push is tried again after `first_pause_s`, then twice as long each time up to a
    minute. A new webhook is served at once.
    """
    timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        pause_s = first_pause_s
        while True:
            await wait_until(telegram, lambda: _has_work(telegram), timeout_s=_FOR_EVER_S)
            if await _push_next(telegram, session):
                pause_s = first_pause_s
                continue
            await _pause(telegram, pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _has_work(telegram: Telegram) -> bool:
    return bool(telegram.updates.webhook.url) and telegram.updates.waiting > 0


async def _pause(telegram: Telegram, pause_s: float) -> None:
    failed = telegram.updates.webhook
    await wait_until(telegram, lambda: telegram.updates.webhook is not failed, timeout_s=pause_s)


async def _push_next(telegram: Telegram, session: aiohttp.ClientSession) -> bool:
    update = telegram.updates.first()
    error = await _push(telegram, session, update)
    if error is None:
        telegram.updates.done(update)
    else:
        hook = telegram.updates.webhook
        hook.last_error_at_s, hook.last_error = telegram.now_s(), error
        _log.info("webhook_refused update_id=%s reason=%s", update["update_id"], error)
    telegram.touched()
    return error is None


async def _push(telegram: Telegram, session: aiohttp.ClientSession, update: Json) -> str | None:
    """Return None if the bot took the update, else why not, in Telegram's words."""
    hook = telegram.updates.webhook
    headers = {SECRET_HEADER: hook.secret_token} if hook.secret_token else {}
    options: dict[str, Any] = {"json": update, "headers": headers, "allow_redirects": False}
    try:
        async with session.post(hook.url, **options) as answer:
            if answer.status in _SUCCESS:
                return None
            return f"Wrong response from the webhook: {answer.status} {answer.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except aiohttp.ClientConnectorError:
        return "Connection refused"
    except aiohttp.ClientError:
        return "Connection closed"
