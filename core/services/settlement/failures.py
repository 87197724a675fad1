"""What a prompt that brought no money does to its bill and to its subscription."""

from core.billing.dunning import NextStep, after_failure, busy_back_off
from core.billing.lifecycle import BILLABLE, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome
from core.billing.settling import NOT_THE_CLIENTS
from core.models import StkPush, Subscription, Transaction
from core.ports import Verdict
from core.services.bills.ledger import Ledger
from core.services.context import Context
from core.services.preferences import PreferenceService
from core.services.prompts.accounts import AccountService
from core.services.prompts.answers import AnswerBook


class Failures:
    """Fail bills. Bill and push are locked, and the bill's owner, client and plan are loaded."""

    def __init__(
        self, context: Context, *, ledger: Ledger, accounts: AccountService, answers: AnswerBook
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._accounts = accounts
        self._answers = answers
        self._preferences = PreferenceService(context)

    async def fail(self, push: StkPush, bill: Transaction, verdict: Verdict) -> None:
        """Let the bill fail with its prompt, unless it has been settled by other news.

        A fault in how the merchant is set up stops his prompts in any case.
        """
        if verdict.outcome is Outcome.MERCHANT_FAULT:
            await self._halt(push, bill, verdict)
        if bill.status is not TransactionStatus.PENDING:
            return
        if bill.subscription is None:
            await self._fail_charge(push, bill, verdict)
        elif verdict.outcome in NOT_THE_CLIENTS:
            await self._prompt_later(bill)
        else:
            await self._fail_bill(push, bill, bill.subscription, verdict)

    async def leave_to_person(self, push: StkPush, bill: Transaction, verdict: Verdict) -> None:
        """Let the bill fail, and nobody be asked for it again before its owner says so."""
        bill.status = TransactionStatus.FAILED
        bill.next_attempt_at = None
        bill.needs_person_at = self._context.now()
        await self._save_failure(bill, verdict)
        await self._answers.tell_needs_you(push, bill, verdict.outcome.value)
        await self._answers.show(bill, key=f"result:{push.id}:gave_up")

    async def _halt(self, push: StkPush, bill: Transaction, verdict: Verdict) -> None:
        merchant = await self._accounts.by_id(push.merchant_account_id)
        if merchant is not None:
            await self._accounts.halt(merchant, bill.owner, detail=verdict.result_desc)

    async def _prompt_later(self, bill: Transaction) -> None:
        """The client had no say, so it does not count: he is asked again when he can be.

        After a fault of the merchant's that is when the halt is lifted.
        """
        bill.busy_count += 1
        bill.next_attempt_at = self._context.now() + busy_back_off(bill.busy_count)
        await bill.save(update_fields=["busy_count", "next_attempt_at"])

    async def _fail_charge(self, push: StkPush, bill: Transaction, verdict: Verdict) -> None:
        """A one-off charge is asked for once; its owner sees how it ended."""
        bill.status = TransactionStatus.FAILED
        await self._save_failure(bill, verdict)
        if bill.status_message_id is None:
            step = NextStep(
                next_attempt_at=None, exhausted=True, suspend_at=None, needs_person=False
            )
            await self._ledger.announce_failure(push, bill, verdict.outcome, step)
        await self._answers.show(bill, key=f"result:{push.id}:failed")

    async def _save_failure(self, bill: Transaction, verdict: Verdict) -> None:
        bill.failure_code = verdict.outcome.value
        bill.failure_detail = verdict.result_desc[:500]
        await bill.save(
            update_fields=[
                "status",
                "busy_count",
                "failure_code",
                "failure_detail",
                "next_attempt_at",
                "needs_person_at",
                "max_retries",
                "grace_days",
            ]
        )

    async def _fail_bill(
        self, push: StkPush, bill: Transaction, subscription: Subscription, verdict: Verdict
    ) -> None:
        now = self._context.now()
        policy = (await self._preferences.policies([bill]))[bill.id]
        step = after_failure(
            verdict.outcome, retry_count=bill.retry_count, failed_at=now, policy=policy
        )
        bill.max_retries, bill.grace_days = policy.max_retries, policy.grace.days
        bill.status = TransactionStatus.FAILED
        bill.busy_count = 0
        bill.next_attempt_at = step.next_attempt_at
        bill.needs_person_at = now if step.needs_person else None
        await self._save_failure(bill, verdict)
        await self._past_due(subscription, step)
        await self._ledger.announce_failure(push, bill, verdict.outcome, step)
        await self._answers.show(bill, key=f"result:{push.id}:failed")

    async def _past_due(self, subscription: Subscription, step: NextStep) -> None:
        if subscription.status is SubscriptionStatus.ACTIVE:
            await Subscription.filter(id=subscription.id, status=SubscriptionStatus.ACTIVE).update(
                status=SubscriptionStatus.PAST_DUE
            )
        if step.suspend_at is not None and subscription.status in BILLABLE:
            await Subscription.filter(id=subscription.id, suspend_at=None).update(
                suspend_at=step.suspend_at
            )
