"""Payments that a client asks for himself: a prompt for his own bill, with all the rests."""

from collections.abc import Sequence

from core.billing.decisions import Prompted
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.billing.own_wishes import is_being_asked, is_in_doubt
from core.database import transaction
from core.errors import Conflict
from core.models import Approval, StkPush, Transaction
from core.services.audit import audit
from core.services.clients.standings import StandingService, may_be_paid
from core.services.context import Context
from core.services.outgoing import Outgoing
from core.services.prompts.accounts import AccountService
from core.services.prompts.open_prompts import open_prompt_for
from core.services.prompts.prompts import PromptService

# His number may be one that he only typed: nobody's phone shall ring all day.
MOST_OWN_PROMPTS_A_DAY = 5


class OwnPaymentService:
    """Prompt the client whose chat it is. Another's bill is not found."""

    def __init__(
        self,
        context: Context,
        standings: StandingService,
        *,
        accounts: AccountService,
        prompts: PromptService,
    ) -> None:
        self._context = context
        self._standings = standings
        self._accounts = accounts
        self._prompts = prompts

    async def prepare(self, telegram_id: int, transaction_id: int, *, message_id: int) -> Outgoing:
        """Store a prompt for his own bill, to be handed to `PromptService.send_now` at once.

        `message_id` is the message in his chat in which he watches how it goes.

        Raises:
            NotFound: `transaction`.
            NoMerchantAccount: There is nowhere for the money to go.
            PhoneHasOpenPrompt: A prompt is live on his phone or for this bill.
            Conflict: `not_payable`, `payment_in_doubt` while his money may be on its way,
                `business_closed`, `enough_today`, `prompts_stopped`, `number_blocked`, or
                `too_soon` with the `seconds` to wait.
        """
        bill = await self._standings.bill(telegram_id, transaction_id)
        if bill.owner.approval is not Approval.APPROVED:
            raise Conflict("business_closed")
        merchant = await self._accounts.for_owner(bill.owner)
        async with transaction():
            await Transaction.filter(id=bill.id).select_for_update()
            bill = await self._standings.bill(telegram_id, transaction_id)
            await self._check_payable(telegram_id, bill)
            outgoing = await self._prompts.prepare(
                bill, merchant, watcher=(telegram_id, message_id)
            )
            await Transaction.filter(id=bill.id).update(
                status=TransactionStatus.PENDING, busy_count=0, needs_person_at=None
            )
            actor = f"client_id:{bill.client_id}"
            await audit(self._context, actor, "pay_now", f"transaction:{bill.id}")
        return outgoing

    async def watch(self, telegram_id: int, push_id: int, *, message_id: int) -> None:
        """Let another message of the same chat show how his prompt goes."""
        await StkPush.filter(id=push_id, watcher_chat_id=telegram_id).update(
            watcher_message_id=message_id
        )

    async def _check_payable(self, telegram_id: int, bill: Transaction) -> None:
        if not may_be_paid(bill):
            raise Conflict("not_payable")
        prompts = await _prompts_of(bill)
        if is_in_doubt(prompts):
            raise Conflict("payment_in_doubt")
        if is_being_asked(prompts):
            raise await open_prompt_for(self._context, bill.id)
        asked = await StkPush.filter(
            watcher_chat_id=telegram_id, created_at__gte=self._context.midnight()
        ).count()
        if asked >= MOST_OWN_PROMPTS_A_DAY:
            raise Conflict("enough_today")


async def _prompts_of(bill: Transaction) -> Sequence[Prompted]:
    pushes = await StkPush.filter(transaction_id=bill.id)
    return [
        Prompted(
            push_id=push.id,
            state=PushState(push.state),
            outcome=Outcome(push.outcome) if push.outcome else None,
        )
        for push in pushes
    ]
