"""Whose turn it is: phones are prompted one prompt at a time, with rests, and not all day long."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from math import ceil

from core.billing.lifecycle import PushState
from core.billing.outcomes import Outcome
from core.billing.spacing import REST, SAME_AMOUNT_REST, wait_for
from core.database import connection
from core.errors import Conflict
from core.models import PushOrigin, StkPush, Transaction
from core.services.context import Context
from core.services.outgoing import Bill, Recent, recent_pushes
from core.services.prompts.open_prompts import open_prompt

MOST_A_DAY = 2
# Nothing of these was handed to Daraja, or Daraja said that it did nothing.
_NOT_SENT = frozenset({PushState.CREATED, PushState.REJECTED})


class Turns:
    """Pick the bills that may be prompted now, and put the others off."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def ready(self, due: Sequence[Bill]) -> list[Bill]:
        """Return the due bills whose phones are free, one a phone, the first in order first.

        The others get a later next_attempt_at. Belongs inside the claiming DB transaction.
        """
        if not due:
            return []
        recent = await self._recent({bill.phone_number for bill in due})
        ready: dict[str, Bill] = {}
        for bill in due:
            pushes = recent.get(bill.phone_number, [])
            wait = self._wait(bill, pushes)
            if bill.phone_number in ready:
                wait = SAME_AMOUNT_REST
            if wait is None:
                ready[bill.phone_number] = bill
            else:
                await self.put_off([bill.id], wait)
        return list(ready.values())

    async def _recent(self, phones: Collection[str]) -> dict[str, list[Recent]]:
        """Return today's pushes of these phones, and live ones of any age."""
        since = min(self._midnight(), self._context.now() - SAME_AMOUNT_REST)
        by_phone: dict[str, list[Recent]] = {}
        for push in await recent_pushes(connection(), phones, since=since):
            by_phone.setdefault(push.phone_number, []).append(push)
        return by_phone

    async def prompted_since(self, since: datetime, ours: Mapping[int, str]) -> set[str]:
        """Return which phones got other pushes than `ours`, which are the phones by push id."""
        # What is older than a rest was seen by whoever looked at `since`, whosever clock it was.
        others = StkPush.filter(
            phone_number__in=list(ours.values()), created_at__gt=since - REST
        ).exclude(id__in=list(ours))
        return {str(phone) for phone in await others.values_list("phone_number", flat=True)}

    def _wait(self, bill: Bill, pushes: Sequence[Recent]) -> timedelta | None:
        """Return how long the bill has to wait for its phone, None for not at all."""
        if not pushes:
            return None
        now = self._context.now()
        if any(push.is_live for push in pushes):
            return REST
        # An UNKNOWN one may have rung: nobody can say that it did not.
        sent = [push for push in pushes if push.state not in _NOT_SENT]
        if self._rung_today(sent) >= MOST_A_DAY:
            return self._midnight() + timedelta(days=1) - now
        return wait_for(bill.owed_kes, [push.rung for push in sent], now=now)

    async def check_person(self, phone_number: str, amount_kes: int) -> None:
        """Let a person's prompt keep the rests of its phone; hours and the day's two are his.

        Raises:
            PhoneHasOpenPrompt: Another prompt is live on this phone.
            Conflict: `too_soon`, with the `seconds` to wait.
        """
        pushes = (await self._recent([phone_number])).get(phone_number, [])
        if any(push.is_live for push in pushes):
            raise await open_prompt(self._context, phone_number)
        sent = [push for push in pushes if push.state not in _NOT_SENT]
        rung = [push.rung for push in sent]
        wait = wait_for(amount_kes, rung, now=self._context.now())
        if wait is not None:
            raise Conflict("too_soon", seconds=ceil(wait.total_seconds()))

    def _rung_today(self, sent: Sequence[Recent]) -> int:
        """Count today's automatic prompts; one that M-Pesa never showed is none."""
        midnight = self._midnight()
        return sum(
            push.origin is PushOrigin.AUTOMATIC
            and push.outcome != Outcome.BUSY
            and push.created_at >= midnight
            for push in sent
        )

    def _midnight(self) -> datetime:
        """Return when today began in the business zone."""
        start = datetime.combine(self._context.today(), time(), tzinfo=self._context.zone)
        return start.astimezone(UTC)

    async def put_off(self, transaction_ids: Sequence[int], wait: timedelta) -> None:
        """Let these bills be due again after the wait."""
        if transaction_ids:
            await Transaction.filter(id__in=list(transaction_ids)).update(
                next_attempt_at=self._context.now() + wait
            )
