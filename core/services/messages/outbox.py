"""The outbox: lease, send, mark. Telegram may show a notice twice after a crash, never none."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from tortoise.expressions import Q, Subquery
from tortoise.functions import Min

from core.database import transaction
from core.models import Client, Notification, NotificationState, User
from core.ports import Delivery, Failure, Messenger, Notice
from core.services.context import Context
from core.services.notices import Notices

# Telegram's limits: 30 messages a second to all, one a second to each chat
# (docs/architecture.md, "Notices"). The caller runs one round a second.
ROUND = 25
_LEASE = timedelta(minutes=2)
_MOST_ATTEMPTS = 100
_log = structlog.get_logger()


class OutboxService:
    """Deliver what is queued."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def deliver_notifications(self, messenger: Messenger) -> int:
        """Send one round: at most 25 notices, one a chat, oldest first; return how many."""
        leased = await self._lease()
        await asyncio.gather(*(self._deliver(messenger, row) for row in leased))
        return len(leased)

    async def _deliver(self, messenger: Messenger, row: Notification) -> None:
        delivery = await messenger.deliver(_notice(row))
        await self._mark(row, delivery)

    async def release_notices(self) -> None:
        """Let go of what an earlier process was sending when it died; the new one calls it first.

        Else they, and all younger ones of their chats, would wait until the lease is over.
        """
        await Notification.filter(
            state=NotificationState.QUEUED, leased_until__not_isnull=True
        ).update(leased_until=None)

    async def has_waiting(self) -> bool:
        """Tell whether anything could be sent now."""
        return bool(await self._due(limit=1))

    async def _due(self, *, limit: int) -> list[Notification]:
        """Return each chat's oldest notice, if it may go out now.

        One that is being sent, or was put off, holds up the younger ones of its chat, so that
        they come in order; nobody else waits for it.
        """
        now = self._context.now()
        heads = (
            Notification.filter(state=NotificationState.QUEUED)
            .annotate(head=Min("id"))
            .group_by("chat_id")
            .values("head")
        )
        return (
            await Notification.filter(
                Q(leased_until=None) | Q(leased_until__lte=now),
                id__in=Subquery(heads),
                state=NotificationState.QUEUED,
                not_before__lte=now,
            )
            .order_by("id")
            .limit(limit)
            .select_for_update(skip_locked=True)
        )

    async def _lease(self) -> list[Notification]:
        async with transaction():
            leased = await self._due(limit=ROUND)
            await self._hold(leased)
        return leased

    async def _hold(self, leased: Sequence[Notification]) -> None:
        if not leased:
            return
        until = self._context.now() + _LEASE
        for row in leased:
            row.attempts += 1
            row.leased_until = until
        await Notification.bulk_update(leased, fields=["attempts", "leased_until"])

    async def _mark(self, row: Notification, delivery: Delivery) -> None:
        row.leased_until = None
        row.detail = delivery.detail[:300] or None
        match delivery.failure:
            case None:
                row.state, row.sent_at = NotificationState.SENT, self._context.now()
                row.message_id = delivery.message_id
            case Failure.BLOCKED:
                row.state = NotificationState.UNREACHABLE
                await self.mark_unreachable(row.chat_id)
            case Failure.BROKEN:
                row.state = NotificationState.FAILED
                _log.error("notice_refused", notification_id=row.id, detail=row.detail)
            case Failure.LATER:
                self._put_off(row, delivery)
        await row.save(
            update_fields=[
                "leased_until",
                "detail",
                "state",
                "sent_at",
                "message_id",
                "not_before",
            ]
        )

    def _put_off(self, row: Notification, delivery: Delivery) -> None:
        wait = delivery.retry_after or timedelta(seconds=min(2**row.attempts, 300))
        row.not_before = self._context.now() + wait
        if row.attempts >= _MOST_ATTEMPTS:
            row.state = NotificationState.FAILED
            _log.error("notice_given_up", notification_id=row.id, detail=row.detail)

    async def mark_unreachable(self, chat_id: int) -> None:
        """Note that Telegram refuses our messages to this chat, and tell his owners once.

        His prompts go on: they come by phone.
        """
        now = self._context.now()
        async with transaction():
            await User.filter(telegram_id=chat_id, blocked_at=None).update(blocked_at=now)
            lost = await Client.filter(telegram_id=chat_id, blocked_at=None).select_related(
                "owner"
            )
            await Client.filter(id__in=[client.id for client in lost]).update(blocked_at=now)
            for client in lost:
                params = {"client_id": client.id, "client_name": client.name}
                key = f"unreachable:{client.id}:{now.timestamp()}"
                await self._notices.owner(client.owner, "client_unreachable", params, key=key)

    async def mark_reachable(self, chat_id: int) -> None:
        """Forget that: he has let us in again."""
        await User.filter(telegram_id=chat_id).update(blocked_at=None)
        await Client.filter(telegram_id=chat_id).update(blocked_at=None)


def _notice(row: Notification) -> Notice:
    return Notice(
        notification_id=row.id,
        chat_id=row.chat_id,
        language=row.language,
        template=row.template,
        params=row.params,
        edit_message_id=row.edit_message_id,
        is_silent=bool(row.is_silent),
    )
