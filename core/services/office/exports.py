"""An owner's books, page by page: everything he has here, in plain values."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tortoise.models import Model

from core.models import (
    Allocation,
    Client,
    Payment,
    ServicePlan,
    StkPush,
    Subscription,
    Transaction,
)
from core.services.audit import audit
from core.services.context import Context

Cell = str | int | date | datetime | bool | None
PAGE = 1000


class Sheet(StrEnum):
    """The parts of the books, in the order in which they are read."""

    PLANS = "plans"
    CLIENTS = "clients"
    SUBSCRIPTIONS = "subscriptions"
    TRANSACTIONS = "transactions"
    PROMPTS = "prompts"
    PAYMENTS = "payments"
    ALLOCATIONS = "allocations"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a sheet comes from: the table, how a row belongs to its owner, and its columns."""

    model: type[Model]
    owner: str
    columns: Mapping[str, Callable[[Any], Cell]]
    related: tuple[str, ...] = ()


def _of(*names: str) -> dict[str, Callable[[Any], Cell]]:
    return {name: _reader(name) for name in names}


def _reader(path: str) -> Callable[[Any], Cell]:
    """Read `status` or `client.name`; whatever is missing on the way is None."""

    def read(row: Any) -> Cell:
        for name in path.split("."):
            row = None if row is None else getattr(row, name)
        value: Cell = row.value if isinstance(row, StrEnum) else row
        return value

    return read


_SOURCES: Mapping[Sheet, _Source] = {
    Sheet.PLANS: _Source(
        ServicePlan,
        "owner_id",
        _of(
            "id",
            "name",
            "amount_kes",
            "frequency",
            "interval_count",
            "billing_day",
            "renewal",
            "created_at",
            "archived_at",
        ),
    ),
    Sheet.CLIENTS: _Source(
        Client, "owner_id", _of("id", "name", "phone_number", "email", "language", "created_at")
    ),
    Sheet.SUBSCRIPTIONS: _Source(
        Subscription,
        "owner_id",
        _of(
            "id",
            "client_id",
            "client.name",
            "plan_id",
            "plan.name",
            "amount_kes",
            "status",
            "next_billing_date",
            "activated_at",
            "cancelled_at",
            "created_at",
        ),
        ("client", "plan"),
    ),
    Sheet.TRANSACTIONS: _Source(
        Transaction,
        "owner_id",
        _of(
            "id",
            "subscription_id",
            "client_id",
            "client.name",
            "phone_number",
            "amount_kes",
            "paid_kes",
            "status",
            "period_start",
            "period_end",
            "account_reference",
            "description",
            "retry_count",
            "mpesa_receipt_no",
            "settled_at",
            "created_at",
        ),
        ("client",),
    ),
    Sheet.PROMPTS: _Source(
        StkPush,
        "transaction__owner_id",
        _of(
            "id",
            "transaction_id",
            "shortcode",
            "phone_number",
            "amount_kes",
            "origin",
            "state",
            "outcome",
            "result_code",
            "result_desc",
            "checkout_request_id",
            "sent_at",
            "closed_at",
            "created_at",
        ),
    ),
    Sheet.PAYMENTS: _Source(
        Payment,
        "owner_id",
        _of(
            "id",
            "client_id",
            "client.name",
            "source",
            "receipt",
            "is_verified",
            "amount_kes",
            "credit_kes",
            "phone_number",
            "paid_at",
            "created_at",
        ),
        ("client",),
    ),
    Sheet.ALLOCATIONS: _Source(
        Allocation,
        "payment__owner_id",
        _of("id", "payment_id", "transaction_id", "amount_kes", "created_at"),
    ),
}


class ExportService:
    """Read the books. Nothing of another owner is in them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def note(self, owner_id: int) -> None:
        """Write down that the books were taken out."""
        await audit(self._context, f"user:{owner_id}", "export", f"user:{owner_id}")

    def columns(self, sheet: Sheet) -> list[str]:
        """Return the names of a sheet's columns, such as `client.name`."""
        return list(_SOURCES[sheet].columns)

    async def pages(self, owner_id: int, sheet: Sheet) -> AsyncIterator[Sequence[list[Cell]]]:
        """Yield the sheet's rows, oldest first, a page of 1,000 at a time."""
        source = _SOURCES[sheet]
        last = 0
        while True:
            query = source.model.filter(**{source.owner: owner_id, "id__gt": last})
            rows: list[Any] = (
                await query.order_by("id").limit(PAGE).select_related(*source.related)
            )
            if rows:
                yield [[read(row) for read in source.columns.values()] for row in rows]
            if len(rows) < PAGE:
                return
            last = rows[-1].id
