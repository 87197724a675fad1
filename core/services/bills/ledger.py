"""Where money goes: to bills, to a client's credit, and never nowhere.

Received = allocated + credit + suspense + refunded, always: `Payment.credit_kes` is what is not
allocated, and it is suspense as long as the payment has no client.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from tortoise.functions import Max
from tortoise.queryset import QuerySet

from core.billing.allocation import Debt, allocate
from core.billing.changes import end_of_period
from core.billing.due import account_reference
from core.billing.dunning import NextStep
from core.billing.lifecycle import INDEBTED, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome
from core.billing.periods import Renewal, cycle_date
from core.database import connection
from core.errors import NoMerchantAccount
from core.models import Allocation, Payment, StkPush, Subscription, Transaction
from core.services.bills.slips import Balance, balance_after, slip
from core.services.bulk import among, fetch
from core.services.context import Context
from core.services.incoming import AnsweredPush, AnyBill, AnyOwner, AnyPayment
from core.services.notices import Notices
from core.services.preferences import dunned_by
from core.services.prompts.accounts import AccountService
from core.services.subscriptions.moves import catch_up
from core.services.voiding import OPEN, give_back

_CREDIT = "SELECT id FROM payments WHERE credit_kes > 0"


class Ledger:
    """Allocate payments. Each method belongs inside a DB transaction of its caller."""

    def __init__(self, context: Context, notices: Notices, accounts: AccountService) -> None:
        self._context = context
        self._notices = notices
        self._accounts = accounts

    async def allocate(self, payment: Payment, bill: Transaction) -> int:
        """Pay the open bill from the payment; return what the payment has left as credit.

        The bill's client, owner and subscription (with its plan) must be loaded.
        """
        debt = Debt(bill.id, bill.amount_kes - bill.paid_kes)
        parts, _ = allocate(payment.credit_kes, [debt])
        part = parts.get(bill.id, 0)
        if part == 0:
            return payment.credit_kes
        await Allocation.create(
            payment=payment, transaction=bill, amount_kes=part, created_at=self._context.now()
        )
        payment.credit_kes -= part
        bill.paid_kes += part
        await payment.save(update_fields=["credit_kes"])
        await self._save(bill, payment)
        return payment.credit_kes

    async def receive(self, payment: Payment, bill: Transaction, *, is_shown: bool = False) -> str:
        """Pay the bill, or keep the money as credit when the bill does not want it any more.

        Return `settled` or `extra_payment`. With `is_shown` a message in the owner's chat tells
        him already.
        """
        word = "extra_payment"
        if bill.status in OPEN:
            await self.allocate(payment, bill)
            paid_kes = payment.amount_kes
            await self.announce(bill, payment, amount_kes=paid_kes, is_shown=is_shown)
            word = "settled"
        if payment.credit_kes > 0:
            await self._tell_extra(payment, bill)
        if payment.credit_kes > 0 and bill.client_id is not None:
            await self.use_credit([bill.client_id])
        return word

    async def _tell_extra(self, payment: Payment, bill: Transaction) -> None:
        shared = {
            "amount_kes": payment.credit_kes,
            "receipt": payment.receipt,
            "source": payment.source.value,
        }
        key = f"extra:{payment.id}"
        params = shared | {
            "client_name": bill.client.name if bill.client else None,
            "phone_number": bill.phone_number,
        }
        await self._notices.owner(bill.owner, "extra_payment", params, key=key)
        client_params = shared | {"business": bill.owner.display_name}
        await self._notices.client(bill.client, "client_extra_payment", client_params, key=key)

    async def _save(self, bill: Transaction, payment: Payment) -> None:
        if bill.paid_kes >= bill.amount_kes:
            bill.status = TransactionStatus.SUCCESS
            bill.settled_at = self._context.now()
            bill.next_attempt_at = None
            bill.needs_person_at = None
        bill.mpesa_receipt_no = payment.receipt or bill.mpesa_receipt_no
        await bill.save(
            update_fields=[
                "paid_kes",
                "status",
                "settled_at",
                "next_attempt_at",
                "needs_person_at",
                "mpesa_receipt_no",
            ]
        )
        if bill.status is TransactionStatus.SUCCESS and bill.subscription_id is not None:
            bill.subscription = subscription = await _locked(bill.subscription_id)
            if subscription.plan.renewal is Renewal.ROLLING:
                await self._roll(bill, subscription, payment)
            await self._lift_arrears(subscription)

    async def forgive(self, bill: Transaction, *, reason: str) -> None:
        """Void an open bill: what it had got is the client's credit again, and pays others."""
        await give_back(bill)
        bill.status, bill.paid_kes, bill.void_reason = TransactionStatus.VOID, 0, reason
        bill.next_attempt_at = bill.needs_person_at = bill.mpesa_receipt_no = None
        await bill.save(
            update_fields=[
                "status",
                "paid_kes",
                "void_reason",
                "next_attempt_at",
                "needs_person_at",
                "mpesa_receipt_no",
            ]
        )
        if bill.subscription_id is not None:
            await self._lift_arrears(await _locked(bill.subscription_id))
        if bill.client_id is not None:
            await self.use_credit([bill.client_id])

    async def _lift_arrears(self, subscription: Subscription) -> None:
        """Let the subscription run again if no bill is in arrears any more."""
        if subscription.status not in {SubscriptionStatus.PAST_DUE, SubscriptionStatus.SUSPENDED}:
            return
        arrears = await Transaction.filter(
            subscription_id=subscription.id, status__in=list(OPEN), failure_code__not_isnull=True
        )
        if not arrears:
            await self._lift(subscription)
        elif subscription.suspend_at is not None:
            # The bill whose grace was running may be the one just paid.
            subscription.suspend_at = await self._grace_end(arrears)
            await subscription.save(update_fields=["suspend_at"])

    async def _lift(self, subscription: Subscription) -> None:
        if subscription.status is SubscriptionStatus.SUSPENDED:
            catch_up(subscription, self._context.today())
        subscription.status, subscription.suspend_at = SubscriptionStatus.ACTIVE, None
        await subscription.save(
            update_fields=[
                "status",
                "suspend_at",
                "anchor_date",
                "cycle_number",
                "next_billing_date",
                "parked_at",
            ]
        )

    async def _grace_end(self, arrears: Sequence[Transaction]) -> datetime | None:
        """Return when the earliest grace of these bills is over, None while all have retries."""
        exhausted = [bill.id for bill in arrears if is_exhausted(bill)]
        last = (
            await StkPush.filter(transaction_id__in=exhausted, closed_at__not_isnull=True)
            .annotate(last=Max("closed_at"))
            .group_by("transaction_id")
            .values_list("transaction_id", "last")
        )
        graces = {bill.id: dunned_by(bill, self._context.policy).grace for bill in arrears}
        ends = [cast("datetime", closed_at) + graces[bill_id] for bill_id, closed_at in last]
        return min(ends, default=None)

    async def _roll(self, bill: Transaction, subscription: Subscription, payment: Payment) -> None:
        """A rolling period that was paid late begins on the day of payment."""
        paid_on = payment.paid_at.astimezone(self._context.zone).date()
        if bill.period_start is None or paid_on <= bill.period_start:
            return
        # A bill that was reopened may have a successor by now: those two keep their periods.
        if await _later_bills(bill).exists():
            return
        subscription.anchor_date, subscription.cycle_number = paid_on, 1
        subscription.next_billing_date = cycle_date(subscription.schedule, anchor=paid_on, cycle=1)
        bill.period_start, bill.period_end = paid_on, subscription.next_billing_date
        if subscription.cancel_at is not None:  # It lasts as long as what is paid for.
            next_on = subscription.next_billing_date
            subscription.cancel_at = end_of_period(next_on, zone=self._context.zone)
        await bill.save(update_fields=["period_start", "period_end"])
        await subscription.save(
            update_fields=["anchor_date", "cycle_number", "next_billing_date", "cancel_at"]
        )

    async def use_credit(self, client_ids: Collection[int]) -> None:
        """Pay open bills of these clients from their credit, oldest first, before any prompt.

        Waits for nobody: two payments of one client would each hold what the other waits for.
        Credit or a bill that somebody else holds is left to `ArrearsService.spend_credit`.
        """
        # Locked, and before the bills: two workers must not spend the same credit.
        payments = await self._with_credit(client_ids)
        for payment in payments:
            for bill in await self._unprompted_bills(payment.client_id):
                if payment.credit_kes == 0:
                    break
                await self.allocate(payment, bill)
                if bill.status is TransactionStatus.SUCCESS:
                    await self.announce(bill, payment, amount_kes=bill.amount_kes)

    async def _with_credit(self, client_ids: Collection[int]) -> list[Payment]:
        """Return, locked, what these clients' payments have left; nearly always nothing."""
        having = f"{_CREDIT} AND {among(connection(), 'client_id', 1)}"
        found = await fetch(connection(), having, list(client_ids))
        if not found:
            return []
        ids = [row["id"] for row in found]
        return (
            await Payment.filter(id__in=ids, credit_kes__gt=0)
            .order_by("id")
            .select_for_update(skip_locked=True)
        )

    async def _unprompted_bills(self, client_id: int | None) -> list[Transaction]:
        """Return the client's open bills that no prompt is out for, oldest first."""
        bills = (
            await Transaction.filter(
                client_id=client_id,
                status__in=list(OPEN),
                subscription__status__in=list(INDEBTED),
            )
            .order_by("period_start", "id")
            .select_related("client", "owner", "subscription__plan")
            .select_for_update(skip_locked=True, of=("transactions",))
        )
        live = await StkPush.filter(live_transaction_id__in=[bill.id for bill in bills])
        prompted = {push.live_transaction_id for push in live}
        return [bill for bill in bills if bill.id not in prompted]

    async def announce(
        self,
        bill: AnyBill,
        payment: AnyPayment,
        *,
        amount_kes: int,
        is_shown: bool = False,
        balance: Balance | None = None,
    ) -> None:
        """Tell owner and client that money came for the bill.

        With `is_shown` a message in the owner's chat tells him already. Whoever announces many
        payments has looked up each client's `balance`.
        """
        key = f"paid:{bill.id}:{payment.id}"
        balance = balance or await balance_after(bill)
        params = slip(bill, payment, amount_kes=amount_kes, balance=balance)
        if not is_shown:
            await self._notices.owner(bill.owner, "payment_received", params, key=key)
        await self._notices.client(bill.client, "client_receipt", params, key=key)

    async def announce_failure(
        self, push: AnsweredPush, bill: AnyBill, outcome: Outcome, step: NextStep
    ) -> None:
        """Tell owner and client that the prompt was not paid, and what comes next."""
        subscription = bill.subscription
        next_at = step.next_attempt_at.isoformat() if step.next_attempt_at else None
        shared = {
            "plan_name": subscription.plan.name if subscription else None,
            "amount_kes": push.amount_kes,
            "outcome": outcome.value,
            "next_attempt_at": next_at,
            "exhausted": step.exhausted,
        }
        owner_params = shared | {
            "client_name": bill.client.name if bill.client else None,
            "phone_number": bill.phone_number,
            "retry_count": bill.retry_count,
            "max_retries": dunned_by(bill, self._context.policy).max_retries,
            "suspend_at": step.suspend_at.isoformat() if step.suspend_at else None,
            "transaction_id": bill.id,
        }
        key = f"failed:{push.id}"
        await self._notices.owner(bill.owner, "payment_failed", owner_params, key=key)
        if subscription is None or push.watcher_message_id is not None:
            return  # Whoever watches his own prompt reads there how it ended.
        ways = await self.ways_to_pay(bill.owner, account_reference(subscription.id))
        client_params = shared | ways | {"business": bill.owner.display_name}
        await self._notices.client(bill.client, "client_payment_failed", client_params, key=key)

    async def owed_kes(self, subscription_id: int) -> int:
        """Return what is unpaid on the subscription's open bills."""
        bills = await Transaction.filter(subscription_id=subscription_id, status__in=list(OPEN))
        return sum(bill.amount_kes - bill.paid_kes for bill in bills)

    async def ways_to_pay(self, owner: AnyOwner, account: str) -> dict[str, Any]:
        """Return how a client pays by hand, as a notice's params; Nones without an account."""
        try:
            merchant = await self._accounts.for_owner(owner)
        except NoMerchantAccount:
            return {"pay_kind": None, "pay_to": None, "account": account}
        return {"pay_kind": merchant.kind.value, "pay_to": merchant.pay_to, "account": account}


async def _locked(subscription_id: int) -> Subscription:
    """Return the subscription with its plan; whoever changes it waits until we are done.

    Read anew: its owner may have changed it since it was read with its bill, and another of its
    bills may have been paid.
    """
    await Subscription.filter(id=subscription_id).select_for_update()
    return await Subscription.get(id=subscription_id).select_related("plan")


def _later_bills(bill: Transaction) -> QuerySet[Transaction]:
    return Transaction.filter(
        subscription_id=bill.subscription_id, period_start__gt=bill.period_start
    ).exclude(status=TransactionStatus.VOID)


def is_exhausted(bill: Transaction) -> bool:
    """Tell whether the bill failed for the last time and nobody asks for it any more."""
    has_failed = bill.status is TransactionStatus.FAILED and bill.needs_person_at is None
    return has_failed and bill.next_attempt_at is None
