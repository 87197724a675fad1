"""The next prompts are claimed while others are in the air; what happens meanwhile counts."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from core.billing.lifecycle import PushState
from core.models import StkPush
from core.services import prompts
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import TODAY

ADMIN = 9001
FIRST, SECOND = "254712345678", "254722345678"
PATIENCE_S = 20


@pytest.fixture
async def second(engine, owner, monkeypatch):
    """The second of two bills that go out one after the other."""
    monkeypatch.setattr(prompts, "IN_FLIGHT", 1)
    plan = await make_plan(engine, owner)
    await make_subscription(engine, owner, plan, first_on=TODAY, phone_number=FIRST)
    subscription = await make_subscription(
        engine, owner, plan, first_on=TODAY, phone_number=SECOND
    )
    await engine.billing.process_due_payments()
    return subscription


@pytest.fixture
def while_the_first_is_in_the_air(gateway):
    """Let something happen when the second prompt is stored and not sent."""
    accept = gateway.request_payment

    def arrange(happens):
        async def request(request):
            answer = await accept(request)
            if request.phone_number == FIRST:
                async with asyncio.timeout(PATIENCE_S):
                    while not await StkPush.exists(phone_number=SECOND):  # noqa: ASYNC110 - a row
                        await asyncio.sleep(0)
                await happens()
            return answer

        gateway.request_payment = request

    return arrange


def called(gateway):
    return [request.phone_number for request in gateway.requests]


async def test_what_is_claimed_ahead_goes_out_when_its_turn_comes(
    engine, second, gateway, while_the_first_is_in_the_air
):
    async def nothing():
        assert (await StkPush.get(phone_number=SECOND)).state is PushState.CREATED

    while_the_first_is_in_the_air(nothing)

    assert await engine.prompts.send_due_prompts() == 2
    assert called(gateway) == [FIRST, SECOND]


@pytest.mark.parametrize("what", ["stop", "block", "pause", "cancel"])
async def test_what_is_forbidden_meanwhile_does_not_go_out(
    engine, owner, second, gateway, while_the_first_is_in_the_air, what
):
    acts = {
        "stop": lambda: engine.prompt_stop.stop(admin_telegram_id=ADMIN, reason="M-Pesa is down"),
        "block": lambda: engine.blocked_numbers.block(
            admin_telegram_id=ADMIN, phone_number=SECOND
        ),
        "pause": lambda: engine.subscriptions.pause(owner.id, second.id),
        "cancel": lambda: engine.subscriptions.cancel(owner.id, second.id),
    }
    while_the_first_is_in_the_air(acts[what])

    await engine.prompts.send_due_prompts()

    assert called(gateway) == [FIRST]
    assert (await StkPush.get(phone_number=SECOND)).state is PushState.REJECTED


async def test_what_is_not_out_by_night_goes_out_in_the_morning(
    engine, second, gateway, clock, while_the_first_is_in_the_air
):
    night = datetime.combine(TODAY, time(21), engine.zone).astimezone(UTC)
    clock.set(night - timedelta(seconds=5))

    async def night_falls():
        clock.set(night)

    while_the_first_is_in_the_air(night_falls)

    await engine.prompts.send_due_prompts()
    assert called(gateway) == [FIRST]

    clock.advance(timedelta(hours=10))
    await engine.prompts.send_due_prompts()
    assert called(gateway) == [FIRST, SECOND]


async def test_what_waited_long_is_looked_at_anew_and_goes_out_once(
    engine, second, gateway, clock, while_the_first_is_in_the_air
):
    async def time_passes():
        clock.advance(timedelta(seconds=31))

    while_the_first_is_in_the_air(time_passes)

    await engine.prompts.send_due_prompts()
    assert called(gateway) == [FIRST]
    await engine.prompts.send_due_prompts()

    assert called(gateway) == [FIRST, SECOND]
    states = (
        await StkPush.filter(phone_number=SECOND).order_by("id").values_list("state", flat=True)
    )
    assert states == [PushState.REJECTED, PushState.SENT]
