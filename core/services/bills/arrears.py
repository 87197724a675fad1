"""What becomes of debts by themselves: paid from credit, or suspended for."""

from core.billing.due import account_reference
from core.billing.lifecycle import INDEBTED, SubscriptionStatus
from core.database import connection, transaction
from core.models import Approval, Subscription
from core.services.bills.ledger import Ledger
from core.services.bulk import fetch
from core.services.context import Context
from core.services.notices import Notices

_BATCH = 500
# Few payments have credit left, so that this starts from their index.
_OWING_WITH_CREDIT = f"""
SELECT DISTINCT p.client_id
FROM payments p
JOIN transactions t ON t.client_id = p.client_id
JOIN subscriptions s ON s.id = t.subscription_id
WHERE p.credit_kes > 0 AND t.status IN ('PENDING', 'FAILED')
  AND s.status IN ({", ".join(f"'{status}'" for status in sorted(INDEBTED))})
  AND NOT EXISTS (SELECT 1 FROM stk_pushes u WHERE u.live_transaction_id = t.id)
LIMIT {_BATCH}
"""  # noqa: S608 - words of our own


class ArrearsService:
    """Each method may run at any time and several times at once."""

    def __init__(self, context: Context, notices: Notices, ledger: Ledger) -> None:
        self._context = context
        self._notices = notices
        self._ledger = ledger

    async def spend_credit(self) -> int:
        """Pay open bills from credit that came while they could not take it; return the clients.

        A bill whose prompt is out takes none, because the prompt may be paid, and one whose
        subscription is paused has time.
        """
        owing = await fetch(connection(), _OWING_WITH_CREDIT)
        if not owing:
            return 0
        async with transaction():
            await self._ledger.use_credit([row["client_id"] for row in owing])
        return len(owing)

    async def suspend_overdue(self) -> int:
        """Suspend those whose grace after the last retry is over; return how many.

        A suspended business's clients can't pay it here, so their grace does not run out.
        """
        suspended = 0
        due = await Subscription.filter(
            status=SubscriptionStatus.PAST_DUE,
            suspend_at__lte=self._context.now(),
            owner__approval=Approval.APPROVED,
        )
        for subscription in due:
            suspended += await self._suspend(subscription.id)
        return suspended

    async def _suspend(self, subscription_id: int) -> int:
        async with transaction():
            moved = await Subscription.filter(
                id=subscription_id,
                status=SubscriptionStatus.PAST_DUE,
                suspend_at__lte=self._context.now(),
            ).update(status=SubscriptionStatus.SUSPENDED, suspend_at=None)
            if moved:
                await self._tell_suspended(subscription_id)
        return moved

    async def _tell_suspended(self, subscription_id: int) -> None:
        subscription = await Subscription.get(id=subscription_id).select_related(
            "owner", "client", "plan"
        )
        params = {
            "client_name": subscription.client.name,
            "plan_name": subscription.plan.name,
            "amount_kes": await self._ledger.owed_kes(subscription_id),
        }
        key = f"suspended:{subscription_id}:{int(self._context.now().timestamp())}"
        await self._notices.owner(subscription.owner, "suspended", params, key=key)
        ways = await self._ledger.ways_to_pay(
            subscription.owner, account_reference(subscription_id)
        )
        params |= {"business": subscription.owner.display_name, **ways}
        await self._notices.client(subscription.client, "client_suspended", params, key=key)
