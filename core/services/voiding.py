"""Bills that nobody has to pay any more, and the credit that had gone into them."""

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from core.billing.lifecycle import TransactionStatus
from core.models import Allocation, Payment, Transaction

OPEN = (TransactionStatus.PENDING, TransactionStatus.FAILED)


async def hold_open_bills(subscription_id: int) -> None:
    """Take the subscription's open bills, as whoever moves it must do before he takes it.

    Settlement takes them in this order: the other way round each would hold what the other one
    waits for.
    """
    await _open(Transaction.filter(subscription_id=subscription_id))


async def hold_open_bills_of(owner_id: int) -> None:
    """Do the same for all subscriptions of an owner who leaves."""
    await _open(_of_owner(owner_id))


async def void_open_bills(subscription_id: int) -> None:
    """Void the subscription's open bills; what they had got is the client's credit again.

    Belongs inside the DB transaction that ends the subscription.
    """
    await _void(Transaction.filter(subscription_id=subscription_id))


async def void_open_bills_of(owner_id: int) -> None:
    """Do the same for all subscriptions of an owner who leaves."""
    await _void(_of_owner(owner_id))


def _of_owner(owner_id: int) -> QuerySet[Transaction]:
    return Transaction.filter(owner_id=owner_id, subscription_id__not_isnull=True)


async def _open(whose: QuerySet[Transaction]) -> list[Transaction]:
    return await whose.filter(status__in=list(OPEN)).order_by("id").select_for_update()


async def _void(whose: QuerySet[Transaction]) -> None:
    bills = await _open(whose)
    for bill in bills:
        await give_back(bill)
    await Transaction.filter(id__in=[bill.id for bill in bills]).update(
        status=TransactionStatus.VOID, paid_kes=0, next_attempt_at=None, needs_person_at=None
    )


async def give_back(bill: Transaction) -> None:
    """Let what the bill had got be the client's credit again. Its own row stays as it is."""
    for part in await Allocation.filter(transaction_id=bill.id):
        await Payment.filter(id=part.payment_id).update(
            credit_kes=F("credit_kes") + part.amount_kes
        )
        await part.delete()
