"""A result beside its prompt and its bill, and the rows that a plain one leaves behind.

Nothing here waits: `PlainResults` picks the plain ones by these values, and writes these rows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.billing.dunning import NextStep
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.settling import Prompted, Running
from core.models import PaymentSource
from core.services.bulk import Row
from core.services.incoming import Bill, Payment, Push
from core.services.settlement.settlement import Result


@dataclass(frozen=True, slots=True)
class Case:
    """A result, and what it is about: the bill with owner, client, subscription and plan."""

    result: Result
    push: Push
    bill: Bill

    @property
    def prompted(self) -> Prompted:
        """The prompt and its bill, as a value for the rules."""
        return Prompted(
            state=self.push.state,
            amount_kes=self.push.amount_kes,
            phone_number=self.push.phone_number,
            bill_status=self.bill.status,
            owed_kes=self.bill.amount_kes - self.bill.paid_kes,
            subscription=_running(self.bill),
        )

    @property
    def is_watched(self) -> bool:
        """Somebody watches the prompt in his chat: his message has to follow."""
        watching = (self.bill.status_message_id, self.push.watcher_message_id)
        return any(message_id is not None for message_id in watching)

    def closed_push(self, state: PushState, now: datetime) -> Row:
        """Return what becomes of the prompt."""
        verdict, push = self.result.verdict, self.push
        learned = push.checkout_request_id is None
        return {
            "id": push.id,
            "state": state,
            "outcome": verdict.outcome.value,
            "result_code": verdict.result_code[:40],
            "result_desc": verdict.result_desc[:500],
            "live_transaction_id": None,
            "live_phone": None,
            "next_query_at": None,
            "closed_at": now,
            "checkout_request_id": self._checkout_id,
            "sent_at": push.sent_at or (push.created_at if learned else None),
        }

    def paid_bill(self, now: datetime) -> Row:
        """Return what becomes of the bill once it is paid."""
        return {
            "id": self.bill.id,
            "paid_kes": self.bill.amount_kes,
            "status": TransactionStatus.SUCCESS,
            "settled_at": now,
            "next_attempt_at": None,
            "needs_person_at": None,
            "mpesa_receipt_no": self.result.receipt,
            "daraja_request_id": self._daraja_id,
        }

    def failed_bill(self, step: NextStep, now: datetime) -> Row:
        """Return what becomes of the bill once its prompt has failed."""
        verdict = self.result.verdict
        return {
            "id": self.bill.id,
            "status": TransactionStatus.FAILED,
            "busy_count": 0,
            "failure_code": verdict.outcome.value,
            "failure_detail": verdict.result_desc[:500],
            "next_attempt_at": step.next_attempt_at,
            "needs_person_at": now if step.needs_person else None,
            "max_retries": self.bill.max_retries,
            "grace_days": self.bill.grace_days,
            "daraja_request_id": self._daraja_id,
        }

    def new_payment(self, now: datetime) -> Row:
        """Return the payment, all of which the bill takes."""
        return {
            "owner_id": self.bill.owner_id,
            "client_id": self.bill.client_id,
            "push_id": self.push.id,
            "push_key": self.push.id,
            "source": PaymentSource.STK,
            "receipt": self.result.receipt,
            "is_verified": True,
            "amount_kes": self.push.amount_kes,
            "credit_kes": 0,
            "phone_number": self.push.phone_number,
            "paid_at": self.paid_at(now),
            "created_at": now,
        }

    def payment(self, payment_id: int, now: datetime) -> Payment:
        """Return the payment once it is stored."""
        return Payment(
            id=payment_id,
            source=PaymentSource.STK,
            receipt=self.result.receipt,
            amount_kes=self.push.amount_kes,
            paid_at=self.paid_at(now),
        )

    def paid_at(self, now: datetime) -> datetime:
        """Return when the money came: if the result does not say, now."""
        return self.result.paid_at or now

    def allocation(self, payment_id: int, now: datetime) -> Row:
        """Return the part of the payment that pays the bill: all of it."""
        return {
            "payment_id": payment_id,
            "transaction_id": self.bill.id,
            "amount_kes": self.push.amount_kes,
            "created_at": now,
        }

    @property
    def _checkout_id(self) -> str | None:
        """Daraja's id, from the news if its own answer never reached us."""
        return self.push.checkout_request_id or self.result.checkout_request_id

    @property
    def _daraja_id(self) -> str | None:
        """What the bill has to show as the id of its newest push."""
        if self.push.checkout_request_id is None:
            return self.result.checkout_request_id
        return self.bill.daraja_request_id


def _running(bill: Bill) -> Running | None:
    subscription = bill.subscription
    if subscription is None:
        return None
    return Running(
        status=subscription.status,
        renewal=subscription.plan.renewal,
        period_start=bill.period_start,
    )


def apart(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that have nothing in common with any other one."""
    seen = Counter(key for case in cases for key in _keys(case))
    return [case for case in cases if all(seen[key] == 1 for key in _keys(case))]


def _keys(case: Case) -> Iterable[tuple[str, object]]:
    bill = case.bill
    keys = {
        "bill": bill.id,
        "subscription": bill.subscription_id,
        "client": bill.client_id,
        "receipt": case.result.receipt,
    }
    return [key for key in keys.items() if key[1] is not None]
