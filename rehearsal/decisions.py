"""Owners who decide about bills of which nobody knows: some know better, some are wrong.

They also take cash, a part or more than is owed, and drop bills.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.engine import Engine
from core.services.bills.by_hand import ByHand
from rehearsal.offices import Offices, Role
from rehearsal.truth import Sent
from rehearsal.weather import Fault
from rehearsal.world import World
from sandbox.mpesa.receipts import receipt_number

Use = Callable[[Engine], Awaitable[Any]]
_DAY_S = 86_400.0
_BY_HAND_FROM = 20_000_000
"""Serial numbers of receipts that no prompt has."""
_IN_DOUBT = (
    "SELECT id, owner_id FROM transactions WHERE status <> 'SUCCESS'"
    " AND (needs_person_at IS NOT NULL OR id IN"
    " (SELECT transaction_id FROM stk_pushes WHERE state = 'UNKNOWN'))"
)
_OPEN = (
    "SELECT id, owner_id, amount_kes - paid_kes FROM transactions"
    " WHERE status IN ('PENDING', 'FAILED')"
)


class Deciders:
    """All owners, each looking at what needs him."""

    def __init__(self, world: World, offices: Offices) -> None:
        self._world = world
        self._offices = offices
        self._rng = world.rng("decisions")
        self._by_hand = 0

    async def run(self) -> None:
        """Look through what needs somebody every half day or so, until cancelled."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.05, 0.8) * _DAY_S)
            for bill_id, owner_id in await self._world.observer.rows(_IN_DOUBT):
                if self._rng.random() < 0.6:  # noqa: PLR2004 - he does not look at everything
                    await self._decide(int(bill_id), int(owner_id))
            for bill_id, owner_id, owed_kes in await self._world.observer.rows(_OPEN):
                if self._rng.random() < 0.03:  # noqa: PLR2004 - few pay in cash
                    await self._without_mpesa(int(bill_id), int(owner_id), int(owed_kes))

    def prompted(self, sent: Sent) -> None:
        """Let an owner take cash, or drop the bill, just while its client is being asked."""
        if not self._world.weather.is_calm and self._rng.random() < 0.04:  # noqa: PLR2004 - rarely
            self._world.begin(self._meddle(sent.transaction_id))

    async def _meddle(self, bill_id: int) -> None:
        await asyncio.sleep(self._rng.uniform(0, 40))
        for row in await self._world.observer.rows(f"{_OPEN} AND id = {bill_id}"):
            await self._without_mpesa(*(int(value) for value in row))

    async def _without_mpesa(self, bill_id: int, owner_id: int, owed_kes: int) -> None:
        """Book cash for a bill, or drop it: whatever is out for it meanwhile."""
        if self._rng.random() < 0.3:  # noqa: PLR2004 - mostly somebody pays
            await self._do(lambda engine: engine.bills.void(owner_id, bill_id, reason="moved"))
            return
        amount_kes = self._rng.choice((owed_kes, owed_kes, max(1, owed_kes // 2), owed_kes + 40))
        source = self._rng.choice(tuple(ByHand))
        self._world.truth.by_hand_kes += amount_kes
        await self._do(
            lambda engine: engine.bills.record_payment(
                owner_id, bill_id, source=source, amount_kes=amount_kes
            )
        )

    async def _decide(self, bill_id: int, owner_id: int) -> None:
        prompts = self._world.truth.of_bill(bill_id)
        paid = [sent for sent in prompts if sent.receipt is not None]
        # Only a careless one asks again, or says that it was not paid, before the prompt is dead.
        is_open = any(sent.prompt.verdict is None for sent in prompts)
        if paid and paid[-1].receipt is not None:
            await self._say_paid(owner_id, bill_id, paid[-1].receipt)
        elif self._world.weather.strikes(Fault.PAID_BY_HAND):
            self._by_hand += 1
            serial = _BY_HAND_FROM + self._by_hand
            code = receipt_number(serial, at=self._world.clock.now())
            await self._say_paid(owner_id, bill_id, code)
        elif self._world.weather.strikes(Fault.OWNER_ERRS):
            await self._say_paid(owner_id, bill_id, self._anothers_receipt())
        elif not is_open:
            await self._say_not_paid(owner_id, bill_id, prompts)

    def _anothers_receipt(self) -> str:
        """Return the code of some payment that is none of this bill's."""
        receipts = [sent.receipt for sent in self._world.truth.sent if sent.receipt is not None]
        if not receipts:
            return receipt_number(_BY_HAND_FROM, at=self._world.clock.now())
        return self._rng.choice(receipts)

    async def _say_paid(self, owner_id: int, bill_id: int, receipt: str) -> None:
        await self._do(lambda engine: engine.decisions.it_was_paid(owner_id, bill_id, receipt))

    async def _say_not_paid(self, owner_id: int, bill_id: int, prompts: list[Sent]) -> None:
        """Say so, or at once ask again; from then on another prompt is his own wish."""
        for sent in prompts:
            sent.told_failed = True
        if self._rng.random() < 0.5:  # noqa: PLR2004 - as likely as not
            await self._do(lambda engine: engine.decisions.it_was_not_paid(owner_id, bill_id))
        else:
            await self._do(lambda engine: engine.decisions.prompt_again(owner_id, bill_id))

    async def _do(self, use: Use) -> None:
        await self._offices.call(Role.BOT, use)
