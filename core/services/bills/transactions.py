"""Transactions, for looking at."""

from enum import StrEnum

from tortoise.queryset import QuerySet

from core.billing.lifecycle import TransactionStatus
from core.errors import NotFound
from core.models import StkPush, Transaction
from core.services.context import Context
from core.services.page import Page, page_of
from core.services.voiding import OPEN


class Only(StrEnum):
    """A choice among the transactions."""

    ALL = "all"
    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    NEEDS_YOU = "needs"
    VOID = "void"
    OVERDUE = "overdue"


_STATUS = {
    Only.WAITING: TransactionStatus.PENDING,
    Only.PAID: TransactionStatus.SUCCESS,
    Only.FAILED: TransactionStatus.FAILED,
    Only.VOID: TransactionStatus.VOID,
}

_LOOKED_AT = 50
"""So many latest prompts are searched for different numbers."""


class TransactionService:
    """List what was owed and paid. Another owner's transaction is not found."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, owner_id: int, transaction_id: int) -> Transaction:
        """Return the transaction with its client and subscription (either may be None).

        Raises:
            NotFound: There is none, or it is another owner's.
        """
        found = await Transaction.filter(id=transaction_id, owner_id=owner_id).select_related(
            "client", "subscription", "subscription__plan"
        )
        if not found:
            raise NotFound("transaction")
        return found[0]

    async def page(
        self,
        owner_id: int,
        *,
        subscription_id: int | None = None,
        only: Only = Only.ALL,
        cursor: int | None = None,
        limit: int = 50,
    ) -> Page[Transaction]:
        """Return the owner's transactions, of one subscription or of all."""
        query = self._chosen(owner_id, subscription_id, only)
        return await page_of(
            query.select_related("client", "subscription"), cursor=cursor, limit=limit
        )

    async def is_prompted(self, owner_id: int, transaction_id: int) -> bool:
        """Tell whether a prompt is out for the owner's transaction, or may be."""
        return await StkPush.filter(
            live_transaction_id=transaction_id, transaction__owner_id=owner_id
        ).exists()

    async def counts(
        self, owner_id: int, *, subscription_id: int | None = None
    ) -> dict[Only, int]:
        """Count what `page` lists, for each choice."""
        return {only: await self._chosen(owner_id, subscription_id, only).count() for only in Only}

    def _chosen(
        self, owner_id: int, subscription_id: int | None, only: Only
    ) -> QuerySet[Transaction]:
        query = Transaction.filter(owner_id=owner_id)
        if subscription_id is not None:
            query = query.filter(subscription_id=subscription_id)
        if only in _STATUS:
            return query.filter(status=_STATUS[only])
        if only is Only.NEEDS_YOU:
            return query.filter(needs_person_at__not_isnull=True)
        if only is Only.OVERDUE:
            return query.filter(status__in=list(OPEN), period_start__lt=self._context.today())
        return query

    async def recent_numbers(self, owner_id: int, *, limit: int) -> list[str]:
        """Return the phones of the owner's latest single prompts, the newest first."""
        rows = (
            await Transaction.filter(owner_id=owner_id, subscription_id=None)
            .order_by("-id")
            .limit(_LOOKED_AT)
            .values_list("phone_number", flat=True)
        )
        return list(dict.fromkeys(str(number) for number in rows))[:limit]
