"""Settlement: one function, `record`, whatever door the news came through. Only it settles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.billing.lifecycle import (
    LIVE_PUSH_STATES,
    PushState,
    TransactionStatus,
)
from core.billing.outcomes import UNDECIDED, Outcome
from core.database import transaction
from core.models import (
    Payment,
    PaymentSource,
    StkPush,
    Transaction,
)
from core.ports import Verdict
from core.services.bills.ledger import Ledger
from core.services.context import Context
from core.services.notices import Notices
from core.services.prompts.accounts import AccountService
from core.services.prompts.answers import AnswerBook, is_shown
from core.services.settlement.failures import Failures
from core.services.settlement.receipts import Receipts, is_word_of_owner


class Door(StrEnum):
    """Where news of a push came in."""

    CALLBACK = "CALLBACK"
    """On the push's own secret path: believed if it fits the push."""
    QUERY = "QUERY"
    """Our own question: believed, but it knows neither amount nor receipt."""
    OWNER = "OWNER"
    """The owner's word: believed, and outranked by whatever proves its receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """News of one push."""

    push_id: int
    door: Door
    verdict: Verdict
    checkout_request_id: str | None = None
    amount_kes: int | None = None
    receipt: str | None = None
    phone_number: str | None = None
    paid_at: datetime | None = None


class SettlementService:
    """Apply results. Each is applied once, in any order, however often it is told."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        ledger: Ledger,
        accounts: AccountService,
        answers: AnswerBook,
    ) -> None:
        self._context = context
        self._notices = notices
        self._ledger = ledger
        self._accounts = accounts
        self._answers = answers
        self._failures = Failures(context, ledger=ledger, accounts=accounts, answers=answers)
        self._receipts = Receipts(context, notices, answers)

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Apply the results in one DB transaction; return a word of outcome for each.

        The words: `settled`, `extra_payment`, `failed`, `duplicate`, `undecided`, `late_failure`,
        `receipt_added`, and `parked:<reason>` for news that fits nothing well enough to be
        believed.
        """
        async with transaction():
            return [await self._record_one(result) for result in results]

    async def _record_one(self, result: Result) -> str:
        push = await self._locked(result.push_id)
        await self._learn_ids(push, result)
        outcome = result.verdict.outcome
        if outcome in UNDECIDED:
            # A query that knows no end has just been asked: its next turn is set already.
            is_query = result.door is Door.QUERY
            return "undecided" if is_query else await self.ask(push, "undecided")
        if outcome is Outcome.PAID:
            return await self._paid(push, result)
        return await self._failed(push, result)

    async def _locked(self, push_id: int) -> StkPush:
        """Return the push; whoever else has news of its bill waits until we are done."""
        first = await StkPush.get(id=push_id)
        # On SQLite `transaction` holds the write lock, which does what FOR UPDATE does.
        await Transaction.filter(id=first.transaction_id).select_for_update()
        return await StkPush.get(id=push_id)

    async def _learn_ids(self, push: StkPush, result: Result) -> None:
        """Take Daraja's id from the news when its own answer never reached us."""
        if push.checkout_request_id is not None or result.checkout_request_id is None:
            return
        push.checkout_request_id = result.checkout_request_id
        push.sent_at = push.sent_at or push.created_at
        await push.save(update_fields=["checkout_request_id", "sent_at"])
        await Transaction.filter(id=push.transaction_id).update(
            daraja_request_id=result.checkout_request_id
        )

    async def ask(self, push: StkPush, word: str) -> str:
        """Let the next reconciliation ask Daraja about the push; return the word."""
        now = self._context.now()
        if push.state in LIVE_PUSH_STATES:
            await StkPush.filter(id=push.id).update(next_query_at=now)
        elif push.state is not PushState.SUCCESS:
            # The questions of its life do not count against the new doubt.
            await StkPush.filter(id=push.id).update(next_query_at=now, queries=0)
        return word

    async def _paid(self, push: StkPush, result: Result) -> str:
        if push.state is PushState.SUCCESS:
            return await self._paid_again(push, result)
        reason = await self._doubt(push, result)
        if reason is not None:
            return await self._park(push, result, reason)
        return await self._settle(push, result)

    async def _doubt(self, push: StkPush, result: Result) -> str | None:
        """Return why a success is not believed, or None."""
        if result.door is Door.QUERY:
            return None
        holder = await Payment.get_or_none(receipt=result.receipt) if result.receipt else None
        if result.door is Door.OWNER:
            return None if holder is None else "receipt_used"
        doubts = {
            "amount_missing": result.amount_kes is None,
            "receipt_missing": result.receipt is None,
            "amount_differs": result.amount_kes != push.amount_kes,
            "phone_differs": result.phone_number not in {None, push.phone_number},
            "receipt_used": holder is not None and holder.is_verified,
        }
        return next((reason for reason, is_so in doubts.items() if is_so), None)

    async def _park(self, push: StkPush, result: Result, reason: str) -> str:
        """Settle nothing, ask Daraja, and show the owner what came."""
        bill = await self._bill(push)
        params = {
            "reason": reason,
            "client_name": bill.client.name if bill.client else None,
            "phone_number": push.phone_number,
            "amount_kes": push.amount_kes,
            "event_amount_kes": result.amount_kes,
            "receipt": result.receipt,
        }
        key = f"parked:{push.id}:{reason}"
        await self._notices.owner(bill.owner, "event_parked", params, key=key)
        return await self.ask(push, f"parked:{reason}")

    async def _paid_again(self, push: StkPush, result: Result) -> str:
        """A success after the success: at most it brings the receipt that was missing."""
        payment = await Payment.get_or_none(push_key=push.id)
        if payment is None or result.receipt is None or result.door is not Door.CALLBACK:
            return "duplicate"
        if payment.receipt == result.receipt and payment.is_verified:
            return "duplicate"
        if payment.receipt is not None and payment.is_verified:
            return await self._park(push, result, "receipt_differs")
        reason = await self._doubt(push, result)
        if reason is not None:
            return await self._park(push, result, reason)
        bill = await self._bill(push)
        if is_word_of_owner(payment) and payment.receipt != result.receipt:
            await self._answers.tell_needs_you(push, bill, "code_differs")
        await self._receipts.prove(payment, result.receipt, paid_at=result.paid_at)
        await self._answers.show(bill, key=f"receipt:{push.id}")
        await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:receipt")
        return "receipt_added"

    async def _settle(self, push: StkPush, result: Result) -> str:
        is_proved = result.door is Door.CALLBACK
        is_query = result.door is Door.QUERY
        receipt = await self._receipts.free_claim(push) if is_query else result.receipt
        if is_proved and receipt is not None:
            await self._receipts.take_back(receipt)
        bill = await self._bill(push)
        await self._close(push, PushState.SUCCESS, result.verdict)
        payment = await Payment.create(
            owner_id=bill.owner_id,
            client_id=bill.client_id,
            push_id=push.id,
            push_key=push.id,
            source=PaymentSource.SMS if result.door is Door.OWNER else PaymentSource.STK,
            receipt=receipt,
            is_verified=is_proved,
            amount_kes=push.amount_kes,
            credit_kes=push.amount_kes,
            phone_number=push.phone_number,
            paid_at=result.paid_at or self._context.now(),
            created_at=self._context.now(),
        )
        word = await self._apply(payment, bill, push=push)
        await self._answers.show(bill, key=f"result:{push.id}:paid")
        await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:paid")
        return word

    async def _apply(self, payment: Payment, bill: Transaction, *, push: StkPush) -> str:
        return await self._ledger.receive(payment, bill, is_shown=is_shown(bill, push))

    async def _close(self, push: StkPush, state: PushState, verdict: Verdict) -> None:
        push.state = state
        await StkPush.filter(id=push.id).update(
            state=state,
            outcome=verdict.outcome.value,
            result_code=verdict.result_code[:40],
            result_desc=verdict.result_desc[:500],
            live_transaction_id=None,
            live_phone=None,
            next_query_at=None,
            closed_at=self._context.now(),
        )

    async def _failed(self, push: StkPush, result: Result) -> str:
        if push.state not in LIVE_PUSH_STATES:
            await StkPush.filter(id=push.id).update(next_query_at=None)  # Nothing to ask any more.
            if push.state is PushState.FAILED:
                return "duplicate"
            return await self._failed_after_success(push, result)
        await self._close(push, PushState.FAILED, result.verdict)
        bill = await self._bill(push)
        await self._failures.fail(push, bill, result.verdict)
        await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:failed")
        return "failed"

    async def _failed_after_success(self, push: StkPush, result: Result) -> str:
        """Change nothing; an owner whose word was all that it had learns of the contradiction."""
        payment = await Payment.get_or_none(push_key=push.id)
        is_his_word = payment is not None and is_word_of_owner(payment)
        if is_his_word and result.door is Door.CALLBACK:
            await self._answers.tell_needs_you(push, await self._bill(push), "denied")
        return "late_failure"

    async def give_up(self, push: StkPush) -> None:
        """Close a push that nobody can tell about: only a person may prompt its bill again."""
        verdict = Verdict(result_code="", result_desc="", outcome=Outcome.NO_ANSWER)
        async with transaction():
            push = await self._locked(push.id)
            if push.state not in LIVE_PUSH_STATES:
                return
            await self._close(push, PushState.FAILED, verdict)
            bill = await self._bill(push)
            if bill.status is not TransactionStatus.PENDING:
                return
            await self._failures.leave_to_person(push, bill, verdict)
            await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:gave_up")

    async def _bill(self, push: StkPush) -> Transaction:
        return await Transaction.get(id=push.transaction_id).select_related(
            "owner", "client", "subscription__plan"
        )
