"""Notices: leased, sent, marked; in order in each chat; shown twice at worst, never not at all."""

import asyncio
from datetime import timedelta

import pytest

from core.models import Client, Notification, NotificationState, User
from core.ports import Delivery, Failure
from core.scheduler import Timetable, begin_delivery
from tests.factories import make_subscription
from tests.fakes import FakeMessenger
from tests.integration.services.stories import CLIENT_CHAT, chatting_subscription, told


@pytest.fixture
def messenger():
    return FakeMessenger()


@pytest.fixture
def queue(engine):
    async def put(*chats):
        now = engine.now()
        known = await Notification.all().count()
        for number, chat_id in enumerate(chats, known):
            await Notification.create(
                dedupe_key=f"test:{number}",
                chat_id=chat_id,
                template="approved",
                params={"number": number},
                not_before=now,
                created_at=now,
            )

    return put


async def states():
    return [row.state for row in await Notification.all().order_by("id")]


def numbers(messenger):
    return [notice.params["number"] for notice in messenger.notices]


async def test_notice_is_sent_once_and_its_message_remembered(engine, queue, messenger):
    await queue(1)

    assert await engine.outbox.deliver_notifications(messenger) == 1
    assert await engine.outbox.deliver_notifications(messenger) == 0

    row = await Notification.get()
    assert (row.state, row.message_id) == (NotificationState.SENT, 1)
    assert row.sent_at == engine.now()
    assert not await engine.outbox.has_waiting()


async def test_round_sends_at_most_25_and_one_a_chat(engine, queue, messenger):
    await queue(*range(1, 31), 1, 1)

    rounds = [await engine.outbox.deliver_notifications(messenger) for _ in range(4)]

    assert rounds == [25, 6, 1, 0]


async def test_notices_of_a_chat_come_in_order(engine, queue, messenger):
    await queue(7, 7, 7)

    for _ in range(3):
        await engine.outbox.deliver_notifications(messenger)

    assert numbers(messenger) == [0, 1, 2]


async def test_chat_with_many_notices_does_not_hold_up_the_others(engine, queue, messenger):
    await queue(*[7] * 500, 8)

    await engine.outbox.deliver_notifications(messenger)

    assert {notice.chat_id for notice in messenger.notices} == {7, 8}


async def test_flood_control_waits_as_long_as_told_and_holds_back_the_chats_younger_notices(
    engine, queue, messenger, clock
):
    await queue(7, 7, 8)
    wait = timedelta(seconds=40)
    messenger.deliveries.append(Delivery(failure=Failure.LATER, retry_after=wait))

    await engine.outbox.deliver_notifications(messenger)
    clock.advance(wait - timedelta(seconds=1))
    await engine.outbox.deliver_notifications(messenger)
    assert numbers(messenger) == [0, 2]
    clock.advance(timedelta(seconds=1))
    for _ in range(3):
        await engine.outbox.deliver_notifications(messenger)

    assert numbers(messenger) == [0, 2, 0, 1]


async def test_network_trouble_is_waited_out_longer_each_time(engine, queue, messenger, clock):
    await queue(7)
    messenger.deliveries.extend([Delivery(failure=Failure.LATER)] * 3)

    waits = []
    for _ in range(3):
        await engine.outbox.deliver_notifications(messenger)
        wait = (await Notification.get()).not_before - engine.now()
        waits.append(wait.total_seconds())
        clock.advance(wait)

    assert waits == [2, 4, 8]


async def test_notice_is_given_up_after_a_hundred_tries(engine, queue, messenger):
    await queue(7)
    await Notification.all().update(attempts=99)
    messenger.deliveries.append(Delivery(failure=Failure.LATER))

    await engine.outbox.deliver_notifications(messenger)

    assert await states() == [NotificationState.FAILED]


async def test_refused_notice_is_laid_aside_and_the_chats_next_one_goes_out(
    engine, queue, messenger
):
    await queue(7, 7)
    messenger.deliveries.append(Delivery(failure=Failure.BROKEN, detail="can't parse"))

    for _ in range(2):
        await engine.outbox.deliver_notifications(messenger)

    assert await states() == [NotificationState.FAILED, NotificationState.SENT]


async def test_chat_that_blocked_the_bot_is_marked_unreachable(engine, owner, messenger):
    await chatting_subscription(engine, owner)
    await Notification.all().delete()
    now = engine.now()
    for chat_id in (CLIENT_CHAT, 1001):
        await Notification.create(
            dedupe_key=str(chat_id), chat_id=chat_id, template="x", not_before=now, created_at=now
        )
    messenger.deliveries.extend([Delivery(failure=Failure.BLOCKED)] * 2)

    await engine.outbox.deliver_notifications(messenger)

    assert await states() == [NotificationState.UNREACHABLE] * 2 + [NotificationState.QUEUED]
    assert (await told(1001))[-1] == "client_unreachable", "and his owner learns it, once"
    assert (await Client.get()).blocked_at == now
    assert (await User.get(id=owner.id)).blocked_at == now
    met = await engine.people.meet(telegram_id=1001, name="Wanjiku", language_code="en")
    assert met.blocked_at is None


class Killed(BaseException):
    pass


class DyingMessenger(FakeMessenger):
    """Is killed when Telegram has the message, and before it could say so."""

    async def deliver(self, notice):
        self.notices.append(notice)
        raise Killed


async def test_crash_between_the_lease_and_the_mark_sends_again_when_the_lease_is_over(
    engine, queue, messenger, clock
):
    await queue(7)
    dying = DyingMessenger()
    with pytest.raises(Killed):
        await engine.outbox.deliver_notifications(dying)

    clock.advance(timedelta(seconds=119))
    assert await engine.outbox.deliver_notifications(messenger) == 0
    clock.advance(timedelta(seconds=1))
    assert await engine.outbox.deliver_notifications(messenger) == 1

    assert numbers(dying) == numbers(messenger) == [0]


async def test_new_bot_process_sends_at_once_what_the_killed_one_was_sending(
    engine, queue, messenger
):
    await queue(7, 7)
    with pytest.raises(Killed):
        await engine.outbox.deliver_notifications(DyingMessenger())
    timetable = Timetable()

    await begin_delivery(timetable, engine, messenger)

    for _ in range(2):
        assert await engine.outbox.deliver_notifications(messenger) == 1
    assert numbers(messenger) == [0, 1]


async def test_letting_go_of_notices_lets_go_of_no_wish_for_patience(engine, queue, messenger):
    await queue(7)
    patience = Delivery(failure=Failure.LATER, retry_after=timedelta(seconds=40))
    messenger.deliveries.append(patience)
    await engine.outbox.deliver_notifications(messenger)

    await engine.outbox.release_notices()

    assert await engine.outbox.deliver_notifications(messenger) == 0


async def test_two_deliverers_send_each_notice_once(engine, queue, messenger):
    await queue(*range(1, 21), *range(1, 21))

    for _ in range(4):
        await asyncio.gather(*(engine.outbox.deliver_notifications(messenger) for _ in range(2)))

    assert sorted(numbers(messenger)) == list(range(40))


async def test_change_that_is_rolled_back_announces_nothing(engine, owner):
    class Undone(Exception):
        pass

    async def subscribe_and_fail():
        async with engine.transaction():
            await make_subscription(engine, owner)
            raise Undone

    with pytest.raises(Undone):
        await subscribe_and_fail()

    assert await Notification.all().count() == 0
