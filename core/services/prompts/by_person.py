"""What a prompt has to keep that a person asks for, and not the timetable."""

from datetime import UTC, datetime, time

from core.errors import Conflict
from core.models import Client, StkPush, User
from core.services.context import Context
from core.services.prompts.blocked_numbers import BlockedNumberService
from core.services.prompts.stop import check_not_stopped
from core.services.prompts.turns import Turns

# To numbers that are nobody's client: enough to try it out, too few to pester a town.
MOST_TO_STRANGERS_A_DAY = 20


class PersonPrompts:
    """Check a person's prompts. Each method belongs inside the DB transaction that stores one."""

    def __init__(self, context: Context, turns: Turns, blocked: BlockedNumberService) -> None:
        self._context = context
        self._turns = turns
        self._blocked = blocked

    async def check(self, phone_number: str, amount_kes: int) -> None:
        """Refuse a prompt that the phone may not have now.

        Raises:
            PhoneHasOpenPrompt: Another prompt is live on this phone.
            Conflict: `prompts_stopped`, `number_blocked`, or `too_soon` with the `seconds` to
                wait.
        """
        if not phone_number:
            raise Conflict("no_phone")  # Its holder had his data deleted.
        await check_not_stopped()
        await self._blocked.check(phone_number)
        await self._turns.check_person(phone_number, amount_kes)

    async def check_stranger(self, owner_id: int, phone_number: str) -> None:
        """Refuse the 21st prompt of a day to numbers that are none of the owner's clients.

        Raises:
            Conflict: `daily_limit`, with the `limit`.
        """
        if await Client.filter(owner_id=owner_id, phone_number=phone_number).exists():
            return
        # One at a time: two at once must not both be the twentieth.
        await User.filter(id=owner_id).select_for_update()
        start = datetime.combine(self._context.today(), time(), tzinfo=self._context.zone)
        today = await StkPush.filter(
            transaction__owner_id=owner_id,
            transaction__subscription_id=None,
            transaction__client_id=None,
            created_at__gte=start.astimezone(UTC),
        ).count()
        if today >= MOST_TO_STRANGERS_A_DAY:
            raise Conflict("daily_limit", limit=MOST_TO_STRANGERS_A_DAY)
