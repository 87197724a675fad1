"""What has done its work is forgotten, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from core.engine import Engine
from core.models import Dialog, IdempotencyKey, InboundEvent, InboundSource

DAY = timedelta(days=1)


async def handled_update(engine, update_id):
    await engine.updates.receive(update_id, 1001, b"{}")
    event = await InboundEvent.all().order_by("-id").first()
    await engine.updates.finish([event.id])


async def test_handled_updates_are_forgotten_after_two_days(engine, clock):
    await handled_update(engine, 1)
    clock.advance(2 * DAY - timedelta(seconds=1))
    assert await engine.housekeeping.forget_what_is_done() == 0

    clock.advance(timedelta(seconds=1))
    await handled_update(engine, 2)

    assert await engine.housekeeping.forget_what_is_done() == 1
    assert await InboundEvent.all().values_list("sort_key", flat=True) == [2]


async def test_updates_that_wait_and_callbacks_are_kept_for_ever(engine, clock):
    await engine.updates.receive(1, 1001, b"{}")
    await engine.inbox.receive_callback(b"junk", token=None)
    await engine.inbox.handle_callbacks()
    clock.advance(400 * DAY)

    assert await engine.housekeeping.forget_what_is_done() == 0
    assert await InboundEvent.filter(source=InboundSource.STK).count() == 1


async def test_update_id_that_comes_again_after_that_is_a_new_update(engine, clock):
    await handled_update(engine, 7)
    clock.advance(8 * DAY)
    await engine.housekeeping.forget_what_is_done()

    assert await engine.updates.receive(7, 1001, b"{}")


async def test_another_bots_update_with_the_same_id_is_no_repeat(engine, context, settings):
    await engine.updates.receive(7, 1001, b"{}")
    other = settings.model_copy(update={"telegram_bot_token": SecretStr("2:other")})

    assert await Engine(replace(context, settings=other)).updates.receive(7, 1001, b"{}")
    assert not await engine.updates.receive(7, 1001, b"{}")


async def test_answered_idempotency_keys_are_forgotten_after_thirty_days(engine, owner, clock):
    for number, status in enumerate([201, None]):
        await IdempotencyKey.create(
            owner=owner,
            scope_key=f"key {number}",
            request_hash="0",
            status=status,
            created_at=clock.now(),
        )
    clock.advance(30 * DAY)

    assert await engine.housekeeping.forget_what_is_done() == 1
    assert await IdempotencyKey.all().values_list("status", flat=True) == [None]


async def test_abandoned_form_is_forgotten_when_it_can_not_be_taken_up_any_more(engine, clock):
    await engine.dialogs.save(1001, form="plan", step="name", answers={}, message_id=None)
    clock.advance(7 * DAY)

    assert await engine.housekeeping.forget_what_is_done() == 1
    assert not await Dialog.exists()
