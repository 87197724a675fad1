"""The businesses, their plans and clients, and what owners and clients do in the chat."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from core.billing.charges import ChargeDraft
from core.billing.clients import ClientDraft
from core.billing.periods import Frequency, Renewal
from core.billing.plans import PlanDraft
from core.engine import Engine
from core.models import MerchantAccount, ServicePlan, User
from core.ports import MerchantKind
from core.services.bills.making import MissedPeriods
from rehearsal.offices import Offices, Role
from rehearsal.truth import Sent
from rehearsal.weather import Fault
from rehearsal.world import World

Use = Callable[[Engine], Awaitable[Any]]
ADMIN = 9001
_OWNERS = (1001, 1002, 1003)
_PHONES = tuple(f"25471200000{number}" for number in range(5))
_FREQUENT = (Frequency.DAILY, Frequency.WEEKLY, Frequency.WEEKLY, Frequency.BIWEEKLY)
_RARE = (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.SEMIANNUAL, Frequency.YEARLY)
_PRICES_KES = (50, 50, 200, 500, 1500)
_DAY_S = 86_400.0
_PAUSE_S = 1.0


class Town:
    """Everybody who uses FluxPay in this rehearsal."""

    def __init__(self, world: World, offices: Offices, shortcode: str) -> None:
        self._world = world
        self._offices = offices
        self._rng = world.rng("town")
        self._shortcode = shortcode
        self._owner_ids: list[int] = []
        self._plans: list[ServicePlan] = []
        self._subscriptions: list[tuple[int, int]] = []
        self._chats = 5000

    async def found(self, engine: Engine, cipher_text: Callable[[str], str]) -> None:
        """Let everybody begin: two owners on the platform's Paybill, one with his own Till."""
        for telegram_id in _OWNERS:
            owner = await engine.people.register_owner(telegram_id)
            owner.business_name = f"Business {telegram_id}"
            owner.uses_platform_account = telegram_id != _OWNERS[-1]
            await owner.save()
            self._owner_ids.append(owner.id)
        await self._link(engine, self._owner_ids[-1], cipher_text)
        for owner_id in self._owner_ids:
            for _ in range(2):
                self._plans.append(await engine.plans.create(owner_id, _plan(self._rng)))
        daily = _plan(self._rng, Frequency.DAILY)
        self._plans.append(await engine.plans.create(self._owner_ids[0], daily))
        for number in range(self._rng.randint(5, 8)):
            await self._join(engine, self._plans[-1 - number % len(self._plans)])

    async def _link(
        self, engine: Engine, owner_id: int, cipher_text: Callable[[str], str]
    ) -> None:
        await MerchantAccount.create(
            owner=await User.get(id=owner_id),
            owner_key=str(owner_id),
            kind=MerchantKind.TILL,
            shortcode="600000",
            till="700000",
            consumer_key_encrypted=cipher_text("own-key"),
            consumer_secret_encrypted=cipher_text("own-secret"),
            passkey_encrypted=cipher_text("own-passkey"),
            created_at=engine.now(),
        )

    async def _join(self, engine: Engine, plan: ServicePlan) -> None:
        """Sign a client on, and activate him: by hand, or by his own acceptance."""
        draft = ClientDraft(
            name=f"Client {len(self._subscriptions)}",
            phone_number=self._rng.choice(_PHONES),
            another_person=self._rng.random() < 0.5,  # noqa: PLR2004 - every other one
        )
        today = engine.today() if self._rng.random() < 0.3 else None  # noqa: PLR2004 - some
        row = await engine.subscriptions.create(
            plan.owner_id, plan_id=plan.id, client=draft, first_billing_date=today
        )
        self._subscriptions.append((row.owner_id, row.id))
        if self._rng.random() < 0.4:  # noqa: PLR2004 - some
            await engine.subscriptions.activate(row.owner_id, row.id)
        elif row.invitation_token is not None:
            self._chats += 1
            await engine.acceptance.accept(
                row.invitation_token, telegram_id=self._chats, language="en"
            )

    async def live(self) -> None:
        """Let people do something now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._rng.expovariate(1.0 / (_DAY_S * 0.8)))
            act = self._rng.choice(
                (
                    self._pause,
                    self._resume,
                    self._resume,
                    self._cancel,
                    self._charge,
                    self._charge,
                    self._unpark,
                    self._lift_halts,
                    self._grow,
                    self._pause_until,
                    self._end_later,
                    self._change_plan,
                )
            )
            if not self._world.weather.is_calm:
                await self._do(act())

    async def prompted(self, sent: Sent) -> None:
        """Let an owner end or pause a subscription just while its client is being asked."""
        if self._world.weather.is_calm or self._rng.random() > 0.04:  # noqa: PLR2004 - rarely
            return
        rows = await self._world.observer.rows(
            "SELECT owner_id, subscription_id FROM transactions"  # noqa: S608 - a number
            f" WHERE subscription_id IS NOT NULL AND id = {sent.transaction_id}"
        )
        for owner_id, row_id in rows:
            is_end = self._rng.random() < 0.5  # noqa: PLR2004 - as likely as not
            self._world.begin(self._meddle(int(owner_id), int(row_id), is_end=is_end))

    async def _meddle(self, owner_id: int, row_id: int, *, is_end: bool) -> None:
        await asyncio.sleep(self._rng.uniform(0, 40))
        if is_end:
            await self._do(lambda engine: engine.subscriptions.cancel(owner_id, row_id))
        else:
            await self._do(lambda engine: engine.subscriptions.pause(owner_id, row_id))

    async def care(self) -> None:
        """Let owners put right what only they can: once a day, whatever the weather."""
        while True:
            await asyncio.sleep(_DAY_S * self._rng.uniform(0.3, 1.0))
            await self._do(self._lift_halts())
            for owner_id, subscription_id in self._subscriptions:
                await self._do(self._unpark_one(owner_id, subscription_id))

    async def _do(self, use: Use) -> None:
        """Do it, and once more if the program died under it."""
        for _ in range(2):
            is_done, _ = await self._offices.call(Role.BOT, use)
            if is_done:
                return
            await asyncio.sleep(_PAUSE_S * self._rng.uniform(1, 60))

    def _one(self) -> tuple[int, int]:
        return self._rng.choice(self._subscriptions)

    def _pause(self) -> Use:
        owner_id, row_id = self._one()
        return lambda engine: engine.subscriptions.pause(owner_id, row_id)

    def _resume(self) -> Use:
        owner_id, row_id = self._one()
        return lambda engine: engine.subscriptions.resume(owner_id, row_id)

    def _cancel(self) -> Use:
        """Cancel one in a while: a town of cancelled subscriptions shows nothing."""
        owner_id, row_id = self._one()
        if self._rng.random() < 0.7:  # noqa: PLR2004 - mostly he thinks better of it
            return lambda engine: engine.subscriptions.get(owner_id, row_id)
        return lambda engine: engine.subscriptions.cancel(owner_id, row_id)

    def _pause_until(self) -> Use:
        owner_id, row_id = self._one()
        days = self._rng.randint(1, 20)
        return lambda engine: engine.changes.pause_until(
            owner_id, row_id, engine.today() + timedelta(days=days)
        )

    def _end_later(self) -> Use:
        """Let one end with its period, and often think better of it."""
        owner_id, row_id = self._one()
        if self._rng.random() < 0.7:  # noqa: PLR2004 - mostly he thinks better of it
            return lambda engine: engine.changes.do_not_end(owner_id, row_id)
        return lambda engine: engine.changes.end_later(owner_id, row_id)

    def _change_plan(self) -> Use:
        owner_id, row_id = self._one()
        plan = self._rng.choice([plan for plan in self._plans if plan.owner_id == owner_id])
        if self._rng.random() < 0.2:  # noqa: PLR2004 - sometimes he thinks better of it
            return lambda engine: engine.changes.keep_plan(owner_id, row_id)
        return lambda engine: engine.changes.change_plan(owner_id, row_id, plan.id)

    def _charge(self) -> Use:
        owner_id = self._rng.choice(self._owner_ids)
        draft = ChargeDraft(phone_number=self._rng.choice(_PHONES), amount_kes=75)
        message = (owner_id + 1000, 77) if self._rng.random() < 0.5 else None  # noqa: PLR2004 - half
        return lambda engine: engine.prompts.charge(owner_id, draft, status_message=message)

    def _unpark(self) -> Use:
        return self._unpark_one(*self._one())

    def _unpark_one(self, owner_id: int, row_id: int) -> Use:
        choice = self._rng.choice(tuple(MissedPeriods))
        return lambda engine: engine.billing.unpark(owner_id, row_id, choice)

    def _lift_halts(self) -> Use:
        async def lift(engine: Engine) -> None:
            for shortcode in (self._shortcode, "600000"):
                await engine.accounts.resume(telegram_id=ADMIN, shortcode=shortcode)

        return lift

    def _grow(self) -> Use:
        plan = self._rng.choice(self._plans)
        return lambda engine: self._join(engine, plan)

    def outages(self, days: float) -> None:
        """Plan the days on which nothing of ours runs; most seeds have none."""
        if self._rng.random() < 0.3:  # noqa: PLR2004 - some seeds
            # It is over well before the calm days begin.
            hours = min(self._rng.choice((2.0, 30.0, 120.0, 240.0)), 0.4 * days * 24)
            begins_s = self._rng.uniform(0.1, 0.5) * days * _DAY_S
            self._world.later(begins_s, lambda: self._break_down(hours))

    def _break_down(self, hours: float) -> None:
        if not self._world.weather.is_calm:
            self._world.weather.struck[Fault.OUTAGE] += 1
            self._offices.outage(hours)


def _plan(rng: random.Random, frequency: Frequency | None = None) -> PlanDraft:
    frequency = frequency or rng.choice(rng.choice((_FREQUENT, _RARE)))
    renewal = rng.choice((Renewal.FIXED, Renewal.FIXED, Renewal.ROLLING))
    day = None
    if frequency in {Frequency.WEEKLY, Frequency.BIWEEKLY}:
        day = rng.randint(1, 7)
    elif frequency is not Frequency.DAILY:
        day = rng.choice((1, 15, 28, 31))
    return PlanDraft(
        name=f"{frequency.value} plan",
        amount_kes=rng.choice(_PRICES_KES),
        frequency=frequency,
        billing_day=day,
        renewal=renewal,
    )
