"""A process that dies: whatever it leaves is released, or found out about, never sent twice."""

from datetime import timedelta

import pytest
from tortoise.exceptions import OperationalError

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.models import Payment, StkPush, Transaction
from core.ports import Accepted, Busy, BusyKind, RefusalKind, Refused
from core.services.notices import Notices
from core.services.prompts.answers import AnswerBook
from core.services.prompts.prompts import PromptService
from core.services.prompts.push_status import Stage
from tests.factories import make_subscription
from tests.integration.services.stories import (
    MINUTE,
    TODAY,
    bill_and_prompt,
    callback_body,
    tick,
    told,
)

STALE = timedelta(seconds=150)


class Killed(BaseException):
    """The process dies here: nothing of ours catches it."""


@pytest.fixture
def dies_in_the_call(gateway):
    async def die(request):
        gateway.requests.append(request)
        raise Killed

    gateway.request_payment = die
    return gateway


async def leave_created(engine, gateway):
    """Leave a push as it is when its process dies between the claim and the call."""
    await bill_and_prompt(engine)
    await StkPush.all().update(state=PushState.CREATED, sent_at=None, checkout_request_id=None)
    await Transaction.all().update(daraja_request_id=None)
    gateway.requests.clear()


async def test_push_left_created_is_released_and_its_bill_prompted_again(
    engine, owner, gateway, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    await leave_created(engine, gateway)
    await engine.prompts.send_due_prompts()
    assert gateway.requests == []

    clock.advance(STALE)
    await engine.reconciliation.reconcile()
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 1
    left, sent = await StkPush.all().order_by("id")
    assert (left.state, left.outcome) == (PushState.REJECTED, Outcome.NEVER_SENT)
    assert sent.state is PushState.SENT


async def test_push_left_sending_becomes_unknown_and_is_not_sent_again(
    engine, owner, dies_in_the_call, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    with pytest.raises(Killed):
        await bill_and_prompt(engine)
    assert (await StkPush.get()).state is PushState.SENDING

    clock.advance(STALE - timedelta(seconds=1))
    await tick(engine)
    assert (await StkPush.get()).state is PushState.SENDING
    for _ in range(5):
        clock.advance(MINUTE)
        await tick(engine)

    assert (await StkPush.get()).state is PushState.UNKNOWN
    assert len(dies_in_the_call.requests) == 1
    assert (await told()).count("prompt_unknown") == 1


async def test_callback_of_a_push_left_sending_settles_it(engine, owner, dies_in_the_call, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    with pytest.raises(Killed):
        await bill_and_prompt(engine)

    body = callback_body("ws_CO_x")
    await engine.inbox.receive_callback(body, token=dies_in_the_call.token())
    await engine.inbox.handle_callbacks()
    clock.advance(STALE)
    await tick(engine)

    assert (await StkPush.get()).state is PushState.SUCCESS
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_sender_that_slept_until_its_push_was_released_does_not_send_it(
    engine, owner, gateway, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()
    claimed = await engine.prompts._claim(set())  # noqa: SLF001 - the moment at which it sleeps
    clock.advance(STALE)
    await engine.reconciliation.reconcile()

    await engine.prompts._dispatch.send(claimed.outgoing)  # noqa: SLF001 - it wakes up

    assert gateway.requests == []
    assert (await StkPush.get()).state is PushState.REJECTED


async def test_one_off_charge_left_created_failed_and_is_never_sent_by_itself(
    engine, owner, gateway, clock
):
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charge = await engine.prompts.charge(owner.id, draft)
    await StkPush.all().update(state=PushState.CREATED, sent_at=None)
    gateway.requests.clear()

    clock.advance(STALE)
    for _ in range(3):
        await tick(engine)
        clock.advance(MINUTE)

    status = await engine.prompts.state_of(charge.transaction.id)
    assert (status.stage, status.refusal.code) == (Stage.REFUSED, "not_sent")
    assert gateway.requests == []


async def test_pending_one_off_charge_is_never_prompted_by_the_timetable(
    engine, owner, gateway, clock
):
    await Transaction.create(
        owner=owner,
        phone_number="254712345678",
        amount_kes=100,
        status=TransactionStatus.PENDING,
        account_reference="FluxPay",
        next_attempt_at=engine.now(),
        created_at=engine.now(),
    )

    for _ in range(3):
        await tick(engine)
        clock.advance(timedelta(hours=5))

    assert gateway.requests == []


ANSWERS = [
    Accepted(merchant_request_id="m", checkout_request_id="ws_CO_1"),
    Busy(kind=BusyKind.SYSTEM_BUSY, code="500.003.02", detail="System is busy"),
    Refused(kind=RefusalKind.PHONE, code="400.002.02", detail="Invalid PhoneNumber"),
]


@pytest.fixture(params=ANSWERS, ids=lambda answer: type(answer).__name__)
def late_answer(request):
    return request.param


@pytest.mark.parametrize("code", [0, 1032])
async def test_answer_that_comes_after_its_callback_reopens_nothing(
    engine, owner, gateway, late_answer, code
):
    await make_subscription(engine, owner, first_on=TODAY)

    async def overtaken(request):
        gateway.requests.append(request)
        body = callback_body("ws_CO_1", code=code)
        await engine.inbox.receive_callback(body, token=gateway.token())
        await engine.inbox.handle_callbacks()
        return late_answer

    gateway.request_payment = overtaken
    await bill_and_prompt(engine)
    await tick(engine)

    push, bill = await StkPush.get(), await Transaction.get()
    paid = code == 0
    assert push.state is (PushState.SUCCESS if paid else PushState.FAILED)
    assert push.checkout_request_id == "ws_CO_1"
    assert bill.status is (TransactionStatus.SUCCESS if paid else TransactionStatus.FAILED)
    assert (push.live_phone, push.live_transaction_id) == (None, None)
    assert await Payment.all().count() == (1 if paid else 0)
    assert len(gateway.requests) == 1


async def test_error_of_ours_in_one_call_loses_no_neighbours_answer(engine, owner, gateway):
    await make_subscription(engine, owner, first_on=TODAY)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")

    async def breaks_for_one(request):
        gateway.requests.append(request)
        if request.phone_number.endswith("2"):
            raise RuntimeError
        return ANSWERS[0]

    gateway.request_payment = breaks_for_one
    await bill_and_prompt(engine)

    states = {push.phone_number: push.state for push in await StkPush.all()}
    assert states == {"254712345678": PushState.SENT, "254712000002": PushState.UNKNOWN}


class LosesTheFirst:
    """An answer book whose database is away at the first try."""

    def __init__(self, book):
        self._book = book
        self.tries = 0

    async def store(self, answered):
        self.tries += 1
        if self.tries == 1:
            raise OperationalError("database is locked")
        await self._book.store(answered)


async def test_answers_survive_a_database_that_is_away_for_a_moment(
    engine, owner, context, gateway
):
    notices = Notices(context)
    book = LosesTheFirst(AnswerBook(context, notices, engine.accounts))
    prompts = PromptService(
        context, engine.accounts, book, clients=engine.clients, blocked=engine.blocked_numbers
    )
    await make_subscription(engine, owner, first_on=TODAY)
    await engine.billing.process_due_payments()

    await prompts.send_due_prompts()

    assert (await StkPush.get()).state is PushState.SENT
    assert (book.tries, len(gateway.requests)) == (2, 1)
