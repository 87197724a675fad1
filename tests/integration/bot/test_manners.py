"""What Telegram refuses, limits, repeats or mangles: each is lived with, and nobody notices."""

from datetime import timedelta

import pytest

from core.models import Client, InboundEvent, User
from core.ports import Notice
from sandbox.telegram import acts
from sandbox.telegram.faults import Fault
from tests.factories import make_plan
from tests.integration.bot.people import idle, until
from tests.integration.conftest import _sqlite_url
from tests.integration.services.stories import (
    bill_and_prompt,
    bills,
    chatting_subscription,
    told,
)

ASHA = 2001
HOSTILE = "<b>Asha</b> & 'Co'"


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """How Telegram behaves does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


@pytest.fixture
async def asha(engine, owner, visit):
    await chatting_subscription(engine, owner, chat=ASHA)
    visitor = visit(ASHA, name="Asha")
    await visitor.say("/status")
    return visitor


async def test_flood_limit_is_waited_out_and_the_answer_comes(boss, telegram):
    telegram.faults.append(Fault("429", "sendMessage", 1, 1))

    await boss.say("/help")

    assert "How FluxPay works" in boss.text


async def test_refresh_that_changes_nothing_is_no_error(boss):
    await boss.press("Settings")
    message = boss.messages[-1]

    for _ in range(2):
        await boss.press_data(message.id, "v1:set~home", force=True)

    assert "😔" not in boss.text


async def test_press_that_can_not_be_answered_still_opens_its_screen(boss, telegram):
    telegram.faults.append(Fault("500", "answerCallbackQuery", 1, 1))
    boss.tap("Settings")

    await boss.sees("Language: English")


async def test_press_of_an_hour_ago_still_opens_its_screen(
    boss, bot, chat_clock, start_bot, telegram
):
    await bot.stop()
    boss.tap("Settings")
    chat_clock.advance(timedelta(hours=1))

    await start_bot()

    await boss.sees("Language: English")


async def test_screen_whose_message_is_gone_is_sent_below(boss, telegram):
    message = boss.messages[-1]
    data = boss.button("Settings")["data"]
    acts.press(telegram, boss.person, message.id, data)
    telegram.messages.of(boss.id).remove(message)
    await idle(telegram)

    assert "Language: English" in boss.text


async def test_client_who_blocked_the_bot_is_told_of_once_and_still_prompted(
    asha, engine, gateway, telegram, clock
):
    acts.block(telegram, asha.person)
    await idle(telegram)
    clock.advance(timedelta(minutes=1))
    acts.unblock(telegram, asha.person)
    await idle(telegram)
    assert (await Client.get()).blocked_at is None, "he let us in again"
    acts.block(telegram, asha.person)
    await idle(telegram)

    await bill_and_prompt(engine)

    assert (await told(1001)).count("client_unreachable") == 2, "once each time he blocks"
    assert len(gateway.requests) == 1
    (bill,) = await bills()
    assert bill.phone_number == "254712345678"
    assert "client_receipt" not in await told(ASHA)


async def test_refusal_of_a_notice_marks_the_client_and_tells_his_owner(
    asha, engine, bot, telegram
):
    telegram.faults.append(Fault("403", "sendMessage", 1, 1))
    await engine.standings.standings(ASHA)
    delivery = await bot.messenger.deliver(
        Notice(
            notification_id=1,
            chat_id=ASHA,
            language="en",
            template="client_cancelled",
            params={"business": "Gym", "plan_name": "Gold"},
        )
    )
    assert delivery.failure == "BLOCKED"


async def test_person_who_blocks_while_he_is_answered_gets_no_apology(asha, telegram):
    count = len(asha.messages)
    telegram.faults.append(Fault("403", "sendMessage", 1, 1))

    await asha.say("/help")

    async def is_marked():
        return (await User.get(telegram_id=ASHA)).blocked_at is not None

    await until(is_marked)
    assert len(asha.messages) == count
    assert "client_unreachable" in await told(1001)


async def test_every_name_is_shown_as_it_was_typed(engine, owner, visit):
    owner.business_name = HOSTILE
    await owner.save()
    plan = await make_plan(engine, owner, name=HOSTILE)
    waiting = await engine.subscriptions.create(
        owner.id,
        plan_id=plan.id,
        client=_draft(),
    )
    asha = visit(ASHA, name=HOSTILE)
    await asha.open(await engine.invitations.url(waiting))
    assert asha.text.count(HOSTILE) == 3
    await asha.press("Accept")
    assert HOSTILE in asha.text

    for command in ("/status", "/privacy"):
        await asha.say(command)
        assert "😔" not in asha.text
    await asha.say("/status")
    for label in ("History, receipts", "Back", "Write to them"):
        await asha.press(label)
        assert HOSTILE in asha.text


def _draft():
    from core.billing.clients import ClientDraft  # noqa: PLC0415 - of this one test

    return ClientDraft(name=HOSTILE, phone_number="0712345678")


async def test_screen_with_more_than_a_message_holds_is_cut(engine, owner, visit):
    for number in range(40):
        other = await engine.people.register_owner(5000 + number)
        other.business_name = f"{'🦒' * 45} {number}"
        await other.save()
        plan = await make_plan(engine, other, name="🦒" * 90)
        for _ in range(2):
            row = await engine.subscriptions.create(
                other.id, plan_id=plan.id, client=_draft(), send_invitation=False
            )
            await engine.acceptance.accept(row.invitation_token, telegram_id=ASHA, language="en")
    asha = visit(ASHA, name="Asha")

    await asha.say("/status")

    assert "What you pay for" in asha.text
    assert "😔" not in asha.text


async def test_repeated_update_is_handled_once(boss, telegram):
    await boss.say("/help")
    count = len(boss.messages)

    telegram.updates.repeat_last()
    telegram.touched()
    await idle(telegram)

    assert len(boss.messages) == count
    assert await InboundEvent.filter(handled_at=None).count() == 0


async def test_commands_follow_role_and_language_and_are_set_only_when_they_change(
    asha, boss, visit, telegram
):
    def names(person_id):
        commands = telegram.profile.commands_for(person_id, "en")
        return {command["command"]: command["description"] for command in commands}

    admin = visit(9001, name="Admin")
    await admin.say("/start")
    stranger = visit(3001, name="Otieno")
    await stranger.say("/start")
    assert "admin" in names(9001)
    assert "newplan" in names(1001)
    assert "admin" not in names(1001)
    assert set(names(ASHA)) == {"status", "menu", "privacy", "language", "help", "cancel"}
    assert "newplan" not in names(3001)

    await asha.say("/language")
    await asha.press("Kiswahili")
    assert names(ASHA)["status"] == "Unacholipia"

    telegram.faults.append(Fault("decoration_refused", None, 1, 1))
    await asha.say("/status")
    assert len(telegram.faults) == 1, "nothing was set anew"


async def test_silence_is_kept_about_edits(asha, telegram):
    message = acts.say(telegram, asha.person, "hello")
    await idle(telegram)
    count = len(asha.messages)

    acts.edit(telegram, asha.person, message.id, "/status")
    await idle(telegram)

    assert len(asha.messages) == count
