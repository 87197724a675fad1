"""Services with one bug each. mutants.py names them and puts them in.

Nothing but a rehearsal that is to fail ever uses these.
"""

import asyncio
import contextvars
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.database import transaction
from core.models import (
    Notification,
    NotificationState,
    Payment,
    StkPush,
    Subscription,
    Transaction,
)
from core.ports import Merchant, NoAnswer, PromptAnswer, PromptRequest
from core.services.bills.due import Whose, claim_due
from core.services.bills.ledger import Ledger
from core.services.bills.making import BATCH, BillingService
from core.services.bulk import Row, update_rows
from core.services.messages.outbox import OutboxService
from core.services.notices import Notices, Wanted
from core.services.outgoing import AnyPush, Bill, Outgoing, Recent
from core.services.prompts.answers import AnswerBook, Answered
from core.services.prompts.dispatch import Dispatch
from core.services.prompts.prompts import PromptService
from core.services.prompts.turns import Turns
from core.services.settlement.inbox import InboxService
from core.services.settlement.reconciliation import ReconciliationService
from core.services.settlement.settlement import Result, SettlementService
from rehearsal.baton import current


class NoUniqueCheck(BillingService):
    """Reads what is due in one transaction and bills it in another, and without the key."""

    async def _bill_batch(self, status: SubscriptionStatus, whose: Whose) -> tuple[int, int]:
        today = self._context.today()
        async with transaction() as connection:
            due = await claim_due(connection, status, today=today, limit=BATCH, whose=whose)
        if not due:
            return 0, 0
        async with transaction() as connection:
            held = await self._unpaid_rolling(connection, due)
            batch = self._batch(due, held)
            batch.bills = [{**bill, "bill_key": None} for bill in batch.bills]
            await self._store(connection, batch)
        return len(due), len(batch.bills)


class DateMovesApart(BillingService):
    """Commits the bills first, and the next dates afterwards."""

    async def _store(self, connection: BaseDBAsyncClient, batch: Any) -> None:
        moved, batch.moved = list(batch.moved), []
        await super()._store(connection, batch)
        asyncio.get_running_loop().create_task(_move(moved), context=_context_outside())


async def _move(moved: list[Row]) -> None:
    async with transaction() as connection:
        await update_rows(connection, Subscription, moved)


class RetryCountsTwice(BillingService):
    """Counts a retry when the bill is put back, and once more afterwards."""

    async def _retry_batch(self) -> int:
        retried = await super()._retry_batch()
        if retried:
            again = Transaction.filter(
                status=TransactionStatus.PENDING,
                retry_count__gt=0,
                next_attempt_at=self._context.now(),
            )
            await again.update(retry_count=F("retry_count") + 1)
        return retried


class AcknowledgesFirst(InboxService):
    """Answers 200, and stores the callback when it gets round to it."""

    async def receive_callback(self, body: bytes, *, token: str | None) -> bool:
        """Answer True."""
        asyncio.get_running_loop().create_task(super().receive_callback(body, token=token))
        return True


class SettlesTwice(SettlementService):
    """Does not look whether the push is settled already."""

    async def _paid(self, push: StkPush, result: Result) -> str:
        await Payment.filter(push_key=push.id).update(push_key=None, receipt=None)
        reason = await self._doubt(push, result)
        return reason or await self._settle(push, result)


class BelievesAnyAmount(SettlementService):
    """Takes a callback's word for it, whatever amount and receipt it names."""

    async def _doubt(self, push: StkPush, result: Result) -> str | None:
        del push, result
        return None


class ReceiptCountsTwice(SettlementService):
    """Takes a receipt that another payment holds."""

    async def _doubt(self, push: StkPush, result: Result) -> str | None:
        reason = await super()._doubt(push, result)
        return None if reason == "receipt_used" else reason

    async def _take_back(self, receipt: str) -> None:
        await Payment.filter(receipt=receipt).update(receipt=None, is_verified=False)


class FailureOverturnsSuccess(SettlementService):
    """Believes the newest news, though success is final."""

    async def _failed(self, push: StkPush, result: Result) -> str:
        await self._close(push, PushState.FAILED, result.verdict)
        return "failed"


class FailureIsForEver(SettlementService):
    """Takes no payment for a push that was reported as failed."""

    async def _paid(self, push: StkPush, result: Result) -> str:
        if push.state is PushState.FAILED:
            return "duplicate"
        return await super()._paid(push, result)


class DropsCredit(SettlementService):
    """Forgets money that no bill wants."""

    async def _apply(self, payment: Payment, bill: Transaction, *, push: StkPush) -> str:
        word = await super()._apply(payment, bill, push=push)
        await Payment.filter(id=payment.id).update(credit_kes=0)
        return word


class AllocatesTwice(Ledger):
    """Forgets to take from the payment what it gave to the bill."""

    async def allocate(self, payment: Payment, bill: Transaction) -> int:
        """Allocate without keeping account of it."""
        credit_kes = payment.credit_kes
        left = await super().allocate(payment, bill)
        await Payment.filter(id=payment.id).update(credit_kes=credit_kes)
        return left


class UnknownIsFailure(AnswerBook):
    """Takes a lost answer for a no, and prompts again."""

    async def unknown(self, push: AnyPush, detail: str) -> bool:
        """Reject a push of which nothing is known."""
        if await self._reject(push, "", detail):
            bill = await self._bill(push)
            await self._put_off(bill, timedelta(minutes=2))
        return True


class SendsBeforeCommit(Dispatch):
    """Calls Daraja before it is written down that it will: after a crash it does so again."""

    async def call(self, outgoing: Sequence[Outgoing]) -> list[Answered]:
        """Call first, and write afterwards."""
        answers = await asyncio.gather(*(self._request(item.request) for item in outgoing))
        ids = [item.push.id for item in outgoing]
        await StkPush.filter(id__in=ids).update(state=PushState.SENDING)
        return [
            (item.push, item.request.merchant, answer)
            for item, answer in zip(outgoing, answers, strict=True)
        ]


class RetriesThePush(Dispatch):
    """Wraps the push in a retry, as any HTTP library would."""

    async def _request(self, request: PromptRequest) -> PromptAnswer:
        answer = await super()._request(request)
        if isinstance(answer, NoAnswer):
            answer = await super()._request(request)
        return answer


class HoldsNoPhone(Dispatch):
    """Leaves the guard of the phone empty."""

    def make(self, bill: Bill, merchant: Merchant, origin: Any, *, at: datetime) -> Outgoing:
        """Make a push that holds its bill alone."""
        item = super().make(bill, merchant, origin, at=at)
        item.push.live_phone = None
        return item


class HoldsNoBill(Dispatch):
    """Leaves the guard of the bill empty."""

    def make(self, bill: Bill, merchant: Merchant, origin: Any, *, at: datetime) -> Outgoing:
        """Make a push that holds its phone alone."""
        item = super().make(bill, merchant, origin, at=at)
        item.push.live_transaction_id = None
        return item


class KnowsNoNight(PromptService):
    """Prompts at any hour."""

    def _is_sociable(self) -> bool:
        return True


class PromptsAllDay(Turns):
    """Counts no prompts of a day."""

    def _rung_today(self, sent: Sequence[Recent]) -> int:
        del sent
        return 0


class NoticesApart(Notices):
    """Queues a notice beside the DB transaction, and not in it."""

    async def _insert(self, rows: Sequence[Row], *, wanted: Wanted | None = None) -> None:
        work = super()._insert(rows, wanted=wanted)
        asyncio.get_running_loop().create_task(work, context=_context_outside())


class AnnouncesTooEarly(Dispatch):
    """Tells the owner that he was paid as soon as the prompt is on its way."""

    async def store(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        """Store the pushes, and rejoice."""
        kept = await super().store(outgoing)
        notices = self._answers._notices  # noqa: SLF001 - it is a bug, after all
        for item in kept:
            bill = await Transaction.get(id=item.bill.id).select_related("owner")
            await notices.owner(bill.owner, "payment_received", {}, key=f"paid:{bill.id}:0")
        return kept


class NeverAsks(ReconciliationService):
    """Waits for callbacks alone."""

    async def _claim(self) -> list[StkPush]:
        return []


class FloodIsFinal(OutboxService):
    """Gives a notice up when Telegram asks for patience."""

    def _put_off(self, row: Notification, delivery: Any) -> None:
        super()._put_off(row, delivery)
        row.state = NotificationState.FAILED


class CountsAsSentFirst(OutboxService):
    """Counts a notice as sent when it is about to be."""

    async def _hold(self, leased: Sequence[Notification]) -> None:
        await super()._hold(leased)
        ids = [row.id for row in leased]
        await Notification.filter(id__in=ids).update(state=NotificationState.SENT)


def _context_outside() -> contextvars.Context:
    """Return a context of this process that is in no DB transaction."""
    process = current.get()
    return contextvars.copy_context() if process is None else process.new_context()
