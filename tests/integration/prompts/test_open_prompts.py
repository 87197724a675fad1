"""What is said about a prompt that stands in the way: it waits for a PIN, or nobody knows."""

from datetime import timedelta

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import PushState
from core.errors import PhoneHasOpenPrompt
from core.models import StkPush, Transaction
from core.ports import NoAnswer
from tests.integration.services.stories import MINUTE, prompted_subscription

PHONE = "0712345678"
LONGEST_LIFE = timedelta(minutes=3)


async def refused(wish):
    with pytest.raises(PhoneHasOpenPrompt) as refusal:
        await wish
    return refusal.value.params.get("decided_by")


def another_push(engine, owner):
    return engine.prompts.charge(owner.id, ChargeDraft(phone_number=PHONE, amount_kes=70))


async def closes_at(engine):
    return ((await StkPush.get()).created_at + engine.settings.unknown_closes_after).isoformat()


async def test_a_prompt_is_waited_for_as_long_as_it_can_live(engine, owner, clock):
    await prompted_subscription(engine, owner)
    clock.advance(LONGEST_LIFE - timedelta(seconds=1))

    assert await refused(another_push(engine, owner)) is None


async def test_one_that_can_live_no_more_is_asked_about_until_its_owner_decides(
    engine, owner, clock
):
    await prompted_subscription(engine, owner)
    clock.advance(LONGEST_LIFE)

    assert await refused(another_push(engine, owner)) == await closes_at(engine)


async def test_one_that_may_never_have_gone_out_is_asked_about_at_once(
    engine, owner, gateway, clock
):
    gateway.answers.append(NoAnswer(detail="timeout"))
    await prompted_subscription(engine, owner)
    assert (await StkPush.get()).state is PushState.UNKNOWN

    assert await refused(another_push(engine, owner)) == await closes_at(engine)


async def test_whatever_else_meets_it_hears_the_same(engine, owner, clock):
    subscription = await prompted_subscription(engine, owner)
    bill = await Transaction.get()

    def wishes():
        return [
            engine.decisions.prompt_again(owner.id, bill.id),
            engine.bills.void(owner.id, bill.id, reason="a slip"),
            engine.care.change_phone(owner.id, subscription.client_id, "0722111222"),
        ]

    assert [await refused(wish) for wish in wishes()] == [None] * 3

    clock.advance(25 * MINUTE)

    assert [await refused(wish) for wish in wishes()] == [await closes_at(engine)] * 3
