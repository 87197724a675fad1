"""Silence: what no callback settles is asked for, and in the end shown to a person."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from tortoise.queryset import QuerySet

from core.billing.lifecycle import PushState
from core.database import DatabaseUnavailable, transaction
from core.models import StkPush
from core.ports import QueryAnswer, QueryFailed
from core.services.context import Context
from core.services.prompts.accounts import AccountService
from core.services.prompts.answers import AnswerBook
from core.services.settlement.settlement import Door, Result, SettlementService

_MINUTE = timedelta(minutes=1)
_SPACING = (30, 60, 120, 300, 900, 1800, 3600)
# Longer than a call to Daraja may take: a token, a push, a new token, and the push again.
_STALE_AFTER = timedelta(seconds=150)
_UNKNOWN_HOLDS_PHONE = timedelta(minutes=5)
_ENOUGH_QUERIES = 5
_log = structlog.get_logger()


class ReconciliationService:
    """Find out what became of pushes that nothing was heard of."""

    def __init__(
        self,
        context: Context,
        settlement: SettlementService,
        *,
        accounts: AccountService,
        answers: AnswerBook,
    ) -> None:
        self._context = context
        self._settlement = settlement
        self._accounts = accounts
        self._answers = answers

    async def reconcile(self) -> int:
        """Ask for what is due to be asked, tidy up what a crash left; return pushes asked for."""
        await self._tidy()
        asked = await self._claim()
        answers = await asyncio.gather(*(self._query(push) for push in asked))
        await self._record(asked, answers)
        await self._give_up()
        return len(asked)

    async def _tidy(self) -> None:
        stale = self._context.now() - _STALE_AFTER
        for push in await StkPush.filter(state=PushState.CREATED, created_at__lte=stale):
            async with transaction():
                await self._answers.release(push)
        for push in await StkPush.filter(state=PushState.SENDING, created_at__lte=stale):
            async with transaction():
                await self._answers.unknown(push, "interrupted while it was sent")
        await StkPush.filter(
            state=PushState.UNKNOWN,
            created_at__lte=self._context.now() - _UNKNOWN_HOLDS_PHONE,
            live_phone__not_isnull=True,
        ).update(live_phone=None)

    async def _claim(self) -> list[StkPush]:
        """Return the pushes to ask for now, as many as the shortcodes' limits allow."""
        now = self._context.now()
        async with transaction():
            allowed = [
                push
                for shortcode in await self._due().distinct().values_list("shortcode", flat=True)
                for push in await self._due_of(str(shortcode))
            ]
            for push in allowed:
                push.queries += 1
                push.queried_at = now
                push.next_query_at = now + _spacing(push)
                await push.save(update_fields=["queries", "queried_at", "next_query_at"])
        return allowed

    def _due(self) -> QuerySet[StkPush]:
        return StkPush.filter(
            next_query_at__lte=self._context.now(), checkout_request_id__not_isnull=True
        ).exclude(state=PushState.SUCCESS)

    async def _due_of(self, shortcode: str) -> list[StkPush]:
        """Return what may be asked for now: one shortcode's backlog holds up no other's."""
        # Five are what Safaricom's sandbox stands (docs/daraja.md, "Query").
        most = self._context.settings.queries_a_minute
        used = await StkPush.filter(
            shortcode=shortcode, queried_at__gt=self._context.now() - _MINUTE
        ).count()
        if used >= most:
            return []
        return (
            await self._due()
            .filter(shortcode=shortcode)
            .order_by("next_query_at", "id")
            .limit(most - used)
            .select_for_update(skip_locked=True)
        )

    async def _query(self, push: StkPush) -> QueryAnswer:
        merchant = await self._accounts.by_id(push.merchant_account_id)
        if merchant is None or push.checkout_request_id is None:
            return QueryFailed(detail="the merchant account is gone")
        return await self._context.gateway.query(merchant, push.checkout_request_id)

    async def _record(self, asked: Sequence[StkPush], answers: Sequence[QueryAnswer]) -> None:
        for push, answer in zip(asked, answers, strict=True):
            if isinstance(answer, QueryFailed):
                await self._stop_asking(push)
            else:
                await self._record_one(Result(push_id=push.id, door=Door.QUERY, verdict=answer))

    async def _stop_asking(self, push: StkPush) -> None:
        """Ask no more about a closed push after enough vain questions: it waits for nothing."""
        if push.queries >= _ENOUGH_QUERIES:
            await StkPush.filter(id=push.id, closed_at__not_isnull=True).update(next_query_at=None)

    async def _record_one(self, result: Result) -> None:
        """Settle one push; what breaks it is asked about again and harms no other."""
        try:
            await self._settlement.record([result])
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, its neighbours go on
            _log.exception("query_result_failed", push_id=result.push_id)

    async def _give_up(self) -> None:
        """Close what stayed unknown too long, once Daraja was asked often enough if it can be."""
        old = self._context.now() - self._context.settings.unknown_closes_after
        for push in await StkPush.filter(state=PushState.UNKNOWN, created_at__lte=old):
            await self._settlement.give_up(push)
        for push in await StkPush.filter(
            state=PushState.SENT, created_at__lte=old, queries__gte=_ENOUGH_QUERIES
        ):
            await self._settlement.give_up(push)


def _spacing(push: StkPush) -> timedelta:
    """Return the wait after the push's latest query, spread so that neighbours drift apart."""
    step = _SPACING[min(push.queries, len(_SPACING)) - 1]
    return timedelta(seconds=step + push.id % 10)
