"""How the installation is, for an admin's eyes: what waits, what ran, what went wrong lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.billing.lifecycle import PushState, TransactionStatus
from core.models import Notification, NotificationState, PromptStop, StkPush, Transaction
from core.services.admin.measures import MeasureService, Queues
from core.services.admin.pulse import PulseService
from core.services.context import Context
from core.services.prompts.stop import find_stop

_LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of the last hour's went wrong."""

    all: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The installation at one moment."""

    queues: Queues
    oldest_due_at: datetime | None
    """Since when the oldest prompt that may go out waits."""
    oldest_notice_at: datetime | None
    ran: Mapping[str, datetime]
    """When each job of the timetable last ran."""
    daraja: Rate
    """Of the pushes; bad are those that Daraja refused, and those whose answer was lost."""
    telegram: Rate
    """Of the notices; bad are those that Telegram refused, or put off."""
    stop: PromptStop | None


class HealthService:
    """Read only, for admins."""

    def __init__(self, context: Context, measures: MeasureService, pulse: PulseService) -> None:
        self._context = context
        self._measures = measures
        self._pulse = pulse

    async def look(self, *, admin_telegram_id: int) -> Health:
        """Return how things are now.

        Raises:
            NotAllowed: `admin_only`.
        """
        self._context.require_admin(admin_telegram_id)
        return Health(
            queues=await self._measures.queues(),
            oldest_due_at=await self._oldest_due_at(),
            oldest_notice_at=await self._oldest_notice_at(),
            ran=await self._pulse.last(),
            daraja=await self._daraja(),
            telegram=await self._telegram(),
            stop=await find_stop(),
        )

    async def _oldest_due_at(self) -> datetime | None:
        bill = (
            await Transaction.filter(
                status=TransactionStatus.PENDING, next_attempt_at__lte=self._context.now()
            )
            .order_by("next_attempt_at")
            .first()
        )
        return bill.next_attempt_at if bill else None

    async def _oldest_notice_at(self) -> datetime | None:
        notice = (
            await Notification.filter(
                state=NotificationState.QUEUED, not_before__lte=self._context.now()
            )
            .order_by("not_before")
            .first()
        )
        return notice.not_before if notice else None

    async def _daraja(self) -> Rate:
        pushes = StkPush.filter(created_at__gte=self._context.now() - _LATELY)
        bad = [PushState.REJECTED, PushState.UNKNOWN]
        return Rate(all=await pushes.count(), bad=await pushes.filter(state__in=bad).count())

    async def _telegram(self) -> Rate:
        notices = Notification.filter(created_at__gte=self._context.now() - _LATELY)
        tried = notices.filter(attempts__gt=0)
        sent_at_once = tried.filter(state=NotificationState.SENT, attempts=1)
        blocked = tried.filter(state=NotificationState.UNREACHABLE)
        count = await tried.count()
        return Rate(all=count, bad=count - await sent_at_once.count() - await blocked.count())
