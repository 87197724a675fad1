"""From Telegram to the handlers, by way of the database.

Telegram forgets an update as soon as the next poll asks for later ones, so each batch is
committed before that, and a webhook stores its update before it answers. Handling takes them
from the store alone: one path for both modes, in order for each person, and after `kill -9` the
next start goes on where this one stopped.
"""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

import structlog
from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.application import AT_ONCE
from bot.context import App
from bot.handlers import ALLOWED_UPDATES
from core.database import tell_failure
from core.engine import Engine
from core.models import InboundEvent

POLL_S = 25
"""How long Telegram holds a poll open when nothing happens."""

_FIRST_BACK_OFF_S = 1.0
_LONGEST_BACK_OFF_S = 60.0
# Another process may have stored an update (the web process in webhook mode): nobody tells us.
_LOOK_AGAIN_S = 1.0
_BREATH_S = 0.05
# Fewer free hands than this are not worth a commit of their own.
_WORTH_A_CLAIM = AT_ONCE // 4
# A poll without updates that ends sooner was not a long one.
_SHORT_POLL_S = 0.3
_log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class BackOff:
    """Wait longer after each failure in a row."""

    def __init__(self) -> None:
        self._next_s = _FIRST_BACK_OFF_S

    def reset(self) -> None:
        """Forget the failures: it works again."""
        self._next_s = _FIRST_BACK_OFF_S

    async def wait(self, *, at_least_s: float = 0.0) -> None:
        """Wait, and take twice as long the next time."""
        await asyncio.sleep(max(self._next_s, at_least_s))
        self._next_s = min(self._next_s * 2, _LONGEST_BACK_OFF_S)


class Intake:
    """Bring updates in, and hand each to the handlers once."""

    def __init__(self, application: App, engine: Engine) -> None:
        self._application = application
        self._engine = engine
        self._stirred = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._finished: list[int] = []
        self._whole: set[asyncio.Task[Any]] = set()

    # --- bringing in ----------------------------------------------------------------------------

    async def poll(self) -> NoReturn:
        """Ask Telegram for updates and store them, for ever."""
        offset: int | None = None
        back_off = BackOff()
        while True:
            begun_s = asyncio.get_running_loop().time()
            try:
                updates = await self._application.bot.get_updates(
                    offset=offset, timeout=POLL_S, allowed_updates=ALLOWED_UPDATES
                )
                await self._wholly(self._store(updates))
            except TelegramError as error:
                await back_off.wait(at_least_s=complain(error))
            except Exception as error:  # noqa: BLE001 - nothing is acknowledged, and nothing lost
                tell_failure(_log, "updates_not_stored", error)
                await back_off.wait()
            else:
                back_off.reset()
                offset = updates[-1].update_id + 1 if updates else offset
                await _rest_after(updates, begun_s)

    async def _store(self, updates: Sequence[Update]) -> None:
        """Store a batch; what is stored together shares a commit."""
        receive = self._engine.updates.receive
        await asyncio.gather(
            *(
                receive(
                    update.update_id,
                    update.effective_user.id if update.effective_user else None,
                    update.to_json().encode(),
                )
                for update in updates
            )
        )
        self._stirred.set()

    # --- working off ----------------------------------------------------------------------------

    async def work(self) -> NoReturn:
        """Handle what is stored, for ever."""
        back_off = BackOff()
        while True:
            self._stirred.clear()
            try:
                events = await self._claim()
            except Exception as error:  # noqa: BLE001 - the loop outlives a database at rest
                tell_failure(_log, "updates_not_claimed", error)
                await back_off.wait()
                continue
            back_off.reset()
            for event in events:
                self._begin(event)
            if not events:
                await self._wait()

    async def _claim(self) -> list[InboundEvent]:
        """Take what may be handled now, and mark what is handled, in one commit.

        Where many are in hand, both are done for several at once.
        """
        free = AT_ONCE - len(self._in_hand)
        if free < _WORTH_A_CLAIM:
            return []
        finished = list(self._finished)
        claimed = await self._wholly(self._engine.updates.claim(free, finished=finished))
        del self._finished[: len(finished)]
        return claimed

    def _begin(self, event: InboundEvent) -> None:
        task = asyncio.create_task(self._handle(event))
        self._in_hand.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._stirred.set()  # The same person's next update may be claimed now.
        if not task.cancelled() and (error := task.exception()) is not None:
            tell_failure(_log, "update_not_finished", error)

    async def _handle(self, event: InboundEvent) -> None:
        """Run the handlers; whoever is cancelled in between leaves it to the next start."""
        update = self._read(event)
        if update is not None:
            await self._application.update_processor.process_update(
                update, self._application.process_update(update)
            )
        self._finished.append(event.id)  # Marked by the claim that follows at once.

    def _read(self, event: InboundEvent) -> Update | None:
        try:
            return Update.de_json(json.loads(bytes(event.body)), self._application.bot)
        except Exception:  # noqa: BLE001 - what is wrong with it is still wrong the next time
            _log.exception("update_unreadable", event_id=event.id)
            return None

    async def listen(self) -> NoReturn:
        """Notice at once what the server of this very process stores (webhook mode)."""
        while True:
            await self._engine.inbox_stirred.wait()
            self._stirred.set()
            # Whoever settles callbacks clears it, perhaps before what came in meanwhile was seen:
            # hence the second look.
            await asyncio.sleep(_BREATH_S)
            self._stirred.set()

    async def _wait(self) -> None:
        """Wait until something may be waiting, here or in another process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._stirred.wait()

    async def _wholly(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do it to its end even if we are cancelled: a torn DB transaction keeps its locks."""
        task = asyncio.create_task(work)
        self._whole.add(task)
        task.add_done_callback(self._whole.discard)
        return await asyncio.shield(task)

    async def settle(self, *, within_s: float) -> None:
        """Let what is in hand come to its end; what does not is handled by the next start."""
        waiting = self._in_hand | self._whole
        if waiting:
            _done, late = await asyncio.wait(waiting, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._engine.updates.finish(self._finished)
        except Exception as error:  # noqa: BLE001 - the next start handles them again
            tell_failure(_log, "updates_not_marked", error)


async def _rest_after(updates: Sequence[Update], begun_s: float) -> None:
    """Spare a server that does not hold polls open."""
    quick = asyncio.get_running_loop().time() - begun_s < _SHORT_POLL_S
    if quick and not updates:
        await asyncio.sleep(_SHORT_POLL_S)


def complain(error: TelegramError) -> float:
    """Log what Telegram refuses; return how many seconds Telegram asks to wait at least."""
    match error:
        case Conflict():
            _log.error("another copy of this bot is running", detail=error.message)
        case InvalidToken():
            _log.error("telegram_refuses_the_token")
        case RetryAfter():
            _log.warning("telegram_asks_to_wait")
            wait = error.retry_after
            return float(wait) if isinstance(wait, int) else wait.total_seconds()
        case NetworkError():
            _log.warning("telegram_unreachable", reason=type(error).__name__)
        case _:
            _log.error("polling_failed", reason=type(error).__name__)
    return 0.0
