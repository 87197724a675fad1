"""What every use case is built from."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from core.billing.dunning import RetryPolicy
from core.cipher import Cipher
from core.clock import Clock, today
from core.errors import NotAllowed
from core.ports import PaymentGateway
from core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Context:
    """The engine's surroundings, made once by the wiring and never a global."""

    settings: Settings
    clock: Clock
    gateway: PaymentGateway
    cipher: Cipher
    mint: Callable[[], str]
    """Make a new unguessable token: lower-case hex, so that it can't spell a forbidden word."""
    inbox_stirred: asyncio.Event = field(default_factory=asyncio.Event)
    outbox_stirred: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which dates are dates."""
        return self.settings.timezone

    @property
    def policy(self) -> RetryPolicy:
        """How failures are retried."""
        return RetryPolicy(grace=self.settings.grace)

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """Return today's date in the business zone."""
        return today(self.clock, self.zone)

    def midnight(self, day: date | None = None) -> datetime:
        """Return when the day, or today, begins in the business zone, in UTC."""
        start = datetime.combine(day or self.today(), time(), tzinfo=self.zone)
        return start.astimezone(UTC)

    def is_admin(self, telegram_id: int) -> bool:
        """Tell whether the settings name this person as an admin."""
        return telegram_id in self.settings.admin_ids

    def require_admin(self, telegram_id: int) -> str:
        """Return the admin's name in the log.

        Raises:
            NotAllowed: `admin_only`.
        """
        if not self.is_admin(telegram_id):
            raise NotAllowed("admin_only")
        return f"admin:{telegram_id}"
