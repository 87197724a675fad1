"""Plays a scenario on a stage, and notes what came out otherwise than it says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fluxpay.play.reading import Script
from fluxpay.play.stage import Stage
from fluxpay.play.story import BILLING_DAY, DayPart, ExpectPart, FaultPart, PersonPart, distance
from sandbox.clock import EAT
from sandbox.control.play import PlayFailed
from sandbox.mpesa import faults as mpesa
from sandbox.telegram import faults as telegram

Tell = Callable[[str, int, int], None]
"""Told what happens now, and which step of how many it is."""

_TELEGRAM_KINDS: dict[str, telegram.FaultKind] = {
    "telegram_429": "429",
    "telegram_403": "403",
    "telegram_500": "500",
    "telegram_timeout": "timeout",
    "telegram_refused": "decoration_refused",
}


@dataclass(slots=True)
class Role:
    """A client of this play."""

    name: str
    phone_number: str
    subscription_id: int
    person_id: int | None


@dataclass(slots=True)
class Report:
    """How a play went."""

    title: str
    lines: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ending = [f"  FAILED {failure}" for failure in self.failures] or ["  all as expected"]
        return "\n".join([self.title, *(f"  {line}" for line in self.lines), *ending])


class Player:
    """Plays one script, once."""

    def __init__(
        self,
        stage: Stage,
        script: Script,
        *,
        tell: Tell = lambda _text, _step, _of: None,
        pause_s: float = 0,
    ) -> None:
        self._stage = stage
        self._script = script
        self._story = script.story
        self._tell = tell
        self._pause_s = pause_s
        self._roles: dict[str, Role] = {}
        self._ordered: list[tuple[str, mpesa.Fault | telegram.Fault]] = []
        self._step = 0
        self.report = Report(self._story.title)

    async def play(self) -> Report:
        """Play it from its plans to its last day.

        Raises:
            PlayFailed: It could not be played to its end.
        """
        await self._stage.owner()
        if self._story.begins is not None:
            await self._next("The clock goes on to the day on which it begins")
            await self._stage.go(self._beginning(self._story.begins), pause_s=self._pause_s)
        plan_ids = {}
        for name in self._story.plans:
            await self._next(f"The owner makes the plan {name}")
            plan_ids[name] = await self._make_plan(name)
        for name, person in self._story.people.items():
            await self._next(f"{name} joins")
            self._roles[name] = await self._join(name, person, plan_ids[person.plan])
        try:
            for number, day in enumerate(self._story.days):
                await self._live(number, day)
        finally:
            self._withdraw_faults_that_never_struck()
        return self.report

    def _beginning(self, day_of_month: int) -> datetime:
        """Return six in the morning of the next such day."""
        local = self._stage.now().astimezone(self._stage.engine.zone)
        first = local.replace(day=day_of_month, hour=6, minute=0, second=0, microsecond=0)
        if first < local:
            first = (first.replace(day=1) + timedelta(days=32)).replace(day=day_of_month)
        return first

    async def _make_plan(self, name: str) -> int:
        plan = self._story.plans[name]
        made = await self._stage.post(
            "/api/plans",
            {
                "name": name,
                "amountKes": plan.amount_kes,
                "frequency": plan.frequency,
                "billingDay": plan.billing_day,
                "renewal": plan.renewal,
            },
        )
        return int(made["id"])

    async def _join(self, name: str, person: PersonPart, plan_id: int) -> Role:
        world, number = self._stage.world, self._stage.new_number()
        account = (
            world.telegram.add_person(first_name=name, phone_number=number)
            if person.telegram
            else None
        )
        phone = world.mpesa.give_phone(number, name=name)
        phone.balance_kes, phone.habit = person.balance_kes, person.phone
        client = {"name": name, "phoneNumber": number}
        made = await self._stage.post("/api/subscriptions", {"planId": plan_id, "client": client})
        if account is None:
            await self._stage.post(f"/api/subscriptions/{made['id']}/activate")
        else:
            await self._stage.accept(account, made["invitationUrl"])
        await self._stage.settle()
        return Role(name, number, int(made["id"]), account.id if account else None)

    async def _live(self, number: int, day: DayPart) -> None:
        await self._next(day.says or f"The clock goes on: {day.go}")
        for fault in day.faults:
            self._order(fault)
        for name, reactions in day.phones.items():
            self._phone(name).reactions = list(reactions)
        self._stage.world.phones_changed()
        await self._stage.go(await self._target(day.go), pause_s=self._pause_s)
        await self._stage.rest(pause_s=self._pause_s)
        for name, expected in day.expect.items():
            await self._check(name, expected, self._script.place("days", number, "expect", name))

    async def _target(self, way: str) -> datetime:
        if way != BILLING_DAY:
            return self._stage.now() + distance(way)
        dates = [
            (await self._subscription(role))["nextBillingDate"] for role in self._roles.values()
        ]
        first = min((date for date in dates if date), default=None)
        if first is None:
            raise PlayFailed("Nobody of this play is being billed, so there is no billing day.")
        billing_time = self._stage.engine.settings.billing_time
        day = datetime.combine(
            datetime.fromisoformat(first).date(), billing_time, self._stage.engine.zone
        )
        return max(day, self._stage.now()) + timedelta(seconds=1)

    def _order(self, part: FaultPart) -> None:
        world = self._stage.world
        if part.kind in _TELEGRAM_KINDS:
            kind = _TELEGRAM_KINDS[part.kind]
            trouble = telegram.Fault(kind, part.method, part.count, int(part.seconds or 1))
            world.telegram.faults.append(trouble)
            self._ordered.append((part.kind, trouble))
            return
        mpesa_kind = mpesa.FaultKind(part.kind)
        usual_s = mpesa.DEFAULT_SECONDS.get(mpesa_kind, 0)
        seconds = usual_s if part.seconds is None else part.seconds
        fault = mpesa.Fault(kind=mpesa_kind, call=part.call, count=part.count, seconds=seconds)
        world.mpesa.faults.add(fault)
        self._ordered.append((part.kind, fault))

    def _withdraw_faults_that_never_struck(self) -> None:
        """Note them: one that met no occasion would let its scenario pass without being tried.

        And whoever plays on in this world did not order them.
        """
        for kind, fault in self._ordered:
            if self._withdraw(fault):
                self.report.failures.append(f"{self._script.path.name}: {kind} never struck")

    def _withdraw(self, fault: mpesa.Fault | telegram.Fault) -> bool:
        world = self._stage.world
        if isinstance(fault, mpesa.Fault):
            return world.mpesa.faults.withdraw(fault)
        waiting = [each for each in world.telegram.faults if each is not fault]
        was_there = len(waiting) < len(world.telegram.faults)
        world.telegram.faults[:] = waiting
        return was_there

    async def _check(self, name: str, expected: ExpectPart, place: str) -> None:
        found = await self._found(self._roles[name])
        for what, wanted in expected.model_dump(exclude_none=True).items():
            if found[what] != wanted:
                self.report.failures.append(
                    f"{place}: {name}: {what} should be {_shown(wanted)}, "
                    f"and is {_shown(found[what])}"
                )

    async def _found(self, role: Role) -> dict[str, Any]:
        path = f"/api/transactions?subscriptionId={role.subscription_id}&limit=200"
        bills = (await self._stage.get(path))["items"][::-1]
        newest = bills[-1] if bills else {}
        return {
            "subscription": (await self._subscription(role))["status"],
            "bills": [bill["status"] for bill in bills],
            "paid_kes": sum(bill["paidKes"] for bill in bills),
            "prompts": len(self._stage.world.mpesa.prompts_of(role.phone_number)),
            "retries": newest.get("retryCount"),
            "failure": newest.get("failureCode"),
            "balance_kes": self._stage.world.mpesa.phone(role.phone_number).balance_kes,
            "receipts": self._receipts(role),
        }

    def _receipts(self, role: Role) -> int:
        """Return how many messages told him of his payments, by their M-Pesa codes."""
        prompts = self._stage.world.mpesa.prompts_of(role.phone_number)
        codes = [each.verdict.receipt for each in prompts if each.verdict and each.verdict.receipt]
        messages = self._stage.world.telegram.messages.of(role.person_id or 0)
        told = [each.text for each in messages if each.from_bot]
        return sum(code in text for text in told for code in codes)

    async def _subscription(self, role: Role) -> Any:
        return await self._stage.get(f"/api/subscriptions/{role.subscription_id}")

    def _phone(self, name: str) -> Any:
        return self._stage.world.mpesa.phone(self._roles[name].phone_number)

    async def _next(self, text: str) -> None:
        """Announce a step, and give those who watch the time to read it."""
        self._step += 1
        local = self._stage.now().astimezone(EAT)
        self.report.lines.append(f"{local:%Y-%m-%d %H:%M}  {text}")
        self._tell(text, self._step, self._steps())
        if self._pause_s:
            await asyncio.sleep(self._pause_s)

    def _steps(self) -> int:
        beginning = 0 if self._story.begins is None else 1
        rest = len(self._story.plans) + len(self._story.people) + len(self._story.days)
        return beginning + rest


def _shown(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
