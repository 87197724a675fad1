"""Results in which everything fits, settled many at a time in a few statements.

They change what `SettlementService` would change. It has all the others, one by one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.billing.dunning import NextStep, RetryPolicy, after_failure
from core.billing.lifecycle import BILLABLE, PushState, SubscriptionStatus
from core.billing.settling import News, is_plain_failure, is_plain_payment
from core.database import connection
from core.models import (
    Allocation,
    Payment,
    PaymentSource,
    StkPush,
    Subscription,
    Transaction,
)
from core.services.accounts import AccountService
from core.services.bulk import Row, among, fetch, insert_rows, update_rows
from core.services.context import Context
from core.services.ledger import Ledger
from core.services.notices import GatheredNotices
from core.services.plain_cases import Case, apart
from core.services.preferences import PreferenceService
from core.services.slips import Balance, balances

_HOLDERS = "SELECT receipt FROM payments WHERE "
_PAYMENT_IDS = "SELECT id, push_key FROM payments WHERE "


class Overtaken(Exception):
    """Another process has just taken a receipt: nothing of the batch may be kept."""


class PlainResults:
    """Settle what is plain. Belongs inside a DB transaction that holds the bills."""

    def __init__(self, context: Context, accounts: AccountService) -> None:
        self._context = context
        self._accounts = accounts
        self._preferences = PreferenceService(context)

    async def record(self, cases: Sequence[Case]) -> dict[int, str]:
        """Settle the plain ones; return a word of outcome for each of these, by push.

        What shares its bill, subscription, client or receipt with another of the cases is left
        alone: there their order counts.

        Raises:
            Overtaken: The caller must roll back.
        """
        cases = apart(cases)
        holders = await _holders([case.result.receipt for case in cases if case.result.receipt])
        paid = [case for case in cases if self._is_paid(case, holders)]
        failed = [case for case in cases if self._is_failed(case)]
        notices = GatheredNotices(self._context)
        ledger = Ledger(self._context, notices, self._accounts)
        await self._settle(paid, ledger)
        await self._fail(failed, ledger)
        await notices.write()
        words = {case.push.id: "settled" for case in paid}
        return words | {case.push.id: "failed" for case in failed}

    def _is_paid(self, case: Case, holders: set[str]) -> bool:
        if case.result.receipt in holders or case.is_watched:
            return False
        return is_plain_payment(case.prompted, self._news(case))

    def _is_failed(self, case: Case) -> bool:
        return not case.is_watched and is_plain_failure(case.prompted, self._news(case))

    def _news(self, case: Case) -> News:
        return News(
            outcome=case.result.verdict.outcome,
            amount_kes=case.result.amount_kes,
            receipt=case.result.receipt,
            phone_number=case.result.phone_number,
            paid_on=self._paid_at(case).astimezone(self._context.zone).date(),
        )

    def _paid_at(self, case: Case) -> datetime:
        return case.result.paid_at or self._context.now()

    async def _settle(self, paid: Sequence[Case], ledger: Ledger) -> None:
        if not paid:
            return
        now = self._context.now()
        await self._close(paid, PushState.SUCCESS)
        payments = await _insert_payments([self._payment(case) for case in paid])
        parts = [case.allocation(payments[case.push.id], now) for case in paid]
        await insert_rows(connection(), Allocation, parts)
        await update_rows(connection(), Transaction, [case.paid_bill(now) for case in paid])
        known = await balances([case.bill.client_id for case in paid if case.bill.client_id])
        for case in paid:
            payment = payments[case.push.id]
            balance = known.get(case.bill.client_id or 0, Balance())
            await ledger.announce(
                case.bill, payment, amount_kes=payment.amount_kes, balance=balance
            )

    def _payment(self, case: Case) -> Payment:
        return Payment(
            owner_id=case.bill.owner_id,
            client_id=case.bill.client_id,
            push_id=case.push.id,
            push_key=case.push.id,
            source=PaymentSource.STK,
            receipt=case.result.receipt,
            is_verified=True,
            amount_kes=case.push.amount_kes,
            credit_kes=0,
            phone_number=case.push.phone_number,
            paid_at=self._paid_at(case),
            created_at=self._context.now(),
        )

    async def _fail(self, failed: Sequence[Case], ledger: Ledger) -> None:
        if not failed:
            return
        now = self._context.now()
        policies = await self._preferences.policies([case.bill for case in failed])
        steps = {case.push.id: _step(case, policies[case.bill.id], now) for case in failed}
        await self._close(failed, PushState.FAILED)
        bills = [case.failed_bill(steps[case.push.id], now) for case in failed]
        await update_rows(connection(), Transaction, bills)
        await _fall_behind(failed, steps)
        for case in failed:
            outcome = case.result.verdict.outcome
            await ledger.announce_failure(case.push, case.bill, outcome, steps[case.push.id])

    async def _close(self, cases: Sequence[Case], state: PushState) -> None:
        now = self._context.now()
        rows = [case.closed_push(state, now) for case in cases]
        await update_rows(connection(), StkPush, rows)


def _step(case: Case, policy: RetryPolicy, now: datetime) -> NextStep:
    """Return what follows; the bill keeps the policy from here on."""
    case.bill.max_retries, case.bill.grace_days = policy.max_retries, policy.grace.days
    return after_failure(
        case.result.verdict.outcome,
        retry_count=case.bill.retry_count,
        failed_at=now,
        policy=policy,
    )


async def _holders(receipts: list[str]) -> set[str]:
    """Return those of the receipts that a payment has already."""
    sql = _HOLDERS + among(connection(), "receipt", 1)
    return {row["receipt"] for row in await fetch(connection(), sql, receipts)}


async def _insert_payments(payments: Sequence[Payment]) -> dict[int, Payment]:
    """Insert them; return them with their ids, by push.

    Raises:
        Overtaken: A guard refused one.
    """
    await insert_rows(connection(), Payment, [_payment_row(payment) for payment in payments])
    sql = _PAYMENT_IDS + among(connection(), "push_key", 1)
    pushes = [payment.push_key for payment in payments]
    ids = {row["push_key"]: row["id"] for row in await fetch(connection(), sql, pushes)}
    if len(ids) != len(payments):
        raise Overtaken
    for payment in payments:
        payment.id = ids[payment.push_key]
    return {ids_of: payment for payment in payments if (ids_of := payment.push_key) is not None}


def _payment_row(payment: Payment) -> Row:
    return {
        "owner_id": payment.owner_id,
        "client_id": payment.client_id,
        "push_id": payment.push_id,
        "push_key": payment.push_key,
        "source": payment.source,
        "receipt": payment.receipt,
        "is_verified": payment.is_verified,
        "amount_kes": payment.amount_kes,
        "credit_kes": payment.credit_kes,
        "phone_number": payment.phone_number,
        "paid_at": payment.paid_at,
        "created_at": payment.created_at,
    }


async def _fall_behind(failed: Sequence[Case], steps: Mapping[int, NextStep]) -> None:
    """Let the subscriptions be past due. An owner may be changing them meanwhile."""
    ids = [case.bill.subscription_id for case in failed]
    await Subscription.filter(id__in=ids, status=SubscriptionStatus.ACTIVE).update(
        status=SubscriptionStatus.PAST_DUE
    )
    for suspend_at in {step.suspend_at for step in steps.values() if step.suspend_at}:
        last = [
            case.bill.subscription_id
            for case in failed
            if steps[case.push.id].suspend_at == suspend_at
        ]
        await Subscription.filter(id__in=last, suspend_at=None, status__in=[*BILLABLE]).update(
            suspend_at=suspend_at
        )
