"""Waiting for the local Telegram to change."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sandbox.telegram.model import Telegram

# A connection that the other side drops is no change of the model: look now and then.
_LOOK_EVERY_S: Final = 1.0


async def wait_until(
    telegram: Telegram, condition: Callable[[], bool], *, timeout_s: float
) -> bool:
    """Return as soon as `condition` holds, or False after `timeout_s` of the loop's time."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    with telegram.watched(event.set):
        while not condition():
            left_s = deadline - loop.time()
            if left_s <= 0:
                return False
            event.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, _LOOK_EVERY_S)):
                    await event.wait()
    return True
