import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

from telegram import Chat, Message, Update, User

from bot.application import PerUserProcessor


def update_of(user_id, number):
    user = User(user_id, "A", is_bot=False)
    chat = Chat(user_id, "private")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Update(number, message=Message(number, at, chat, from_user=user, text="x"))


async def test_one_persons_updates_wait_for_each_other_and_nobody_elses():
    done, gate = [], asyncio.Event()
    processor = PerUserProcessor(64)

    async def slow():
        await gate.wait()
        done.append("first of 1")

    async def quick(name):
        done.append(name)

    tasks = [
        asyncio.create_task(processor.process_update(update_of(1, 1), slow())),
        asyncio.create_task(processor.process_update(update_of(1, 2), quick("second of 1"))),
    ]
    await processor.process_update(update_of(2, 3), quick("other person"))
    gate.set()
    await asyncio.gather(*tasks)

    assert done == ["other person", "first of 1", "second of 1"]


async def test_an_update_of_nobody_waits_for_nobody():
    processor = PerUserProcessor(1)
    done = []

    async def handle():
        done.append(1)

    await processor.process_update(SimpleNamespace(), handle())

    assert done == [1]
