"""Which payment an M-Pesa code belongs to: what proves its code outranks what only claims it."""

from datetime import datetime

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.outcomes import Outcome
from core.models import Allocation, Payment, PaymentSource, StkPush, Transaction
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import Notices
from core.services.prompts.answers import AnswerBook
from core.services.voiding import void_open_bills

_OUTRANKED = "receipt_outranked"


class Receipts:
    """Move codes between payments. Each method belongs inside a DB transaction of its caller."""

    def __init__(self, context: Context, notices: Notices, answers: AnswerBook) -> None:
        self._context = context
        self._notices = notices
        self._answers = answers

    async def free_claim(self, push: StkPush) -> str | None:
        """Return the code that an unproved callback claimed, unless another payment has it."""
        claim = push.claimed_receipt
        if claim is None or await Payment.filter(receipt=claim).exists():
            return None
        return claim

    async def prove(self, payment: Payment, receipt: str, *, paid_at: datetime | None) -> None:
        """Give the payment its proved code, whatever it had claimed before."""
        if payment.receipt != receipt:
            await self.take_back(receipt)
        payment.receipt, payment.is_verified = receipt, True
        payment.source = PaymentSource.STK
        payment.paid_at = paid_at or payment.paid_at
        await payment.save(update_fields=["receipt", "is_verified", "source", "paid_at"])
        await self._show(payment, receipt)

    async def take_back(self, receipt: str) -> None:
        """Take the code, now proved, from the payment that only claimed it."""
        for payment in await Payment.filter(receipt=receipt, is_verified=False):
            if is_word_of_owner(payment):
                await self._withdraw(payment)  # Nothing but the code spoke for it.
                continue
            await self._show(payment, None)
            await Payment.filter(id=payment.id).update(receipt=None)

    async def _show(self, payment: Payment, receipt: str | None) -> None:
        """Write the code, or none, on the bills that the payment paid."""
        parts = await Allocation.filter(payment_id=payment.id)
        await Transaction.filter(id__in=[part.transaction_id for part in parts]).update(
            mpesa_receipt_no=receipt
        )

    async def _withdraw(self, payment: Payment) -> None:
        """Delete what was never money; each bill that it had paid needs its owner again."""
        payment_id = payment.id
        parts = await Allocation.filter(payment_id=payment_id).order_by("transaction_id")
        await Allocation.filter(payment_id=payment_id).delete()
        await payment.delete()
        # Its push may still bring money: the next success of it is the first one.
        await StkPush.filter(id=payment.push_id).update(
            state=PushState.FAILED, outcome=Outcome.NO_ANSWER
        )
        for part in parts:
            await self._reopen(part, str(payment.receipt))
        facts = {"receipt": payment.receipt, "amount_kes": payment.amount_kes}
        subject = f"payment:{payment_id}"
        await audit(self._context, "system", "withdraw", subject, push_id=payment.push_id, **facts)

    async def _reopen(self, part: Allocation, receipt: str) -> None:
        await Transaction.filter(id=part.transaction_id).select_for_update()
        bill = await Transaction.get(id=part.transaction_id).select_related(
            "owner", "client", "subscription"
        )
        bill.paid_kes -= part.amount_kes
        bill.status = TransactionStatus.FAILED
        bill.failure_code, bill.failure_detail = _OUTRANKED, None
        bill.needs_person_at = self._context.now()
        bill.next_attempt_at = bill.settled_at = bill.mpesa_receipt_no = None
        await bill.save()
        await self._tell(bill, receipt)
        subscription = bill.subscription
        if subscription is not None and subscription.status is SubscriptionStatus.CANCELLED:
            await void_open_bills(subscription.id)

    async def _tell(self, bill: Transaction, receipt: str) -> None:
        params = {
            "client_name": bill.client.name if bill.client else None,
            "phone_number": bill.phone_number,
            "amount_kes": bill.amount_kes - bill.paid_kes,
            "transaction_id": bill.id,
            "reason": _OUTRANKED,
        }
        key = f"withdrawn:{bill.id}:{receipt}"
        await self._notices.owner(bill.owner, "needs_you", params, key=key)
        await self._answers.show(bill, key=key)


def is_word_of_owner(payment: Payment) -> bool:
    """Tell whether nothing but the owner's own word speaks for the payment."""
    return payment.source is PaymentSource.SMS and not payment.is_verified
