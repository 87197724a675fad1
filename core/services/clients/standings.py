"""How a client stands with each business, and what he was asked for. He is known by his chat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.own_wishes import is_payable
from core.errors import Conflict, NotFound
from core.models import Client, Payment, Subscription, Transaction
from core.services.bills.histories import HistoryService
from core.services.page import Page, page_of
from core.services.voiding import OPEN

_S = SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one client stands with one business."""

    client: Client
    """With its owner."""
    subscriptions: list[Subscription] = field(default_factory=list)
    """With their plans and the ones that follow; those that have ended are left out."""
    open_bills: list[Transaction] = field(default_factory=list)
    """Oldest first, with their subscriptions."""
    credit_kes: int = 0

    @property
    def owed_kes(self) -> int:
        """What is still to be paid."""
        return sum(bill.amount_kes - bill.paid_kes for bill in self.open_bills)

    @property
    def payable(self) -> Transaction | None:
        """The oldest bill that he may ask a prompt for."""
        return next((bill for bill in self.open_bills if may_be_paid(bill)), None)

    def owes_for(self, subscription_id: int) -> bool:
        """Tell whether a bill of this subscription is open."""
        return any(bill.subscription_id == subscription_id for bill in self.open_bills)


def may_be_paid(bill: Transaction) -> bool:
    """Tell whether its client may ask a prompt for the bill himself."""
    return is_payable(bill.status, bill.subscription.status if bill.subscription else None)


class StandingService:
    """Read only. What belongs to another chat is not found."""

    def __init__(self, histories: HistoryService) -> None:
        self._histories = histories

    async def standings(self, telegram_id: int) -> list[Standing]:
        """Return how this person stands with each business, in the order of their names."""
        clients = await Client.filter(telegram_id=telegram_id).select_related("owner")
        ids = [client.id for client in clients]
        if not ids:
            return []
        subscriptions = (
            await Subscription.filter(client_id__in=ids)
            .exclude(status=_S.CANCELLED)
            .order_by("-id")
            .select_related("plan", "next_plan", "client", "owner")
        )
        bills = (
            await Transaction.filter(client_id__in=ids, status__in=list(OPEN))
            .order_by("period_start", "id")
            .select_related("subscription__plan")
        )
        payments = await Payment.filter(client_id__in=ids, credit_kes__gt=0)
        standings = [
            Standing(
                client=client,
                subscriptions=[row for row in subscriptions if row.client_id == client.id],
                open_bills=[bill for bill in bills if bill.client_id == client.id],
                credit_kes=sum(row.credit_kes for row in payments if row.client_id == client.id),
            )
            for client in clients
        ]
        return sorted(standings, key=lambda one: (one.client.owner.display_name, one.client.id))

    async def standing(self, telegram_id: int, client_id: int) -> Standing:
        """Return how this person stands with one business.

        Raises:
            NotFound: `client`.
        """
        for standing in await self.standings(telegram_id):
            if standing.client.id == client_id:
                return standing
        raise NotFound("client")

    async def bills(
        self, telegram_id: int, client_id: int, *, cursor: int | None = None, limit: int = 50
    ) -> Page[Transaction]:
        """Return what this person was asked for by one business, and how it ended.

        Raises:
            NotFound: `client`.
        """
        client = await self.client(telegram_id, client_id)
        query = Transaction.filter(client_id=client.id).select_related("subscription__plan")
        return await page_of(query, cursor=cursor, limit=limit)

    async def bill(self, telegram_id: int, transaction_id: int) -> Transaction:
        """Return one bill with its business and plan.

        Raises:
            NotFound: `transaction`.
        """
        bill = await Transaction.get_or_none(
            id=transaction_id, client__telegram_id=telegram_id
        ).select_related("owner", "client", "subscription__plan")
        if bill is None:
            raise NotFound("transaction")
        return bill

    async def receipt(self, telegram_id: int, transaction_id: int) -> Mapping[str, Any]:
        """Return what the receipt of a paid bill says, as the notice has it.

        Raises:
            NotFound: `transaction`.
            Conflict: `not_paid`.
        """
        bill = await self.bill(telegram_id, transaction_id)
        if bill.status is not TransactionStatus.SUCCESS:
            raise Conflict("not_paid")
        return await self._histories.receipt(bill.owner_id, bill.id)

    async def subscription(self, telegram_id: int, subscription_id: int) -> Subscription:
        """Return a subscription that this person pays for, with its business and plan.

        Raises:
            NotFound: `subscription`.
        """
        found = await Subscription.get_or_none(
            id=subscription_id, client__telegram_id=telegram_id
        ).select_related("owner", "client", "plan")
        if found is None:
            raise NotFound("subscription")
        return found

    async def client(self, telegram_id: int, client_id: int) -> Client:
        """Return what one business knows this person as, with the business.

        Raises:
            NotFound: `client`.
        """
        client = await Client.get_or_none(id=client_id, telegram_id=telegram_id).select_related(
            "owner"
        )
        if client is None:
            raise NotFound("client")
        return client
