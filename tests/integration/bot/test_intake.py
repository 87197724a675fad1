"""No update is lost and none is handled twice, whatever happens to the process."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.runner import BotRunner
from core.models import InboundEvent, ServicePlan
from sandbox.telegram import acts
from sandbox.telegram.faults import Fault
from tests.integration.bot.people import WITHIN_S, idle, until


@pytest.fixture
def wanjiku(newcomer, owner):
    return newcomer(owner.telegram_id, name="Wanjiku")


async def test_what_is_written_while_the_bot_is_away_is_answered_when_it_comes(
    wanjiku, telegram, start_bot
):
    for text in ("/newplan", "Gym Gold", "500"):
        acts.say(telegram, wanjiku.person, text)

    await start_bot()
    await idle(telegram)

    assert "Name: Gym Gold" in wanjiku.text
    assert "Price: KES 500" in wanjiku.text


async def test_an_update_that_was_stored_when_the_bot_died_is_handled_by_the_next_one(
    wanjiku, telegram, start_bot, engine
):
    first = await start_bot()
    await wanjiku.say("/start")
    await first.stop()
    # As a process leaves it that was killed after it had claimed the update.
    body = (
        b'{"update_id": 4000, "message": {"message_id": 77, "date": 1795413600, '
        b'"chat": {"id": 1001, "type": "private", "first_name": "Wanjiku"}, '
        b'"from": {"id": 1001, "is_bot": false, "first_name": "Wanjiku"}, "text": "/help", '
        b'"entities": [{"type": "bot_command", "offset": 0, "length": 5}]}}'
    )
    await engine.updates.receive(4000, 1001, body)
    assert len(await engine.updates.claim()) == 1

    await start_bot()
    await idle(telegram)

    assert "How FluxPay works" in wanjiku.text


async def test_an_answer_handled_again_after_a_crash_is_not_taken_for_the_next_one(
    wanjiku, telegram, bot
):
    await wanjiku.say("/newplan", "Gym Gold")
    answer = await InboundEvent.all().order_by("-sort_key").first()
    # As if the process had died between the answer's commit and the end of its update.
    await InboundEvent.filter(id=answer.id).update(handled_at=None, leased_until=None)
    await idle(telegram)

    assert "Step 2 of 4 · Price" in wanjiku.text
    assert "⚠️" not in wanjiku.text


async def test_a_confirm_handled_again_after_a_crash_makes_one_plan(wanjiku, telegram, bot):
    await wanjiku.say("/newplan", "Gym Gold", "500", "every day")
    await wanjiku.press("Create the plan")
    confirm = await InboundEvent.all().order_by("-sort_key").first()
    await InboundEvent.filter(id=confirm.id).update(handled_at=None, leased_until=None)
    await idle(telegram)

    assert await ServicePlan.all().count() == 1
    assert "confirmed already" in wanjiku.text


async def test_a_repeated_update_is_stored_once(wanjiku, telegram, bot):
    await wanjiku.say("/start")
    stored = await InboundEvent.all().count()

    telegram.updates.repeat_last()
    telegram.touched()
    await idle(telegram)

    assert await InboundEvent.all().count() == stored


async def test_an_update_that_nobody_can_read_does_not_stop_the_others(
    wanjiku, telegram, bot, engine
):
    await engine.updates.receive(3000, wanjiku.id, b"{}")

    await wanjiku.say("/help")

    assert "How FluxPay works" in wanjiku.text


async def test_polling_goes_on_after_telegram_was_away(wanjiku, telegram, start_bot):
    telegram.faults.append(Fault("500", "getUpdates", 1, 1))
    await start_bot()

    await wanjiku.say("/help")

    assert "How FluxPay works" in wanjiku.text


async def test_the_bot_comes_up_when_telegram_does(wanjiku, telegram, start_bot):
    telegram.faults.append(Fault("500", "getMe", 1, 1))
    await start_bot()

    await wanjiku.say("/help")

    assert "How FluxPay works" in wanjiku.text


async def test_a_start_without_telegram_returns_at_once_and_stops_cleanly(engine, settings):
    away = settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:9"})
    runner = BotRunner(engine, away)

    await runner.start()
    assert not runner.is_up.is_set()
    async with asyncio.timeout(WITHIN_S):
        await runner.stop()


async def test_what_is_in_hand_is_finished_before_the_bot_stops(wanjiku, telegram, bot):
    acts.say(telegram, wanjiku.person, "/help")
    await idle(telegram)

    await bot.stop()

    assert await InboundEvent.filter(handled_at=None).count() == 0


async def test_the_bots_name_is_known_to_the_engine(bot, engine):
    assert await engine.facts.get("bot_username") == "FluxPayTestBot"


async def test_a_second_copy_of_the_bot_is_named_in_the_log(start_bot, wanjiku):
    with capture_logs() as lines:
        await start_bot()
        await start_bot()

        async def is_named():
            return any("another copy of this bot" in line["event"] for line in lines)

        await until(is_named)


AWAY = (ConnectionRefusedError(111, "Connect call failed"), "warning", False)
BROKEN = (RuntimeError("a bug"), "error", True)


@pytest.mark.parametrize(("error", "level", "has_trace"), [AWAY, BROKEN])
@pytest.mark.parametrize(
    ("door", "event"), [("receive", "updates_not_stored"), ("claim", "updates_not_claimed")]
)
async def test_a_database_that_is_away_is_a_line_and_only_a_bug_a_trace(
    wanjiku, telegram, bot, engine, door, event, error, level, has_trace
):
    as_before, tries = getattr(engine.updates, door), []

    async def fails_once(*given, **named):
        tries.append(1)
        if len(tries) == 1:
            raise error
        return await as_before(*given, **named)

    setattr(engine.updates, door, fails_once)
    with capture_logs() as lines:
        await wanjiku.say("/help")
        await wanjiku.sees("How FluxPay works")

    (line,) = [line for line in lines if line["event"] == event]
    assert (line["log_level"], "exc_info" in line) == (level, has_trace)


async def test_no_token_is_a_refusal_to_start(engine, settings):
    with pytest.raises(ValueError, match="token"):
        BotRunner(engine, settings.model_copy(update={"telegram_bot_token": None}))
