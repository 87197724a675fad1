"""The chat, as the engine sees it: notices go out, and every failure has a meaning."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from weakref import WeakValueDictionary

import structlog
from telegram import Bot, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.notices.templates import LIVE, PAY_STATUS, PUSH_STATUS, Message, render
from bot.words.texts import texts_for
from core.database import tell_failure
from core.engine import Engine
from core.errors import FluxPayError
from core.ports import Delivery, Failure, Notice

_SAME = "message is not modified"
_OUT_OF_REACH = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
)
_NO_SUCH_CHAT = ("chat not found", "user not found", "peer_id_invalid")
_BAD_MARKUP = "can't parse entities"

# What a parameter of the wrong kind, or a missing one, makes of a rendering.
_UNUSABLE = (AttributeError, LookupError, TypeError, ValueError)
_FIRST_BACK_OFF = timedelta(seconds=5)
_LONGEST_BACK_OFF = timedelta(minutes=5)
_TRIES_OF_A_WAITED_FOR_EDIT = 3
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_TAG = re.compile(r"<[^<>]+>")

_log = structlog.get_logger()


class ChatMessenger:
    """Render notices and hand them to Telegram, one at a time for each chat."""

    def __init__(
        self,
        bot: Bot,
        engine: Engine,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._engine = engine
        self._sleep = sleep
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._failures_in_a_row = 0

    def lock_for(self, chat_id: int) -> asyncio.Lock:
        """Return the lock under which this chat's status messages change.

        It lives as long as somebody holds it, so chats that fell silent take no memory.
        """
        return self._locks.setdefault(chat_id, asyncio.Lock())

    async def deliver(self, notice: Notice) -> Delivery:
        """Send or edit one message. Never raises but when it is cancelled."""
        lock = self.lock_for(notice.chat_id)
        async with lock:
            try:
                message = await self._message(notice)
            except (FluxPayError, *_UNUSABLE) as error:
                return self._broken(notice, error)
            except Exception as error:  # noqa: BLE001 - a database at rest must not lose a notice
                return self._failed(notice, error)
            return await self._hand_over(notice, message)

    async def show_push_status(
        self, chat_id: int, message_id: int, transaction_id: int, language: str
    ) -> Delivery:
        """Bring the owner's message that shows a prompt up to date, with the truth at this moment.

        Somebody waits for this one, so where Telegram asks for patience it is tried again here.
        Never raises but when it is cancelled.
        """
        notice = _live_notice(PUSH_STATUS, chat_id, message_id, transaction_id)
        return await self._show(replace(notice, language=language))

    async def show_pay_status(
        self, chat_id: int, message_id: int, transaction_id: int, language: str
    ) -> Delivery:
        """Do the same for the client who asked for the prompt himself."""
        notice = _live_notice(PAY_STATUS, chat_id, message_id, transaction_id)
        return await self._show(replace(notice, language=language))

    async def _show(self, notice: Notice) -> Delivery:
        for _ in range(_TRIES_OF_A_WAITED_FOR_EDIT - 1):
            delivery = await self.deliver(notice)
            if delivery.failure is not Failure.LATER or delivery.retry_after is None:
                return delivery
            await self._sleep(delivery.retry_after.total_seconds())
        return await self.deliver(notice)

    async def _message(self, notice: Notice) -> Message:
        texts = texts_for(notice.language, zone=self._engine.zone)
        demo = self._engine.settings.demo
        show = LIVE.get(notice.template)
        if show is None:
            return render(texts, notice, demo=demo)
        # Read only now, under the chat's lock: an older truth never overwrites a newer one.
        status = await self._engine.prompts.state_of(notice.params["transaction_id"])
        return show(texts, status, demo=demo)

    async def _hand_over(self, notice: Notice, message: Message) -> Delivery:
        try:
            message_id = await self._send_or_edit(notice, message)
        except TelegramError as error:
            return self._refused(notice, error)
        except Exception as error:  # noqa: BLE001 - a notice is tried again, whatever broke
            return self._failed(notice, error)
        self._failures_in_a_row = 0
        return Delivery(message_id=message_id)

    async def _send_or_edit(self, notice: Notice, message: Message) -> int:
        try:
            return await self._put(notice, message, parse_mode=ParseMode.HTML)
        except BadRequest as error:
            if _BAD_MARKUP not in error.message.lower():
                raise
            _log.error("markup_refused", template=notice.template, detail=error.message)
        bare = Message(_without_markup(message.text), message.keyboard)
        return await self._put(notice, bare, parse_mode=None)

    async def _put(self, notice: Notice, message: Message, *, parse_mode: str | None) -> int:
        edited = notice.edit_message_id
        if edited is not None and await self._edit(notice.chat_id, edited, message, parse_mode):
            return edited
        sent = await self._bot.send_message(
            notice.chat_id,
            message.text,
            parse_mode=parse_mode,
            reply_markup=message.keyboard,
            link_preview_options=_NO_PREVIEW,
            disable_notification=notice.is_silent or None,
        )
        return sent.message_id

    async def _edit(
        self, chat_id: int, message_id: int, message: Message, parse_mode: str | None
    ) -> bool:
        """Edit the message; False if it is out of reach, so that a new one must be sent."""
        try:
            await self._bot.edit_message_text(
                message.text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=parse_mode,
                reply_markup=message.keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            said = error.message.lower()
            if _SAME in said:
                return True
            if any(words in said for words in _OUT_OF_REACH):
                return False
            raise
        return True

    def _refused(self, notice: Notice, error: TelegramError) -> Delivery:
        """Tell what a refusal means. BadRequest comes first: PTB makes it a NetworkError."""
        match error:
            case Forbidden():
                return Delivery(failure=Failure.BLOCKED, detail=error.message)
            case RetryAfter():
                return _later(_delay_of(error), error.message)
            case BadRequest() if _is_no_such_chat(error):
                return Delivery(failure=Failure.BLOCKED, detail=error.message)
            case BadRequest():
                return self._broken(notice, error)
            case NetworkError():
                return _later(self._back_off(), error.message)
            case _:
                return self._failed(notice, error)

    def _broken(self, notice: Notice, error: Exception) -> Delivery:
        _log.error("notice_broken", template=notice.template, exc_info=error)
        return Delivery(failure=Failure.BROKEN, detail=f"{type(error).__name__}: {error}")

    def _failed(self, notice: Notice, error: Exception) -> Delivery:
        tell_failure(_log, "notice_failed", error, template=notice.template)
        return _later(self._back_off(), type(error).__name__)

    def _back_off(self) -> timedelta:
        """Return how long to wait: twice as long after each failure, until something goes out."""
        doublings = min(self._failures_in_a_row, 10)
        self._failures_in_a_row += 1
        return min(_FIRST_BACK_OFF * (1 << doublings), _LONGEST_BACK_OFF)


def _live_notice(template: str, chat_id: int, message_id: int, transaction_id: int) -> Notice:
    return Notice(
        notification_id=0,
        chat_id=chat_id,
        language="en",
        template=template,
        params={"transaction_id": transaction_id},
        edit_message_id=message_id,
    )


def _later(delay: timedelta, detail: str) -> Delivery:
    return Delivery(failure=Failure.LATER, retry_after=delay, detail=detail)


def _delay_of(error: RetryAfter) -> timedelta:
    delay = error.retry_after
    return delay if isinstance(delay, timedelta) else timedelta(seconds=delay)


def _is_no_such_chat(error: BadRequest) -> bool:
    said = error.message.lower()
    return any(words in said for words in _NO_SUCH_CHAT)


def _without_markup(text: str) -> str:
    """Return our HTML as the plain text that a reader would have seen."""
    return unescape(_TAG.sub("", text))
