"""What an owner does about one bill by hand: book money that came another way, or void it."""

from enum import StrEnum

from core.billing import by_hand
from core.billing.lifecycle import PushState
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import Payment, PaymentSource, StkPush, Transaction
from core.services.audit import audit
from core.services.bills.ledger import Ledger
from core.services.context import Context
from core.services.notices import Notices
from core.services.prompts.answers import AnswerBook
from core.services.prompts.open_prompts import open_prompt_for


class ByHand(StrEnum):
    """How money came that no prompt brought."""

    CASH = PaymentSource.CASH.value
    BANK = PaymentSource.BANK.value


class BillService:
    """Take the owner's word about one bill or charge. Another owner's is not found."""

    def __init__(
        self, context: Context, notices: Notices, *, ledger: Ledger, answers: AnswerBook
    ) -> None:
        self._context = context
        self._notices = notices
        self._ledger = ledger
        self._answers = answers

    async def record_payment(
        self, owner_id: int, transaction_id: int, *, source: ByHand, amount_kes: int
    ) -> Payment:
        """Book money that came in cash or at the bank: a part, the whole, or more than is owed.

        It pays the bill as any other money does, and what is left over is the client's credit. A
        prompt that is out for the bill stays out: should it be paid too, that is credit as well.

        Raises:
            NotFound: `transaction`.
            InvalidInput: `amount_kes`.
            Conflict: `nothing_to_pay`.
        """
        async with transaction():
            bill = await self._locked(owner_id, transaction_id)
            if not by_hand.may_be_paid_by_hand(bill.status):
                raise Conflict("nothing_to_pay")
            payment = await self._create(bill, source, _checked(bill, amount_kes))
            await self._ledger.receive(payment, bill)
            await self._answers.show(bill, key=f"by_hand:{payment.id}:paid")
            await self._audit(
                owner_id, "record_payment", bill, source=source.value, amount_kes=amount_kes
            )
        return payment

    async def _create(self, bill: Transaction, source: ByHand, amount_kes: int) -> Payment:
        now = self._context.now()
        return await Payment.create(
            owner_id=bill.owner_id,
            client_id=bill.client_id,
            source=PaymentSource(source.value),
            is_verified=False,
            amount_kes=amount_kes,
            credit_kes=amount_kes,
            phone_number=bill.phone_number,
            paid_at=now,
            created_at=now,
        )

    async def may_be_voided(self, owner_id: int, transaction_id: int) -> bool:
        """Tell whether `void` would take it now.

        Raises:
            NotFound: `transaction`.
        """
        bill = await Transaction.get_or_none(id=transaction_id, owner_id=owner_id)
        if bill is None:
            raise NotFound("transaction")
        pushes = await StkPush.filter(transaction_id=transaction_id)
        return by_hand.may_be_voided(bill.status, [push.state for push in pushes])

    async def void(self, owner_id: int, transaction_id: int, *, reason: str) -> Transaction:
        """Drop the bill: nobody has to pay it any more, and its period is not billed again.

        What it had got in part is the client's credit. A client who was asked for it is told.

        Raises:
            NotFound: `transaction`.
            InvalidInput: `reason`.
            PhoneHasOpenPrompt: A prompt is out for it, which may be paid any moment.
            Conflict: `prompt_undecided` while nobody knows what became of one,
                `nothing_to_pay` if it is paid or void already.
        """
        cleaned = _checked_reason(reason)
        async with transaction():
            bill = await self._locked(owner_id, transaction_id)
            pushes = await StkPush.filter(transaction_id=bill.id)
            await self._check_may_be_voided(bill, {push.state for push in pushes})
            await self._ledger.forgive(bill, reason=cleaned)
            await self._audit(owner_id, "void", bill, reason=cleaned, amount_kes=bill.amount_kes)
            if by_hand.was_asked_for(push.state for push in pushes):
                await self._tell_client(bill, cleaned)
            await self._answers.show(bill, key="void")
        return bill

    async def _check_may_be_voided(self, bill: Transaction, states: set[PushState]) -> None:
        if by_hand.may_be_voided(bill.status, states):
            return
        if bill.status not in by_hand.OPEN:
            raise Conflict("nothing_to_pay")
        if PushState.UNKNOWN in states:
            raise Conflict("prompt_undecided")
        raise await open_prompt_for(self._context, bill.id)

    async def _tell_client(self, bill: Transaction, reason: str) -> None:
        subscription = bill.subscription
        params = {
            "business": bill.owner.display_name,
            "plan_name": subscription.plan.name if subscription else None,
            "period_start": bill.period_start.isoformat() if bill.period_start else None,
            "amount_kes": bill.amount_kes,
            "reason": reason,
        }
        key = f"voided:{bill.id}"
        await self._notices.client(bill.client, "client_bill_voided", params, key=key)

    async def _locked(self, owner_id: int, transaction_id: int) -> Transaction:
        """Return the bill; whoever has news of it waits until we are done."""
        await Transaction.filter(id=transaction_id, owner_id=owner_id).select_for_update()
        bill = await Transaction.get_or_none(id=transaction_id, owner_id=owner_id).select_related(
            "owner", "client", "subscription__plan"
        )
        if bill is None:
            raise NotFound("transaction")
        return bill

    async def _audit(
        self, owner_id: int, action: str, bill: Transaction, **after: str | int
    ) -> None:
        subject = f"transaction:{bill.id}"
        await audit(self._context, f"user:{owner_id}", action, subject, **after)


def _checked(bill: Transaction, amount_kes: int) -> int:
    owed_kes = bill.amount_kes - bill.paid_kes
    has_client = bill.client_id is not None
    try:
        return by_hand.check_amount_by_hand(amount_kes, owed_kes=owed_kes, has_client=has_client)
    except InvalidValue as error:
        raise InvalidInput({"amount_kes": error.fault}) from None


def _checked_reason(reason: str) -> str:
    try:
        return by_hand.check_reason(reason)
    except InvalidValue as error:
        raise InvalidInput({"reason": error.fault}) from None
