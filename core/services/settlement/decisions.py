"""The owner's word about prompts that can't speak for themselves."""

from tortoise.exceptions import IntegrityError

from core.billing.decisions import Decision, Prompted, decisions, in_doubt
from core.billing.lifecycle import LIVE_PUSH_STATES, PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.billing.receipts import check_receipt
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import StkPush, Transaction
from core.ports import Verdict
from core.services.audit import audit
from core.services.context import Context
from core.services.outgoing import Outgoing
from core.services.prompts.accounts import AccountService
from core.services.prompts.open_prompts import open_prompt_for
from core.services.prompts.prompts import PromptService
from core.services.prompts.push_status import PushStatus
from core.services.settlement.settlement import Door, Result, SettlementService

_PAID = Verdict(result_code="", result_desc="the owner's word", outcome=Outcome.PAID)
_NOT_PAID = Verdict(result_code="", result_desc="the owner's word", outcome=Outcome.NOT_PAID)


class DecisionService:
    """Take the owner's decisions. Another owner's transaction is not found."""

    def __init__(
        self,
        context: Context,
        settlement: SettlementService,
        *,
        accounts: AccountService,
        prompts: PromptService,
    ) -> None:
        self._context = context
        self._settlement = settlement
        self._accounts = accounts
        self._prompts = prompts

    async def open_to(self, owner_id: int, transaction_id: int) -> frozenset[Decision]:
        """Return what the owner may decide about the transaction now.

        Raises:
            NotFound: `transaction`.
        """
        bill = await self._get(owner_id, transaction_id)
        return _decisions(bill, await _prompts_of(bill))

    async def it_was_paid(self, owner_id: int, transaction_id: int, receipt: str) -> Transaction:
        """Settle the transaction on the owner's word and his M-Pesa code.

        The payment stays unverified: a source that proves its receipt outranks it later.

        Raises:
            NotFound: `transaction`.
            InvalidInput: `receipt`: `not_a_receipt`, or `receipt_used` by another payment.
            Conflict: `nothing_in_doubt`.
        """
        try:
            code = check_receipt(receipt)
        except InvalidValue as error:
            raise InvalidInput({"receipt": error.fault}) from None
        try:
            async with transaction():
                await self._take_word(owner_id, transaction_id, Decision.PAID, receipt=code)
        except IntegrityError:  # Another payment took the code between our look and our insert.
            raise InvalidInput.of("receipt", "receipt_used") from None
        return await self._get(owner_id, transaction_id)

    async def it_was_not_paid(self, owner_id: int, transaction_id: int) -> Transaction:
        """Close the unanswered prompt on the owner's word; its bill follows as after any failure.

        Raises:
            NotFound: `transaction`.
            Conflict: `nothing_in_doubt`.
        """
        async with transaction():
            await self._take_word(owner_id, transaction_id, Decision.NOT_PAID, receipt=None)
        return await self._get(owner_id, transaction_id)

    async def _take_word(
        self, owner_id: int, transaction_id: int, decision: Decision, *, receipt: str | None
    ) -> None:
        bill = await self._locked(owner_id, transaction_id)
        prompts = await _prompts_of(bill)
        push = in_doubt(prompts)
        if push is None or decision not in _decisions(bill, prompts):
            raise Conflict("nothing_in_doubt")
        result = Result(
            push_id=push.push_id,
            door=Door.OWNER,
            verdict=_PAID if decision is Decision.PAID else _NOT_PAID,
            receipt=receipt,
        )
        (word,) = await self._settlement.record([result])
        if word == "parked:receipt_used":
            raise InvalidInput.of("receipt", "receipt_used")
        await self._audit(owner_id, bill, decision, receipt=receipt)

    async def prompt_again(self, owner_id: int, transaction_id: int) -> PushStatus:
        """Prompt for an unpaid bill or charge now, as a person's wish, and wait for the answer.

        Raises:
            FluxPayError: As for `prepare_again`.
        """
        outgoing = await self.prepare_again(owner_id, transaction_id)
        return await self._prompts.send_now(outgoing)

    async def prepare_again(self, owner_id: int, transaction_id: int) -> Outgoing:
        """Store a prompt for an unpaid bill or charge, for `PromptService.send_now` at once.

        Its retries so far stay counted.

        Raises:
            NotFound: `transaction`.
            NoMerchantAccount: There is nowhere for the money to go.
            PhoneHasOpenPrompt: A prompt is live on this phone or for this bill.
            Conflict: `prompt_undecided` while nobody knows what became of the last one,
                `cannot_ask_again`, `number_blocked`, `too_soon` with the `seconds` to wait, or
                `daily_limit` with the `limit` for numbers that are none of the owner's clients.
        """
        bill = await self._get(owner_id, transaction_id)
        merchant = await self._accounts.for_owner(bill.owner)
        async with transaction():
            bill = await self._locked(owner_id, transaction_id)
            await self._check_may_be_asked(bill)
            outgoing = await self._prompts.prepare(bill, merchant)
            await Transaction.filter(id=bill.id).update(
                status=TransactionStatus.PENDING, busy_count=0, needs_person_at=None
            )
            await self._audit(owner_id, bill, Decision.PROMPT_AGAIN)
        return outgoing

    async def _check_may_be_asked(self, bill: Transaction) -> None:
        prompts = await _prompts_of(bill)
        if Decision.PROMPT_AGAIN in _decisions(bill, prompts):
            return
        states = {prompt.state for prompt in prompts}
        if PushState.UNKNOWN in states:
            raise Conflict("prompt_undecided")
        if states & LIVE_PUSH_STATES:
            raise await open_prompt_for(self._context, bill.id)
        raise Conflict("cannot_ask_again")

    async def _audit(
        self, owner_id: int, bill: Transaction, decision: Decision, **after: str | None
    ) -> None:
        subject = f"transaction:{bill.id}"
        await audit(self._context, f"user:{owner_id}", decision.value.lower(), subject, **after)

    async def _get(self, owner_id: int, transaction_id: int) -> Transaction:
        bill = await Transaction.get_or_none(id=transaction_id, owner_id=owner_id).select_related(
            "client", "owner", "subscription"
        )
        if bill is None:
            raise NotFound("transaction")
        return bill

    async def _locked(self, owner_id: int, transaction_id: int) -> Transaction:
        """Return the transaction; whoever has news of it waits until we are done."""
        await Transaction.filter(id=transaction_id, owner_id=owner_id).select_for_update()
        return await self._get(owner_id, transaction_id)


async def _prompts_of(bill: Transaction) -> list[Prompted]:
    pushes = await StkPush.filter(transaction_id=bill.id)
    return [
        Prompted(
            push_id=push.id,
            state=push.state,
            outcome=Outcome(push.outcome) if push.outcome else None,
        )
        for push in pushes
    ]


def _decisions(bill: Transaction, prompts: list[Prompted]) -> frozenset[Decision]:
    status = bill.subscription.status if bill.subscription else None
    return decisions(bill.status, prompts=prompts, subscription=status)
