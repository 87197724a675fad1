"""Groups of prompts overlap: what happens while one waits counts, and no answer is lost."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from core.billing.lifecycle import PushState
from core.database import DatabaseUnavailable
from core.models import StkPush, Subscription
from core.services.prompts import dispatch, prompts
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import TODAY

ADMIN = 9001
PHONES = [f"2547{number}2345678" for number in range(6)]
THREE = PHONES[:3]
PATIENCE_S = 20


@pytest.fixture
def make_bills(engine, owner, monkeypatch):
    """Make bills that go out in groups of two."""
    monkeypatch.setattr(prompts, "IN_FLIGHT", 2)

    async def make(phones):
        plan = await make_plan(engine, owner)
        for phone in phones:
            await make_subscription(engine, owner, plan, first_on=TODAY, phone_number=phone)
        await engine.billing.process_due_payments()

    return make


async def wait_until(is_so):
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 - it is about rows
            await asyncio.sleep(0)


@pytest.fixture
async def while_two_are_in_the_air(make_bills, gateway):
    """Let something happen while the last of three is stored and waits for its turn."""
    await make_bills(THREE)
    accept, over = gateway.request_payment, asyncio.Event()

    def arrange(happens):
        async def is_everything_stored():
            return await StkPush.all().count() == len(THREE)

        async def request(request):
            answer = await accept(request)
            if len(gateway.requests) == 2:
                try:
                    await wait_until(is_everything_stored)
                    await happens(await StkPush.get(state=PushState.CREATED))
                finally:
                    over.set()
            await over.wait()
            return answer

        gateway.request_payment = request

    return arrange


def called(gateway):
    return sorted(request.phone_number for request in gateway.requests)


async def states_of(phone):
    return await StkPush.filter(phone_number=phone).order_by("id").values_list("state", flat=True)


async def test_what_is_claimed_ahead_goes_out_when_its_turn_comes(
    engine, gateway, while_two_are_in_the_air
):
    async def nothing(waiting):
        assert waiting.phone_number not in called(gateway)

    while_two_are_in_the_air(nothing)

    assert await engine.prompts.send_due_prompts() == len(THREE)
    assert called(gateway) == THREE


@pytest.mark.parametrize("what", ["stop", "block", "pause", "cancel"])
async def test_what_is_forbidden_meanwhile_does_not_go_out(
    engine, owner, gateway, while_two_are_in_the_air, what
):
    async def forbid(waiting):
        phone = waiting.phone_number
        subscription = await Subscription.get(client__phone_number=phone)
        match what:
            case "stop":
                await engine.prompt_stop.stop(admin_telegram_id=ADMIN, reason="M-Pesa is down")
            case "block":
                await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number=phone)
            case "pause":
                await engine.subscriptions.pause(owner.id, subscription.id)
            case "cancel":
                await engine.subscriptions.cancel(owner.id, subscription.id)

    while_two_are_in_the_air(forbid)

    assert await engine.prompts.send_due_prompts() == 2
    [left] = set(THREE) - set(called(gateway))
    assert await states_of(left) == [PushState.REJECTED]


async def test_what_is_not_out_by_night_goes_out_in_the_morning(
    engine, gateway, clock, while_two_are_in_the_air
):
    night = datetime.combine(TODAY, time(21), engine.zone).astimezone(UTC)
    clock.set(night - timedelta(seconds=5))

    async def night_falls(_waiting):
        clock.set(night)

    while_two_are_in_the_air(night_falls)

    assert await engine.prompts.send_due_prompts() == 2

    clock.advance(timedelta(hours=10))
    assert await engine.prompts.send_due_prompts() == 1
    assert called(gateway) == THREE


async def test_what_waited_long_is_looked_at_anew_and_goes_out_once(
    engine, gateway, clock, while_two_are_in_the_air
):
    late = []

    async def time_passes(waiting):
        late.append(waiting.phone_number)
        clock.advance(timedelta(seconds=31))

    while_two_are_in_the_air(time_passes)

    assert await engine.prompts.send_due_prompts() == len(THREE)
    assert called(gateway) == THREE
    assert await states_of(late[0]) == [PushState.REJECTED, PushState.SENT]


async def test_a_call_that_hangs_keeps_no_other_group_waiting(
    engine, make_bills, gateway, monkeypatch
):
    await make_bills(PHONES)
    monkeypatch.setattr(prompts, "IN_FLIGHT", 1)
    accept = gateway.request_payment

    async def request(request):
        answer = await accept(request)
        if request.phone_number == PHONES[0]:
            await wait_until(others_are_stored)
        return answer

    async def others_are_stored():
        return await StkPush.filter(state=PushState.SENT).count() == len(PHONES) - 1

    gateway.request_payment = request

    assert await engine.prompts.send_due_prompts() == len(PHONES)
    assert await StkPush.filter(state=PushState.SENT).count() == len(PHONES)


async def test_never_are_more_calls_in_the_air_than_a_group_has(engine, make_bills, gateway):
    await make_bills(PHONES)
    accept, in_the_air, most = gateway.request_payment, set(), 0

    async def is_the_next_claimed():
        return await StkPush.all().count() >= 4

    async def request(request):
        nonlocal most
        in_the_air.add(request.phone_number)
        most = max(most, len(in_the_air))
        await wait_until(is_the_next_claimed)
        for _ in range(20):  # Time enough for the next ones to begin, if they could.
            await StkPush.exists(state=PushState.SENDING)
        in_the_air.remove(request.phone_number)
        return await accept(request)

    gateway.request_payment = request

    assert await engine.prompts.send_due_prompts() == len(PHONES)
    assert most <= 2


async def test_answers_are_stored_when_the_other_half_could_not_begin(
    engine, make_bills, gateway, monkeypatch
):
    await make_bills(THREE[:2])
    begin, begun = dispatch.begin_sending, []

    async def begin_once(*arguments, **options):
        begun.append(arguments)
        if len(begun) > 1:
            raise OSError
        return await begin(*arguments, **options)

    monkeypatch.setattr(dispatch, "begin_sending", begin_once)

    with pytest.raises(DatabaseUnavailable):
        await engine.prompts.send_due_prompts()

    states = await StkPush.all().order_by("id").values_list("phone_number", "state")
    assert states == [(THREE[0], PushState.SENT), (THREE[1], PushState.CREATED)]
