"""The owner's day in one notice, at the hour that he has chosen."""

from datetime import timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count, Sum

from core.database import transaction
from core.models import Approval, Payment, Preferences, User
from core.services.context import Context
from core.services.notices import Notices
from core.services.office.dashboard import DashboardService
from core.services.preferences import PreferenceService

_A_DAY = timedelta(hours=24)


class DigestService:
    """Queue daily summaries."""

    def __init__(self, context: Context, notices: Notices, dashboard: DashboardService) -> None:
        self._context = context
        self._notices = notices
        self._dashboard = dashboard
        self._preferences = PreferenceService(context)

    async def queue_due_digests(self) -> int:
        """Queue today's summary of each business whose hour has come; return how many.

        At most one a day, however often and wherever this runs.
        """
        queued = 0
        for row in await Preferences.filter(self._is_due()).select_related("owner"):
            queued += await self._queue(row)
        return queued

    def _is_due(self) -> Q:
        has_had_none = Q(digest_on=None) | Q(digest_on__lt=self._context.today())
        return has_had_none & Q(
            digest_minute__lte=self._preferences.minute_now(), owner__approval=Approval.APPROVED
        )

    async def _queue(self, row: Preferences) -> int:
        today = self._context.today()
        params = await self._params(row.owner)
        async with transaction():
            # Conditional, so that of two processes one writes the notice.
            taken = await Preferences.filter(
                Q(digest_on=None) | Q(digest_on__lt=today), id=row.id
            ).update(digest_on=today)
            if taken:
                key = f"digest:{row.owner_id}:{today.isoformat()}"
                await self._notices.owner(row.owner, "digest", params, key=key)
        return taken

    async def _params(self, owner: User) -> dict[str, Any]:
        overview = await self._dashboard.overview(owner.id)
        count, total = await self._received(owner.id)
        return {
            "business": owner.display_name,
            "on": self._context.today().isoformat(),
            "received_count": count,
            "received_kes": total,
            "due_today": overview.due_today,
            "overdue_count": overview.overdue_count,
            "overdue_kes": overview.overdue_kes,
            "failed": overview.failed,
            "needs_you": overview.needs_you,
            "next_week_count": overview.next_week_count,
            "next_week_kes": overview.next_week_kes,
        }

    async def _received(self, owner_id: int) -> tuple[int, int]:
        """Return how many payments came in the last 24 hours, and how much they are together."""
        since = self._context.now() - _A_DAY
        found = (
            await Payment.filter(owner_id=owner_id, paid_at__gte=since)
            .annotate(number=Count("id"), total=Sum("amount_kes"))
            .values("number", "total")
        )
        row = found[0] if found else {"number": 0, "total": 0}
        return int(row["number"] or 0), int(row["total"] or 0)
