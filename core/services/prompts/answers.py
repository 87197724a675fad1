"""Daraja's answers to our pushes, stored in one DB transaction a group."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.billing.dunning import busy_back_off
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.database import connection, transaction
from core.models import PushOrigin, StkPush, Transaction
from core.ports import (
    Accepted,
    Busy,
    BusyKind,
    Merchant,
    NoAnswer,
    PromptAnswer,
    RefusalKind,
    Refused,
)
from core.services.bulk import Row, among, fetch, for_update, update_rows
from core.services.context import Context
from core.services.notices import Notices
from core.services.outgoing import AnyPush
from core.services.prompts.accounts import AccountService

# The prompt lives for about a minute; no callback after this long is worth a question.
FIRST_QUERY_AFTER = timedelta(seconds=75)
_HALTED_WAIT = timedelta(minutes=5)
# So often in a row a bill meets a token that is dead on arrival before the app is to blame.
_ENOUGH_REFUSALS = 3
_BILLS = "SELECT id FROM transactions"
_STATES = "SELECT id, state FROM stk_pushes"
_UNANSWERED = frozenset({PushState.SENDING, PushState.UNKNOWN})
Answered = tuple[AnyPush, Merchant, PromptAnswer]


class AnswerBook:
    """Turn an answer into the push's next state. A callback may have been faster."""

    def __init__(self, context: Context, notices: Notices, accounts: AccountService) -> None:
        self._context = context
        self._notices = notices
        self._accounts = accounts

    async def store(self, answered: Sequence[Answered]) -> None:
        """Store each answer with what follows from it."""
        async with transaction():
            await self._lock([push for push, _, _ in answered])
            await self._store_accepted(answered)
            for push, merchant, answer in answered:
                await self._store_other(push, merchant, answer)

    async def _lock(self, pushes: Sequence[AnyPush]) -> None:
        """Let whoever has news of these bills wait until we are done.

        The bill before its push, as settlement does: the other way round each would hold what
        the other one waits for.
        """
        ids = [push.transaction_id for push in pushes]
        await fetch(connection(), _locking(connection()), ids)

    async def _store_other(self, push: AnyPush, merchant: Merchant, answer: PromptAnswer) -> None:
        match answer:
            case Accepted():
                pass  # Stored with the others.
            case Refused():
                await self._refused(push, merchant, answer)
            case Busy():
                await self._busy(push, merchant, answer)
            case NoAnswer():
                await self.unknown(push, answer.detail)

    async def _store_accepted(self, answered: Sequence[Answered]) -> None:
        accepted = [(push, answer) for push, _, answer in answered if isinstance(answer, Accepted)]
        if not accepted:
            return
        await self._store_ids(accepted)
        await update_rows(
            connection(), Transaction, [_newest_row(push, answer) for push, answer in accepted]
        )
        merchants = (merchant for _, merchant, answer in answered if isinstance(answer, Accepted))
        await self._accounts.went_well({merchant.shortcode for merchant in merchants})

    async def _store_ids(self, accepted: Sequence[tuple[AnyPush, Accepted]]) -> None:
        """Write down Daraja's ids. Only an answer that nobody overtook decides the state."""
        locked = f"{among(connection(), 'id', 1)} {for_update(connection(), 'stk_pushes')}"
        ids = [push.id for push, _ in accepted]
        rows = await fetch(connection(), f"{_STATES} WHERE {locked}", ids)
        waiting = {row["id"] for row in rows if row["state"] in _UNANSWERED}
        now = self._context.now()
        sent = {"state": PushState.SENT, "next_query_at": now + FIRST_QUERY_AFTER}
        first = [_ids_row(push, answer, now) for push, answer in accepted if push.id in waiting]
        late = [_ids_row(push, answer, now) for push, answer in accepted if push.id not in waiting]
        await update_rows(connection(), StkPush, [row | sent for row in first])
        await update_rows(connection(), StkPush, late)

    async def _reject(self, push: AnyPush, code: str, detail: str) -> bool:
        """Close a push that never reached a phone; False if somebody settled it meanwhile."""
        closed = await StkPush.filter(
            id=push.id, state__in=[PushState.SENDING, PushState.UNKNOWN]
        ).update(
            state=PushState.REJECTED,
            live_transaction_id=None,
            live_phone=None,
            result_code=code[:40],
            result_desc=detail[:500],
            closed_at=self._context.now(),
        )
        return bool(closed)

    async def _refused(self, push: AnyPush, merchant: Merchant, answer: Refused) -> None:
        if not await self._reject(push, answer.code, answer.detail):
            return
        bill = await self._bill(push)
        passes = answer.may_pass and bill.busy_count + 1 < _ENOUGH_REFUSALS
        if answer.kind is RefusalKind.MERCHANT and not passes:
            await self._accounts.halt(merchant, bill.owner, detail=answer.detail)
        code = f"{answer.kind.value.lower()}_refused"
        if bill.subscription_id is None:
            await self._fail_charge(bill, code, answer.detail)
        elif passes:
            await self._put_off(bill, busy_back_off(bill.busy_count + 1))
        elif answer.kind is RefusalKind.MERCHANT:
            await self._put_off(bill, _HALTED_WAIT)
        else:
            await self._needs_person(push, bill, code, answer.detail)

    async def _busy(self, push: AnyPush, merchant: Merchant, answer: Busy) -> None:
        if not await self._reject(push, answer.code, answer.detail):
            return
        if answer.kind in {BusyKind.SPIKE_ARREST, BusyKind.QUOTA}:
            await self._accounts.slow_down(merchant)
        bill = await self._bill(push)
        if bill.subscription_id is None:
            await self._fail_charge(bill, _busy_code(answer.kind), answer.detail)
        else:
            await self._put_off(bill, busy_back_off(bill.busy_count + 1))

    async def _put_off(self, bill: Transaction, wait: timedelta) -> None:
        await Transaction.filter(id=bill.id, status=TransactionStatus.PENDING).update(
            next_attempt_at=self._context.now() + wait, busy_count=bill.busy_count + 1
        )

    async def _fail_charge(self, bill: Transaction, code: str, detail: str) -> None:
        await Transaction.filter(id=bill.id, status=TransactionStatus.PENDING).update(
            status=TransactionStatus.FAILED,
            failure_code=code[:40],
            failure_detail=detail[:500],
            next_attempt_at=None,
        )
        await self.show(bill, key="refused")

    async def _needs_person(
        self, push: AnyPush, bill: Transaction, code: str, detail: str
    ) -> None:
        await Transaction.filter(id=bill.id, status=TransactionStatus.PENDING).update(
            status=TransactionStatus.FAILED,
            failure_code=code[:40],
            failure_detail=detail[:500],
            next_attempt_at=None,
            needs_person_at=self._context.now(),
        )
        await self.tell_needs_you(push, bill, code)

    async def tell_needs_you(self, push: AnyPush, bill: Transaction, reason: str) -> None:
        """Tell the owner that after this push only he can take its bill on.

        The reason is an `Outcome` or the code of a refusal.
        """
        params = {
            "client_name": bill.client.name if bill.client else None,
            "phone_number": bill.phone_number,
            "amount_kes": bill.amount_kes - bill.paid_kes,
            "transaction_id": bill.id,
            "reason": reason,
        }
        key = f"needs_you:{push.id}:{reason}"
        await self._notices.owner(bill.owner, "needs_you", params, key=key)

    async def unknown(self, push: AnyPush, detail: str) -> bool:
        """Mark a push whose answer is lost, and tell the owner; False if it is settled already.

        It stays live: nothing prompts for its bill again before somebody knows.
        """
        await self._lock([push])
        marked = await StkPush.filter(id=push.id, state=PushState.SENDING).update(
            state=PushState.UNKNOWN, result_desc=detail[:500]
        )
        if not marked:
            return False
        bill = await self._bill(push)
        params = {
            "client_name": bill.client.name if bill.client else None,
            "phone_number": bill.phone_number,
            "amount_kes": push.amount_kes,
            "transaction_id": bill.id,
        }
        if not is_shown(bill, push):
            await self._notices.owner(
                bill.owner, "prompt_unknown", params, key=f"unknown:{push.id}"
            )
        await self.show(bill, key=f"unknown:{push.id}")
        await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:unknown")
        return True

    async def show(self, bill: Transaction, *, key: str) -> None:
        """Bring the chat message that shows this push up to date, if there is one."""
        if bill.status_chat_id is None or bill.status_message_id is None:
            return
        message = (bill.status_chat_id, bill.status_message_id)
        params = {"transaction_id": bill.id}
        await self._notices.edit(bill.owner, message, params, key=f"show:{bill.id}:{key}")

    async def release(self, push: AnyPush) -> None:
        """Give up a push that was never handed to HTTP: its bill is due again."""
        await self._lock([push])
        released = await StkPush.filter(id=push.id, state=PushState.CREATED).update(
            state=PushState.REJECTED,
            outcome=Outcome.NEVER_SENT,
            live_transaction_id=None,
            live_phone=None,
            closed_at=self._context.now(),
        )
        if not released:
            return
        bill = await self._bill(push)
        await self._notices.watcher(push, bill.client, key=f"watch:{push.id}:released")
        if bill.subscription_id is None:
            await self._fail_charge(bill, "not_sent", "")
        else:
            await Transaction.filter(id=bill.id, status=TransactionStatus.PENDING).update(
                next_attempt_at=self._context.now()
            )

    async def _bill(self, push: AnyPush) -> Transaction:
        return await Transaction.get(id=push.transaction_id).select_related("owner", "client")


def is_shown(bill: Transaction, push: AnyPush) -> bool:
    """Tell whether the owner watches this prompt in a message of his chat.

    A bill's message shows the prompt that he asked for; later ones of the timetable are news.
    """
    if bill.status_message_id is None:
        return False
    return bill.subscription_id is None or push.origin is PushOrigin.PERSON


def _locking(connection: BaseDBAsyncClient) -> str:
    these = among(connection, "id", 1)
    return f"{_BILLS} WHERE {these} ORDER BY id {for_update(connection, 'transactions')}"


def _ids_row(push: AnyPush, answer: Accepted, now: datetime) -> dict[str, Any]:
    return {
        "id": push.id,
        "merchant_request_id": answer.merchant_request_id[:120],
        "checkout_request_id": answer.checkout_request_id[:120],
        "sent_at": now,
    }


def _newest_row(push: AnyPush, answer: Accepted) -> Row:
    return {
        "id": push.transaction_id,
        "daraja_request_id": answer.checkout_request_id[:120],
    }


def _busy_code(kind: BusyKind) -> str:
    match kind:
        case BusyKind.PHONE_LOCKED:
            return "phone_locked"
        case BusyKind.NOT_SENT:
            return "not_sent"
        case BusyKind.SYSTEM_BUSY | BusyKind.SPIKE_ARREST | BusyKind.QUOTA:
            return "busy"
