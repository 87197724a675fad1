"""An API caller's key: the same request acts once, whatever comes between."""

import asyncio
from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.errors import Conflict, InvalidInput, PhoneHasOpenPrompt
from core.models import IdempotencyKey, ServicePlan, Transaction
from core.services.messages.idempotency import Answer, Begun, KeyedRequest
from core.services.prompts.push_status import Stage
from tests.factories import make_plan


@pytest.fixture
def request_of(owner):
    def make(key="k", body=b"{}", owner_id=None, scope="POST /api/plans"):
        return KeyedRequest(owner_id=owner_id or owner.id, scope=scope, key=key, body=body)

    return make


@pytest.fixture
def making(engine, owner):
    """Local work that makes a plan and says which."""

    async def make():
        plan = await make_plan(engine, owner)
        return Answer(201, str(plan.id))

    return make


async def test_repeat_gets_the_first_answer_and_makes_nothing(engine, request_of, making):
    answers = [await engine.idempotency.once(request_of(), making) for _ in range(3)]

    assert len(set(answers)) == 1
    assert await ServicePlan.all().count() == 1


async def test_same_key_with_another_body_is_refused(engine, request_of, making):
    await engine.idempotency.once(request_of(), making)

    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await engine.idempotency.once(request_of(body=b"{other}"), making)
    with pytest.raises(Conflict, match="idempotency_key_reused"):
        await engine.idempotency.begin(request_of(body=b"{other}"))


async def test_key_belongs_to_one_owner_and_one_path(engine, request_of, making):
    stranger = await engine.people.register_owner(1002)

    await engine.idempotency.once(request_of(), making)
    await engine.idempotency.once(request_of(owner_id=stranger.id), making)
    await engine.idempotency.once(request_of(scope="POST /api/other"), making)

    assert await ServicePlan.all().count() == 3


async def test_work_that_is_refused_leaves_neither_rows_nor_key(engine, owner, request_of, making):
    async def refuse():
        await make_plan(engine, owner)
        raise InvalidInput.of("name", "required")

    with pytest.raises(InvalidInput):
        await engine.idempotency.once(request_of(), refuse)

    assert await IdempotencyKey.all().count() == 0
    assert await ServicePlan.all().count() == 0
    assert (await engine.idempotency.once(request_of(), making)).status == 201


async def test_twins_at_the_same_time_act_once(engine, request_of, making):
    answers = await asyncio.gather(
        *(engine.idempotency.once(request_of(), making) for _ in range(5))
    )

    assert len(set(answers)) == 1
    assert await ServicePlan.all().count() == 1


async def test_only_one_of_twins_begins_and_the_others_hear_its_answer_when_there_is_one(
    engine, request_of
):
    begun = await engine.idempotency.begin(request_of())
    assert isinstance(begun, Begun)
    assert await engine.idempotency.begin(request_of()) is None

    await engine.idempotency.finish(begun.id, Answer(201, "charged"))

    assert await engine.idempotency.begin(request_of()) == Answer(201, "charged")


async def test_of_twins_that_begin_at_the_same_instant_one_begins(engine, request_of, clock):
    async def attempt():
        begun = await engine.idempotency.begin(request_of())
        if isinstance(begun, Begun):
            await engine.idempotency.finish(begun.id, Answer(201, "charged"))
        return begun

    outcomes = await asyncio.gather(*(attempt() for _ in range(5)))

    assert sum(isinstance(outcome, Begun) for outcome in outcomes) == 1


async def test_abandoned_key_may_be_used_anew(engine, request_of):
    begun = await engine.idempotency.begin(request_of())
    assert await engine.idempotency.begin(request_of()) is None

    await engine.idempotency.abandon(begun.id)

    assert isinstance(await engine.idempotency.begin(request_of()), Begun)


async def test_crash_between_the_charge_and_its_answer_charges_no_second_time(
    engine, owner, gateway, request_of, clock
):
    begun = await engine.idempotency.begin(request_of())
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    charge = await engine.prompts.charge(owner.id, draft, idempotency_id=begun.id)
    # The process dies here.
    clock.advance(timedelta(seconds=90))

    again = await engine.idempotency.begin(request_of())

    assert again == Begun(begun.id, charge.transaction.id)
    await engine.idempotency.abandon(again.id)
    assert await IdempotencyKey.all().count() == 1
    assert (await engine.prompts.state_of(again.transaction_id)).stage is Stage.ACCEPTED
    assert len(gateway.requests) == 1


async def test_crash_is_taken_over_by_one_repeat_alone(engine, request_of, clock):
    await engine.idempotency.begin(request_of())
    clock.advance(timedelta(seconds=90))

    first = await engine.idempotency.begin(request_of())
    assert await engine.idempotency.begin(request_of()) is None
    await engine.idempotency.finish(first.id, Answer(201, "late"))

    assert await engine.idempotency.begin(request_of()) == Answer(201, "late")


async def test_charge_that_is_refused_leaves_no_bill_and_its_key_can_be_abandoned(
    engine, owner, request_of
):
    draft = ChargeDraft(phone_number="0712345678", amount_kes=100)
    await engine.prompts.charge(owner.id, draft)
    begun = await engine.idempotency.begin(request_of())

    with pytest.raises(PhoneHasOpenPrompt):
        await engine.prompts.charge(owner.id, draft, idempotency_id=begun.id)
    await engine.idempotency.abandon(begun.id)

    assert await Transaction.all().count() == 1
    assert await IdempotencyKey.all().count() == 0
