"""Sums over days and months, for charts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from core.billing.lifecycle import TransactionStatus
from core.billing.spans import Span, begin_of, last_days, last_months
from core.models import Payment, Transaction
from core.services.context import Context

DAYS = 14
MONTHS = 12
_MONTHS_OF_BILLS = 6


class Step(StrEnum):
    """How long each bar is."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyIn:
    """What came in within a span."""

    span: Span
    received_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """The bills that fell due within a span, and what has been paid on them so far."""

    span: Span
    due_kes: int
    paid_kes: int


class FigureService:
    """Read only. Each owner sees his own money alone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def money_in(self, owner_id: int, step: Step) -> list[MoneyIn]:
        """Return what came in on the last 14 days, or in the last 12 months, the oldest first."""
        today = self._context.today()
        spans = last_days(today, DAYS) if step is Step.DAY else last_months(today, MONTHS)
        return [
            MoneyIn(span=span, received_kes=await self._received(owner_id, span)) for span in spans
        ]

    async def _received(self, owner_id: int, span: Span) -> int:
        zone = self._context.zone
        payments = Payment.filter(
            owner_id=owner_id,
            paid_at__gte=begin_of(span.first, zone),
            paid_at__lt=begin_of(span.after, zone),
        )
        return await _sum(payments, "amount_kes")

    async def paid_against_due(self, owner_id: int) -> list[Billed]:
        """Return the bills of the last six months by the month in which they fell due."""
        spans = last_months(self._context.today(), _MONTHS_OF_BILLS)
        return [await self._billed(owner_id, span) for span in spans]

    async def _billed(self, owner_id: int, span: Span) -> Billed:
        bills = Transaction.filter(
            owner_id=owner_id, period_start__gte=span.first, period_start__lt=span.after
        ).exclude(status=TransactionStatus.VOID)
        return Billed(
            span=span,
            due_kes=await _sum(bills, "amount_kes"),
            paid_kes=await _sum(bills, "paid_kes"),
        )


async def _sum(query: QuerySet[Any], column: str) -> int:
    found = await query.annotate(total=Sum(column)).values("total")
    return int(found[0]["total"] or 0) if found else 0
