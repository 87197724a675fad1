"""Telegram's updates in webhook mode: stored once, handled in order for each person."""

import pytest

from core.billing.lifecycle import TransactionStatus
from core.models import InboundEvent, Transaction
from tests.integration.services.stories import callback_body, prompted_subscription

ASHA, ALI = 2001, 2002


@pytest.fixture
def receive(engine):
    async def put(*updates):
        return [
            await engine.updates.receive(update_id, person, b"{}") for update_id, person in updates
        ]

    return put


async def claimed(engine, limit=20):
    return [event.sort_key for event in await engine.updates.claim(limit)]


async def test_update_that_comes_twice_is_stored_once(receive):
    assert await receive((1, ASHA), (1, ASHA)) == [True, False]
    assert await InboundEvent.all().count() == 1


async def test_each_person_has_one_update_in_hand_at_a_time_and_in_order(engine, receive):
    await receive((3, ASHA), (1, ASHA), (2, ALI))

    assert await claimed(engine) == [1, 2]
    assert await claimed(engine) == []
    await engine.updates.finish([(await InboundEvent.get(sort_key=1)).id])

    assert await claimed(engine) == [3]


async def test_claim_marks_what_is_finished_and_takes_the_same_persons_next_one(engine, receive):
    await receive((1, ASHA), (2, ASHA))
    (first,) = await engine.updates.claim()

    (second,) = await engine.updates.claim(finished=[first.id])

    assert second.sort_key == 2
    assert (await InboundEvent.get(id=first.id)).handled_at == engine.now()


async def test_updates_of_nobody_do_not_wait_for_each_other(engine, receive):
    await receive((1, None), (2, None))

    assert await claimed(engine) == [1, 2]


async def test_claim_takes_no_more_than_asked_for(engine, receive):
    await receive(*((number, number) for number in range(1, 6)))

    assert await claimed(engine, limit=2) == [1, 2]
    assert await claimed(engine, limit=2) == [3, 4]


async def test_new_bot_process_lets_go_of_what_the_dead_one_held(engine, receive):
    await receive((1, ASHA), (2, ASHA))
    await claimed(engine)

    await engine.updates.release()

    assert await claimed(engine) == [1]


async def test_updates_are_no_callbacks_and_callbacks_no_updates(engine, owner, gateway, receive):
    await prompted_subscription(engine, owner)
    await receive((1, ASHA))
    await engine.inbox.receive_callback(callback_body("ws_CO_1"), token=gateway.token())

    assert await claimed(engine) == [1]
    assert await engine.inbox.handle_callbacks() == 1
    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_stored_event_stirs_whoever_waits_for_work(engine, receive):
    assert not engine.inbox_stirred.is_set()

    await receive((1, ASHA))

    assert engine.inbox_stirred.is_set()
