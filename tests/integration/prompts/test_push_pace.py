"""So many pushes a second of one shortcode, counted over all processes, and no starving."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import TransactionStatus
from core.engine import Engine
from core.models import MerchantAccount, Pace, Transaction
from core.ports import MerchantKind
from core.services.prompts.pace import PaceKeeper
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import TODAY

SECOND = timedelta(seconds=1)
LIMIT = 3


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"pushes_per_second": LIMIT})


@pytest.fixture
def subscribe(engine, owner):
    """Bring in so many clients, each with a bill that is due."""

    async def make(count, *, of=owner, first=0):
        plan = await make_plan(engine, of)
        for number in range(first, first + count):
            phone = f"2547120{number:05}"
            await make_subscription(engine, of, plan, first_on=TODAY, phone_number=phone)
        await engine.billing.process_due_payments()

    return make


@pytest.fixture
async def till_owner(engine, context):
    """Another owner with a Till of his own."""
    user = await engine.people.register_owner(1002)
    encrypt = context.cipher.encrypt
    await MerchantAccount.create(
        owner=user,
        owner_key=str(user.id),
        kind=MerchantKind.TILL,
        shortcode="600111",
        till="5551234",
        consumer_key_encrypted=encrypt("his key"),
        consumer_secret_encrypted=encrypt("his secret"),
        passkey_encrypted=encrypt("his passkey"),
        created_at=engine.now(),
    )
    return user


async def test_what_goes_beyond_the_limit_stays_due_for_the_next_second(
    engine, subscribe, gateway, clock
):
    await subscribe(7)

    sent = []
    for _ in range(4):
        sent.append(await engine.prompts.send_due_prompts())
        clock.advance(SECOND)

    assert sent == [3, 3, 1, 0]
    assert len(gateway.requests) == 7


async def test_waiting_bill_is_changed_by_nothing(engine, subscribe):
    await subscribe(5)
    due_at = engine.now()

    await engine.prompts.send_due_prompts()

    waiting = await Transaction.filter(next_attempt_at__not_isnull=True)
    assert [(bill.next_attempt_at, bill.busy_count) for bill in waiting] == [(due_at, 0)] * 2


async def test_backlog_of_one_shortcode_does_not_hold_up_anothers_prompts(
    engine, subscribe, till_owner, gateway
):
    await subscribe(30)
    await subscribe(2, of=till_owner, first=100)

    await engine.prompts.send_due_prompts()

    shortcodes = [request.merchant.shortcode for request in gateway.requests]
    assert shortcodes.count("174379") == LIMIT
    assert shortcodes.count("600111") == 2


async def test_processes_share_the_limit(engine, context, subscribe, gateway):
    await subscribe(12)
    workers = [Engine(replace(context)) for _ in range(3)]

    await asyncio.gather(*(worker.prompts.send_due_prompts() for worker in workers))

    assert len(gateway.requests) == LIMIT


async def test_processes_that_ask_at_once_are_granted_the_limit_together(context, database):
    keepers = [PaceKeeper(context) for _ in range(4)]

    granted = await asyncio.gather(*(keeper.grant("174379", 2) for keeper in keepers))

    assert sum(granted) == LIMIT


async def test_person_goes_at_once_and_counts(engine, owner, subscribe, gateway, clock):
    await subscribe(4)
    await engine.prompts.send_due_prompts()

    await engine.prompts.charge(owner.id, ChargeDraft(phone_number="0733000001", amount_kes=100))

    assert len(gateway.requests) == LIMIT + 1
    clock.advance(SECOND / LIMIT)
    assert await engine.prompts.send_due_prompts() == 0
    clock.advance(SECOND / LIMIT)
    assert await engine.prompts.send_due_prompts() == 1


async def test_operator_may_set_no_limit(context, subscribe, gateway):
    boundless = context.settings.model_copy(update={"pushes_per_second": 0})
    engine = Engine(replace(context, settings=boundless))
    await subscribe(40)

    assert await engine.prompts.send_due_prompts() == 40

    assert await Pace.filter(filled_until__not_isnull=True).count() == 0
    pending = await Transaction.filter(status=TransactionStatus.PENDING, next_attempt_at=None)
    assert len(pending) == 40
