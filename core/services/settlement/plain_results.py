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
    StkPush,
    Subscription,
    Transaction,
)
from core.services.bills.ledger import Ledger
from core.services.bills.slips import Balance, balances
from core.services.bulk import (
    Row,
    among,
    fetch,
    insert_rows,
    insert_with_ids,
    update_rows,
)
from core.services.context import Context
from core.services.incoming import lock_subscriptions
from core.services.notices import GatheredNotices
from core.services.preferences import PreferenceService
from core.services.prompts.accounts import AccountService
from core.services.settlement.plain_cases import Case, apart

_HOLDERS = "SELECT receipt FROM payments WHERE "


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
        paid, failed = await self._pick(apart(cases))
        await _lock_what_moves(cases, paid)
        notices = GatheredNotices(self._context)
        ledger = Ledger(self._context, notices, self._accounts)
        await self._settle(paid, ledger)
        await self._fail(failed, ledger)
        await notices.write()
        words = {case.push.id: "settled" for case in paid}
        return words | {case.push.id: "failed" for case in failed}

    async def _pick(self, cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
        """Return the plain payments, in the order of their receipts, and the plain failures."""
        holders = await _holders([case.result.receipt for case in cases if case.result.receipt])
        paid, failed = [], []
        for case in cases:
            if case.is_watched:
                continue
            prompted, news = case.prompted, self._news(case)
            if is_plain_failure(prompted, news):
                failed.append(case)
            elif case.result.receipt not in holders and is_plain_payment(prompted, news):
                paid.append(case)
        return sorted(paid, key=lambda case: case.result.receipt or ""), failed

    def _news(self, case: Case) -> News:
        paid_at = case.paid_at(self._context.now())
        return News(
            outcome=case.result.verdict.outcome,
            amount_kes=case.result.amount_kes,
            receipt=case.result.receipt,
            phone_number=case.result.phone_number,
            paid_on=paid_at.astimezone(self._context.zone).date(),
        )

    async def _settle(self, paid: Sequence[Case], ledger: Ledger) -> None:
        if not paid:
            return
        now = self._context.now()
        await self._close(paid, PushState.SUCCESS)
        payment_ids = await _insert_payments([case.new_payment(now) for case in paid])
        parts = [case.allocation(payment_ids[case.push.id], now) for case in paid]
        await insert_rows(connection(), Allocation, parts)
        await update_rows(connection(), Transaction, [case.paid_bill(now) for case in paid])
        known = await balances([case.bill.client_id for case in paid if case.bill.client_id])
        for case in paid:
            payment = case.payment(payment_ids[case.push.id], now)
            balance = known.get(case.bill.client_id or 0, Balance())
            await ledger.announce(
                case.bill, payment, amount_kes=payment.amount_kes, balance=balance
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


async def _lock_what_moves(cases: Sequence[Case], paid: Sequence[Case]) -> None:
    """Take the subscriptions that the batch may change: a plain payment changes none."""
    unmoved = {case.push.id for case in paid}
    moved = {case.bill.subscription_id for case in cases if case.push.id not in unmoved}
    await lock_subscriptions(connection(), [each for each in moved if each is not None])


async def _insert_payments(payments: Sequence[Row]) -> dict[int, int]:
    """Insert them, in the order of their receipts; return their ids by push.

    In any other order each of two batches that claim the same receipts could have one of them,
    and wait for the other's.

    Raises:
        Overtaken: A guard refused one.
    """
    ids = await insert_with_ids(connection(), Payment, payments, key="push_key")
    if len(ids) != len(payments):
        raise Overtaken
    return ids


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
