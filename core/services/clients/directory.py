"""An owner's clients as he looks for them: in pages, by state, by name or number."""

from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import Q, Subquery
from tortoise.functions import Lower, Sum
from tortoise.queryset import QuerySet

from core.billing.lifecycle import BILLABLE, SubscriptionStatus
from core.billing.search import read_search
from core.billing.standing import ClientFilter, OpenBill, Running, Standing, standing
from core.errors import NotFound
from core.models import Client, Payment, Subscription, Transaction
from core.services.context import Context
from core.services.voiding import OPEN

HISTORY = 5
_F = ClientFilter
_S = SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A client in a list."""

    client: Client
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list, and how many there are in all."""

    entries: list[Entry]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCard:
    """A client with all that his owner wants to know."""

    client: Client
    standing: Standing
    credit_kes: int
    subscriptions: list[Subscription]
    """Newest first, those that ended last; with plans, clients and owners."""
    history: list[Transaction]
    """The newest few."""


class DirectoryService:
    """Read only. Another owner's client is not found."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def page(
        self,
        owner_id: int,
        *,
        shown: ClientFilter = ClientFilter.ALL,
        text: str = "",
        offset: int = 0,
        limit: int = 8,
    ) -> Listed:
        """Return clients by name, those that the words and the filter mean.

        Of a blank text everybody is meant.
        """
        query = self._filtered(owner_id, shown)
        sought = read_search(text)
        for word in sought.words:
            query = query.filter(name__icontains=word)
        if sought.digits:
            query = query.filter(phone_number__contains=sought.digits)
        total = await query.count()
        by_name = query.annotate(lower_name=Lower("name")).order_by("lower_name", "id")
        clients = await by_name.offset(offset).limit(limit)
        return Listed(entries=await self._entries(clients), total=total)

    async def counts(self, owner_id: int) -> dict[ClientFilter, int]:
        """Count the clients that each filter shows."""
        return {shown: await self._filtered(owner_id, shown).count() for shown in ClientFilter}

    async def card(self, owner_id: int, client_id: int) -> ClientCard:
        """Return a client with his subscriptions, what he owes, and the latest transactions.

        Raises:
            NotFound: `client`.
        """
        client = await Client.get_or_none(id=client_id, owner_id=owner_id)
        if client is None:
            raise NotFound("client")
        (entry,) = await self._entries([client])
        return ClientCard(
            client=client,
            standing=entry.standing,
            credit_kes=await _credit_kes(client_id),
            subscriptions=await _subscriptions(client_id),
            history=await Transaction.filter(client_id=client_id)
            .order_by("-id")
            .limit(HISTORY)
            .select_related("client", "subscription"),
        )

    async def oldest_open_bill(self, owner_id: int, client_id: int) -> Transaction | None:
        """Return the client's oldest unpaid bill, None if he owes nothing."""
        return (
            await Transaction.filter(
                owner_id=owner_id,
                client_id=client_id,
                subscription_id__not_isnull=True,
                status__in=list(OPEN),
            )
            .order_by("period_start", "id")
            .select_related("client", "subscription__plan")
            .first()
        )

    def _filtered(self, owner_id: int, shown: ClientFilter) -> QuerySet[Client]:
        query = Client.filter(owner_id=owner_id)
        today = self._context.today()
        bills = _open_bills().filter(owner_id=owner_id)
        late = Q(id__in=Subquery(bills.filter(period_start__lt=today).values("client_id")))
        match shown:
            case _F.ALL:
                return query
            case _F.OVERDUE:
                return query.filter(late)
            case _F.DUE:
                running = Subscription.filter(owner_id=owner_id, status__in=list(BILLABLE))
                now_due = running.filter(next_billing_date__lte=today, cancel_at=None)
                return query.filter(
                    Q(id__in=Subquery(bills.filter(period_start=today).values("client_id")))
                    | Q(id__in=Subquery(now_due.values("client_id")))
                )
            case _F.PENDING:
                return query.filter(_has(owner_id, _S.PENDING_ACTIVATION))
            case _F.PAUSED:
                return query.filter(_has(owner_id, _S.PAUSED))

    async def _entries(self, clients: Sequence[Client]) -> list[Entry]:
        ids = [client.id for client in clients]
        subscriptions = await Subscription.filter(client_id__in=ids).order_by("-id")
        bills = await _open_bills().filter(client_id__in=ids).order_by("period_start")
        return [
            Entry(
                client=client,
                standing=standing(
                    [_running(row) for row in subscriptions if row.client_id == client.id],
                    [_open_bill(row) for row in bills if row.client_id == client.id],
                    today=self._context.today(),
                ),
            )
            for client in clients
        ]


def _open_bills() -> QuerySet[Transaction]:
    return Transaction.filter(
        subscription_id__not_isnull=True, period_start__not_isnull=True, status__in=list(OPEN)
    )


def _has(owner_id: int, status: SubscriptionStatus) -> Q:
    rows = Subscription.filter(owner_id=owner_id, status=status)
    return Q(id__in=Subquery(rows.values("client_id")))


def _running(row: Subscription) -> Running:
    return Running(status=row.status, amount_kes=row.amount_kes, next_on=row.next_billing_date)


def _open_bill(row: Transaction) -> OpenBill:
    if row.period_start is None:
        raise LookupError("a bill without a period")
    return OpenBill(period_start=row.period_start, owed_kes=row.amount_kes - row.paid_kes)


async def _subscriptions(client_id: int) -> list[Subscription]:
    rows = (
        await Subscription.filter(client_id=client_id)
        .order_by("-id")
        .select_related("client", "plan", "next_plan", "owner")
    )
    return sorted(rows, key=lambda row: row.status is _S.CANCELLED)


async def _credit_kes(client_id: int) -> int:
    found = (
        await Payment.filter(client_id=client_id, credit_kes__gt=0)
        .annotate(total=Sum("credit_kes"))
        .values("total")
    )
    return int(found[0]["total"] or 0) if found else 0
