"""News of several prompts, by every door, in any order and any number of times."""

import asyncio
import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.database import open_database
from core.engine import Engine
from core.errors import Conflict, InvalidInput
from core.models import Payment, PaymentSource, StkPush, Transaction
from core.ports import NoAnswer, Verdict
from core.services.bills.by_hand import ByHand
from core.services.settlement.settlement import Door, Result
from tests.factories import make_subscription
from tests.fakes import FakeGateway, ManualClock
from tests.integration.services.stories import DAY, HOUR, TODAY, bill_and_prompt, check_books

OWNER = 1001
# More prompts than receipts: the same code comes for different ones.
RECEIPTS = st.sampled_from(["RKTQDM7W6A", "RKTQDM7W6B", "RKTQDM7W6C", None])
OUTCOMES = st.sampled_from(
    [Outcome.PAID, Outcome.PAID, Outcome.PAID, Outcome.CANCELLED, Outcome.BUSY, Outcome.PENDING]
)
PUSHES = st.integers(0, 7)
AMOUNTS = st.sampled_from([0, 0, 0, 1])
PHONES = st.sampled_from([True, True, None, False])


def _verdict(outcome):
    return Verdict(result_code="1", result_desc="text", outcome=outcome)


@st.composite
def news(draw):
    """What a machine says of one prompt: by the secret path, or asked."""
    door = draw(st.sampled_from([Door.CALLBACK, Door.CALLBACK, Door.QUERY]))
    return {
        "push": draw(PUSHES),
        "door": door,
        "outcome": draw(OUTCOMES),
        "receipt": draw(RECEIPTS) if door is Door.CALLBACK else None,
        "too_much": draw(AMOUNTS),
        "is_own_phone": draw(PHONES),
    }


class Doors(RuleBasedStateMachine):
    """One business, four prompts at first, and whatever anybody says of them."""

    def __init__(self, make_context, template, folder):
        super().__init__()
        self._loop = asyncio.new_event_loop()
        path = folder / f"{next(_NUMBERS)}.db"
        path.write_bytes(template.read_bytes())
        self.clock, self.gateway = ManualClock(), FakeGateway()
        self.engine = Engine(make_context(clock=self.clock, gateway=self.gateway))
        self._database = open_database(f"sqlite://{path}")
        self._run(self._database.__aenter__())
        self.final = {"pushes": set(), "bills": set()}

    def _run(self, coroutine):
        return self._loop.run_until_complete(coroutine)

    def teardown(self):
        self._run(self._database.__aexit__(None, None, None))
        self._loop.close()

    @initialize()
    def open_the_shop(self):
        self._run(self._open())

    async def _open(self):
        self.owner = await self.engine.people.register_owner(OWNER)
        self.owner.uses_platform_account = True
        await self.owner.save()
        for number in range(3):
            if number:  # Two of the four are never answered for.
                self.gateway.answers.append(NoAnswer(detail="reset"))
            phone = f"25471200000{number}"
            await make_subscription(self.engine, self.owner, first_on=TODAY, phone_number=phone)
            await bill_and_prompt(self.engine)
        draft = ChargeDraft(phone_number="0712000009", amount_kes=1500)
        await self.engine.prompts.charge(self.owner.id, draft)

    @rule(batch=st.lists(news(), min_size=1, max_size=3))
    def machines_speak(self, batch):
        self._run(self._tell(batch))

    async def _tell(self, batch):
        pushes = await StkPush.all().order_by("id")
        results = []
        for one in batch:
            push = pushes[one["push"] % len(pushes)]
            phone = "254799999999" if one["is_own_phone"] is False else push.phone_number
            told = Result(
                push_id=push.id,
                door=one["door"],
                verdict=_verdict(one["outcome"]),
                checkout_request_id=push.checkout_request_id or f"ws_late_{push.id}",
            )
            if one["door"] is Door.CALLBACK:
                told = replace(
                    told,
                    amount_kes=push.amount_kes + one["too_much"],
                    receipt=one["receipt"],
                    phone_number=None if one["is_own_phone"] is None else phone,
                )
            results.append(told)
        await self.engine.settlement.record(results)

    @rule(number=PUSHES, receipt=RECEIPTS.filter(bool))
    def owner_says_that_it_was_paid(self, number, receipt):
        self._run(self._decide(number, self.engine.decisions.it_was_paid, receipt))

    @rule(number=PUSHES)
    def owner_says_that_it_was_not(self, number):
        self._run(self._decide(number, self.engine.decisions.it_was_not_paid))

    @rule(number=PUSHES, amount_kes=st.sampled_from([1, 700, 1500, 1600]))
    def owner_books_cash(self, number, amount_kes):
        self._run(
            self._by_hand(number, "record_payment", source=ByHand.CASH, amount_kes=amount_kes)
        )

    @rule(number=PUSHES)
    def owner_voids(self, number):
        self._run(self._by_hand(number, "void", reason="moved away"))

    async def _by_hand(self, number, name, **given):
        bills = await Transaction.all().order_by("id")
        try:
            bill = bills[number % len(bills)]
            await getattr(self.engine.bills, name)(self.owner.id, bill.id, **given)
        except (Conflict, InvalidInput):
            return

    @rule(number=PUSHES)
    def owner_prompts_again(self, number):
        self.clock.advance(HOUR)
        self._run(self._decide(number, self.engine.decisions.prompt_again))

    async def _decide(self, number, decide, *words):
        bills = await Transaction.all().order_by("id")
        try:
            await decide(self.owner.id, bills[number % len(bills)].id, *words)
        except (Conflict, InvalidInput):
            return

    @rule()
    def a_day_goes_by(self):
        self.clock.advance(DAY)
        self._run(self.engine.reconciliation.reconcile())

    @rule(number=st.integers(0, 2))
    def owner_cancels(self, number):
        self._run(self._cancel(number))

    async def _cancel(self, number):
        page = await self.engine.subscriptions.page(self.owner.id)
        try:
            await self.engine.subscriptions.cancel(self.owner.id, page.items[number].id)
        except Conflict:
            return

    @invariant()
    def the_promises_hold(self):
        self._run(self._check())

    async def _check(self):
        await check_books()
        payments = await Payment.all()
        paid = await StkPush.filter(state=PushState.SUCCESS)
        prompted = [row.push_key for row in payments if row.source is not PaymentSource.CASH]
        assert sorted(prompted) == sorted(push.id for push in paid)
        receipts = [row.receipt for row in payments if row.receipt]
        assert len(receipts) == len(set(receipts))
        await self._check_finality(payments)

    async def _check_finality(self, payments):
        """What is paid stays paid, unless nothing but the owner's word spoke for it."""
        words = {p.push_key for p in payments if p.source is PaymentSource.SMS}
        paid = {push.id for push in await StkPush.filter(state=PushState.SUCCESS)}
        assert self.final["pushes"] <= paid
        self.final["pushes"] |= paid - words
        bills = {row.id for row in await Transaction.filter(status=TransactionStatus.SUCCESS)}
        assert self.final["bills"] <= bills
        on_word = {push.transaction_id for push in await StkPush.filter(id__in=list(words))}
        self.final["bills"] |= bills - on_word


_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def balanced_books():
    """Each run of the machine has a database of its own, and looks at its books itself."""


def test_no_order_of_news_breaks_a_promise(context, tmp_path, sqlite_template):
    template = tmp_path / "template.db"
    asyncio.run(sqlite_template.copy_to(template))

    def make_context(**changes):
        return replace(context, **changes)

    run_state_machine_as_test(
        lambda: Doors(make_context, template, tmp_path),
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
