"""A demo book: forty clients and a year of their payments, lived through by the real program.

Nothing is inserted: the owner makes plans and invites over the HTTP API, clients accept in their
chats, prompts reach their phones, and each does with them what people like him do.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from fluxpay.play.stage import Stage
from sandbox.control.play import Progress
from sandbox.mpesa.faults import Fault, FaultKind
from sandbox.mpesa.phones import Phone
from sandbox.mpesa.reactions import Reaction

MONTHS = 12
_MONTH = timedelta(days=365) / MONTHS
_BALANCE_KES = 400_000
_PROMPTS_DRAWN = 120
"""More than a weekly client gets in a year, retries and all."""
_SEED = 254


class Habit(Enum):
    """What kind of payer somebody is."""

    RELIABLE = "reliable"
    FORGETFUL = "forgetful"
    CLUMSY = "clumsy"
    SHORT_OF_MONEY = "short of money"
    OFTEN_OFF = "often off"
    LEAVES = "leaves"
    """Pays for some months, and never again."""


_REACTIONS = {
    Habit.RELIABLE: {Reaction.PAY: 97, Reaction.IGNORE: 3},
    Habit.FORGETFUL: {Reaction.PAY: 70, Reaction.IGNORE: 20, Reaction.CANCEL: 10},
    Habit.CLUMSY: {Reaction.PAY: 75, Reaction.WRONG_PIN: 25},
    Habit.SHORT_OF_MONEY: {Reaction.PAY: 60, Reaction.NO_MONEY: 40},
    Habit.OFTEN_OFF: {Reaction.PAY: 70, Reaction.SWITCHED_OFF: 30},
}
"""What he does with his prompts, how often in a hundred."""
_PAYS_BEFORE_LEAVING = 4

_PLANS: dict[str, dict[str, Any]] = {
    "Gym member": {"amountKes": 2000, "frequency": "monthly", "billingDay": 1},
    "Gym with sauna": {"amountKes": 3500, "frequency": "monthly", "billingDay": 15},
    "Home internet": {"amountKes": 2999, "frequency": "monthly", "billingDay": 5},
    "Drinking water": {"amountKes": 450, "frequency": "weekly", "billingDay": 5},
    "School bus": {"amountKes": 9000, "frequency": "quarterly", "billingDay": 10},
    "Locker": {"amountKes": 1200, "frequency": "yearly", "billingDay": 20},
}


@dataclass(frozen=True, slots=True)
class _Client:
    name: str
    plan: str
    habit: Habit = Habit.RELIABLE
    joins: int = 0
    """In which month of the year."""
    telegram: bool = True


_CLIENTS = (
    _Client("Amina Hassan", "Gym member"),
    _Client("Brian Otieno", "Gym member", Habit.FORGETFUL),
    _Client("Catherine Wambui", "Gym member"),
    _Client("Daniel Kiprono", "Gym member", Habit.LEAVES),
    _Client("Esther Achieng", "Gym member", Habit.CLUMSY, 1),
    _Client("Felix Mutua", "Gym member", joins=1),
    _Client("Grace Njeri", "Gym member", Habit.SHORT_OF_MONEY, 2),
    _Client("Hussein Abdi", "Gym member", joins=3, telegram=False),
    _Client("Irene Cherono", "Gym member", Habit.OFTEN_OFF, 4),
    _Client("James Kamau", "Gym member", joins=5),
    _Client("Joyce Atieno", "Gym member", Habit.LEAVES, 6),
    _Client("Kevin Ochieng", "Gym member", joins=8),
    _Client("Lilian Mwende", "Gym with sauna"),
    _Client("Moses Kipchoge", "Gym with sauna", Habit.FORGETFUL),
    _Client("Nancy Wanjiru", "Gym with sauna", joins=1),
    _Client("Omar Ali", "Gym with sauna", Habit.SHORT_OF_MONEY, 2),
    _Client("Peter Njoroge", "Gym with sauna", joins=4, telegram=False),
    _Client("Quinter Adhiambo", "Gym with sauna", Habit.CLUMSY, 5),
    _Client("Ruth Chebet", "Gym with sauna", Habit.LEAVES, 7),
    _Client("Samuel Mwangi", "Home internet"),
    _Client("Tabitha Muthoni", "Home internet", Habit.FORGETFUL),
    _Client("Umi Salim", "Home internet", joins=1),
    _Client("Victor Odhiambo", "Home internet", Habit.OFTEN_OFF, 1),
    _Client("Winnie Nyambura", "Home internet", joins=2, telegram=False),
    _Client("Yusuf Noor", "Home internet", Habit.SHORT_OF_MONEY, 3),
    _Client("Zipporah Jepkosgei", "Home internet", joins=6),
    _Client("Alex Wekesa", "Home internet", Habit.CLUMSY, 9),
    _Client("Beatrice Moraa", "Drinking water"),
    _Client("Charles Maina", "Drinking water", Habit.FORGETFUL, 2),
    _Client("Dorcas Nafula", "Drinking water", joins=6, telegram=False),
    _Client("Elijah Rotich", "Drinking water", Habit.LEAVES, 8),
    _Client("Faith Wangari", "School bus"),
    _Client("George Omondi", "School bus", Habit.FORGETFUL),
    _Client("Hannah Waithera", "School bus", joins=1),
    _Client("Isaac Kiptoo", "School bus", Habit.SHORT_OF_MONEY, 3),
    _Client("Jane Akinyi", "School bus", joins=4, telegram=False),
    _Client("Kennedy Barasa", "Locker"),
    _Client("Lucy Nduta", "Locker", Habit.CLUMSY, 2),
    _Client("Martin Githinji", "Locker", joins=5),
    _Client("Naomi Kemunto", "Locker", Habit.RELIABLE, 11),
)
_PAUSES, _CANCELS = "Umi Salim", "Felix Mutua"
"""Whose subscription the owner pauses, and whose he ends, late in the year."""
_NEVER_ANSWERS = "Naomi Kemunto"
"""Who has not opened the invitation yet when the year is over."""
_TROUBLE = {
    2: FaultKind.CALLBACK_LOST,
    4: FaultKind.CALLBACK_DOUBLE,
    6: FaultKind.DARAJA_BUSY,
    9: FaultKind.CALLBACK_LATE,
}
"""What goes wrong at Safaricom, by month."""
_PAUSE_MONTH = 10


async def build_demo_book(stage: Stage, progress: Progress, *, months: int = MONTHS) -> str:
    """Live through the year, as fast as the program can, and return a closing sentence.

    Raises:
        PlayFailed: The program refused something, or did not come to rest.
    """
    book = _Book(stage)
    await book.open()
    begins_at = stage.now()
    for month in range(months):
        progress.tell(f"{stage.now():%B %Y}: {book.summary()}", step=month + 1, of=months)
        await book.begin_month(month)
        await stage.go(begins_at + (month + 1) * _MONTH)
    await stage.rest()
    return f"{stage.now():%B %Y}: {book.summary()}."


class _Book:
    """The owner's plans and clients."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._rng = random.Random(_SEED)  # noqa: S311 - the same year each time, and no secret
        self._plan_ids: dict[str, int] = {}
        self._subscription_ids: dict[str, int] = {}

    async def open(self) -> None:
        """Make the plans."""
        await self._stage.owner()
        for name, plan in _PLANS.items():
            made = await self._stage.post("/api/plans", {"name": name} | plan)
            self._plan_ids[name] = made["id"]

    async def begin_month(self, month: int) -> None:
        """Let those join whose month it is, and whatever else it brings."""
        for client in _CLIENTS:
            if client.joins == month:
                await self._join(client)
        if month in _TROUBLE:
            self._stage.world.mpesa.faults.add(Fault(kind=_TROUBLE[month]))
        if month == _PAUSE_MONTH:
            owner = await self._stage.owner()
            await self._stage.press(owner, f"v1:pause:{self._subscription_ids[_PAUSES]}~home")
            await self._stage.press(owner, f"v1:cancelled:{self._subscription_ids[_CANCELS]}~home")

    def summary(self) -> str:
        """Return how many clients and payments there are."""
        phones = self._stage.world.mpesa.phones()
        paid = sum(phone.payments for phone in phones)
        return f"{len(self._subscription_ids)} clients, {paid} payments"

    async def _join(self, client: _Client) -> None:
        stage, number = self._stage, self._stage.new_number()
        account = (
            stage.world.telegram.add_person(first_name=client.name, phone_number=number)
            if client.telegram
            else None
        )
        phone = stage.world.mpesa.give_phone(number, name=client.name)
        self._set_up(phone, client.habit)
        made = await stage.post(
            "/api/subscriptions",
            {
                "planId": self._plan_ids[client.plan],
                "client": {"name": client.name, "phoneNumber": number},
            },
        )
        self._subscription_ids[client.name] = made["id"]
        if client.name == _NEVER_ANSWERS:
            return
        if account is None:
            await stage.post(f"/api/subscriptions/{made['id']}/activate")
        else:
            await stage.accept(account, made["invitationUrl"])

    def _set_up(self, phone: Phone, habit: Habit) -> None:
        phone.balance_kes = _BALANCE_KES
        if habit is Habit.LEAVES:
            phone.reactions = [Reaction.PAY] * _PAYS_BEFORE_LEAVING
            phone.habit = Reaction.IGNORE
            return
        phone.reactions = list(self._drawn(habit))
        phone.habit = Reaction.PAY

    def _drawn(self, habit: Habit) -> Iterator[Reaction]:
        often = _REACTIONS[habit]
        yield from self._rng.choices(list(often), weights=list(often.values()), k=_PROMPTS_DRAWN)
