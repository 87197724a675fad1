"""A shortcode that must wait: halted until somebody mends it, or slowed down for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState, TransactionStatus
from core.billing.outcomes import Outcome
from core.engine import Engine
from core.errors import NotAllowed
from core.models import Pace, StkPush, Transaction
from core.ports import Busy, BusyKind, RefusalKind, Refused, Verdict
from tests.factories import make_subscription
from tests.integration.services.stories import (
    MINUTE,
    TODAY,
    bill_and_prompt,
    prompted_subscription,
    report,
    tick,
    told,
)

ADMIN = 9001
PENDING = Verdict(result_code="4999", result_desc="processing", outcome=Outcome.PENDING)
MERCHANT_REFUSED = Refused(kind=RefusalKind.MERCHANT, code="500.001.1001", detail="Wrong creds")
DEAD_TOKEN = Refused(
    kind=RefusalKind.MERCHANT, code="404.001.03", detail="Invalid Access Token", may_pass=True
)
SPIKE = Busy(kind=BusyKind.SPIKE_ARREST, code="500.003.02", detail="Spike arrest")


def restarted(context, **settings):
    """The engine after the operator changed its settings."""
    return Engine(replace(context, settings=context.settings.model_copy(update=settings)))


async def test_merchant_fault_halts_the_shortcode_and_alerts_once(engine, owner, gateway, clock):
    for number in range(3):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    await bill_and_prompt(engine)

    for index in range(3):
        await report(engine, gateway, index, code=2006)
    for _ in range(10):
        clock.advance(10 * MINUTE)
        await tick(engine)

    assert len(gateway.requests) == 3
    assert (await told()).count("prompts_halted") == 1
    assert await told(ADMIN) == ["prompts_halted"]
    assert "payment_failed" not in await told()


async def test_resuming_a_halted_shortcode_prompts_its_bills_again(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=2006)

    await engine.accounts.resume(telegram_id=ADMIN, shortcode="174379")
    clock.advance(10 * MINUTE)
    await tick(engine)

    assert len(gateway.requests) == 2
    await report(engine, gateway)
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_changed_credentials_let_a_halted_shortcode_go_on(
    engine, owner, gateway, clock, context
):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.append(MERCHANT_REFUSED)
    await bill_and_prompt(engine)
    clock.advance(10 * MINUTE)
    await tick(engine)
    assert len(gateway.requests) == 1

    engine = restarted(context, daraja_passkey=SecretStr("mended"))
    clock.advance(10 * MINUTE)
    await tick(engine)

    assert len(gateway.requests) == 2


async def test_token_that_dies_at_once_stops_the_merchant_only_if_that_goes_on(
    engine, owner, gateway, clock
):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.extend([DEAD_TOKEN] * 3)

    await bill_and_prompt(engine)
    for wait in (MINUTE, 2 * MINUTE):
        assert await told(ADMIN) == []
        clock.advance(wait)
        await engine.prompts.send_due_prompts()

    assert (len(gateway.requests), await told(ADMIN)) == (3, ["prompts_halted"])


async def test_second_incident_is_alerted_again(engine, owner, gateway, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.extend([MERCHANT_REFUSED, MERCHANT_REFUSED])
    await bill_and_prompt(engine)
    await engine.accounts.resume(telegram_id=ADMIN, shortcode="174379")
    clock.advance(10 * MINUTE)
    await tick(engine)

    assert (await told(ADMIN)).count("prompts_halted") == 2


async def test_halt_is_lifted_by_nobody_but_an_admin_or_the_accounts_owner(engine, owner):
    with pytest.raises(NotAllowed):
        await engine.accounts.resume(telegram_id=owner.telegram_id, shortcode="174379")


async def test_push_that_daraja_took_before_the_halt_does_not_lift_it(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=2006)

    await engine.prompts.charge(owner.id, ChargeDraft(phone_number="0700000009", amount_kes=50))
    clock.advance(10 * MINUTE)
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 2
    assert (await Pace.get()).halted_at is not None


async def test_spike_arrest_pauses_the_shortcode_and_it_recovers_by_itself(
    engine, owner, gateway, clock
):
    for number in range(6):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    gateway.answers.extend([SPIKE] * 6)
    await bill_and_prompt(engine)

    # Six answers of one burst are one pause, not six in a row.
    pace = await Pace.get()
    assert (pace.pauses, pace.paused_until) == (1, engine.now() + timedelta(seconds=30))
    for _ in range(20):
        clock.advance(MINUTE)
        await tick(engine)

    states = [push.state for push in await StkPush.all()]
    assert states.count(PushState.SENT) == 6
    assert len(gateway.requests) == 12
    assert (await Pace.get()).pauses == 0


async def test_pauses_in_a_row_grow_longer(engine, owner, gateway, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.extend([SPIKE] * 3)

    pauses = []
    for _ in range(3):
        await bill_and_prompt(engine)
        pauses.append((await Pace.get()).paused_until - engine.now())
        clock.advance(6 * MINUTE)

    assert pauses == [timedelta(seconds=30 * 2**step) for step in range(3)]


async def test_bill_that_falls_due_in_a_pause_goes_out_at_its_end(engine, owner, gateway, clock):
    await make_subscription(engine, owner, first_on=TODAY)
    gateway.answers.append(SPIKE)
    await bill_and_prompt(engine)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254722345678")

    await bill_and_prompt(engine)
    assert len(gateway.requests) == 1
    clock.advance(timedelta(seconds=30))
    await engine.prompts.send_due_prompts()

    assert [request.phone_number for request in gateway.requests[1:]] == ["254722345678"]


async def test_push_taken_in_the_same_burst_does_not_end_the_pause(engine, owner, gateway):
    for number in range(2):
        await make_subscription(engine, owner, first_on=TODAY, phone_number=f"25471200000{number}")
    gateway.answers.append(SPIKE)

    await bill_and_prompt(engine)

    assert (await Pace.get()).paused_until == engine.now() + timedelta(seconds=30)
