from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from telegram.error import NetworkError

from core.models import Approval, Notification, User
from sandbox.telegram import acts
from sandbox.telegram.faults import Fault
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import Visitor, idle

ADMIN = 9001


async def test_somebody_new_is_greeted_in_at_most_six_lines(visit):
    visitor = visit(3001)

    await visitor.say("/start")

    lines = [line for line in visitor.text.split("\n") if line]
    assert len(lines) <= 6
    assert "Example" in visitor.text
    assert visitor.button("Sign up my business")["style"] == "success"


async def test_signing_up_asks_for_the_business_and_waits_for_an_admin(visit):
    visitor = visit(3001)
    await visitor.say("/start")
    await visitor.press("Sign up my business")
    await visitor.say("Mama <Njeri> Gym")
    assert (await User.get(telegram_id=3001)).approval is Approval.NONE
    await visitor.press("✅ Sign up")

    person = await User.get(telegram_id=3001)
    assert person.approval is Approval.PENDING
    assert person.business_name == "Mama <Njeri> Gym"
    assert await Notification.filter(template="approval_requested", chat_id=ADMIN).count() == 1
    await visitor.say("/menu")
    assert "Mama <Njeri> Gym" in visitor.text
    assert not any("New plan" in label for label in visitor.labels)


@pytest.mark.parametrize(("button", "lent"), [("v1:adm:ok:{}", False), ("v1:adm:lend:{}", True)])
async def test_an_admin_approves_with_one_press(visit, engine, bot, button, lent):
    admin = visit(ADMIN, name="Admin")
    await admin.say("/start")
    person = await engine.people.meet(telegram_id=3001, name="Njeri", language_code="en")
    await engine.people.request_approval(person.id, business_name="Njeri Gym")
    await engine.outbox.deliver_notifications(bot.messenger)
    notice = admin.messages[-1]

    await admin.press_data(notice.id, button.format(person.id))

    await person.refresh_from_db()
    assert person.approval is Approval.APPROVED
    assert person.uses_platform_account is lent
    assert "Njeri Gym" in admin.text
    assert notice.inline_keyboard is None, "the notice stays and its buttons go"


async def test_nobody_but_an_admin_approves(boss, engine):
    person = await engine.people.meet(telegram_id=3001, name="Njeri", language_code="en")
    await engine.people.request_approval(person.id, business_name="Njeri Gym")

    await boss.press_data(boss.messages[-1].id, f"v1:adm:ok:{person.id}", force=True)

    await person.refresh_from_db()
    assert person.approval is Approval.PENDING
    assert boss.toast


async def test_nobody_resumes_a_paybill_that_is_not_his(boss):
    await boss.press_data(boss.messages[-1].id, "v1:adm:resume:174379", force=True)

    assert boss.toast


async def test_the_dashboard_shows_the_business_and_every_action(boss, engine, owner):
    plan = await make_plan(engine, owner)
    await make_subscription(engine, owner, plan)
    await make_subscription(
        engine, owner, plan, active=False, name="Juma", phone_number="254712000001"
    )
    await boss.press("Refresh")

    assert boss.text.startswith("Wanjiku Fitness")
    for line in ("✅ Active: 1", "⏳ Pending activation: 1"):
        assert line in boss.text
    assert "💰 Received this month: KES 0" in boss.labels
    expected = (
        "New plan|New client|Simulate STK push|Plans|Clients|Transactions|Charts|Settings|Refresh"
    )
    for action in expected.split("|"):
        assert any(action in label for label in boss.labels), action
    assert boss.button("New plan")["style"] == "success"


async def test_refresh_with_nothing_new_is_a_silent_toast(boss):
    before = len(boss.messages)

    await boss.press("Refresh", "Refresh")

    assert boss.toast == "Updated 09:00"
    assert len(boss.messages) == before


async def test_refresh_shows_the_time(boss, clock):
    clock.advance(timedelta(hours=5, minutes=5))

    await boss.press("Refresh")

    assert "Updated 14:05" in boss.text


async def test_menu_always_sends_a_new_message(boss):
    first = boss.messages[-1].id

    await boss.say("/menu")

    assert boss.messages[-1].id > first


async def test_an_owner_who_is_suspended_can_do_nothing(boss, owner):
    owner.approval = Approval.SUSPENDED
    await owner.save()

    await boss.press("New plan")
    assert boss.toast
    await boss.say("/menu")

    assert "suspended" in boss.text


async def test_a_stranger_can_not_make_plans(visit):
    visitor = visit(3001)

    await visitor.say("/newplan")

    assert "Step" not in visitor.text
    assert visitor.labels == ["🏠 Home"]


async def test_the_language_is_taken_from_telegram_and_can_be_changed(visit):
    visitor = visit(3001, language="sw")
    await visitor.say("/start")
    assert "I collect" not in visitor.text

    await visitor.say("/language")
    await visitor.press("English")

    assert "Language: English" in visitor.text
    assert (await User.get(telegram_id=3001)).language == "en"


async def test_cancel_says_whether_there_was_anything_to_cancel(boss):
    await boss.say("/cancel")
    assert "Nothing was open" in boss.text

    await boss.say("/newplan", "/cancel")

    assert boss.text == "Cancelled. Nothing was saved."
    await boss.say("Gym Gold")
    assert "I did not understand that" in boss.text


async def test_text_that_nobody_asked_for_shows_the_way_to_the_menu(boss):
    await boss.say("hello?")

    assert boss.text == "I did not understand that. The menu shows what I can do."
    assert boss.labels == ["🏠 Home"]


async def test_a_location_outside_a_form_is_answered(boss, telegram):
    acts.send(telegram, boss.person, {"location": {"latitude": 1.0, "longitude": 36.8}})
    await idle(telegram)

    assert boss.text.startswith("I read text only.")


async def test_an_edited_message_is_no_new_answer(boss, telegram):
    await boss.say("/newplan", "Gym Gold")
    typed = [m for m in telegram.messages.of(boss.id) if not m.from_bot][-1]
    before = len(boss.messages)

    acts.edit(telegram, boss.person, typed.id, "Gym Silver")
    await idle(telegram)

    assert len(boss.messages) == before


async def test_whoever_blocks_the_bot_and_comes_back_is_served(boss, telegram):
    acts.block(telegram, boss.person)
    await idle(telegram)
    acts.unblock(telegram, boss.person)

    await boss.say("/menu")

    assert boss.text.startswith("Wanjiku Fitness")


async def test_help_knows_who_asks(boss, visit):
    await boss.say("/help")
    assert "/newplan" in boss.text
    visitor = visit(3001)

    await visitor.say("/help")

    assert "/newplan" not in visitor.text


async def test_a_bug_is_told_with_a_number_and_no_trace(boss, engine):
    async def broken(_owner_id):
        raise RuntimeError("secret detail")

    engine.dashboard.overview = broken

    await boss.press("Refresh")

    assert "Sorry" in boss.text
    assert "secret detail" not in boss.text
    assert "RuntimeError" not in boss.text


def no_telegram():
    error = NetworkError("httpx.ConnectError")
    error.__cause__ = ConnectionRefusedError()
    return error


@pytest.mark.parametrize(
    ("error", "level", "has_trace"),
    [
        (ConnectionRefusedError(111, "Connect call failed"), "warning", False),
        (RuntimeError("a bug"), "error", True),
        (no_telegram(), "error", True),
    ],
)
async def test_an_incident_of_an_outage_is_logged_without_a_trace(
    boss, engine, error, level, has_trace
):
    async def broken(_owner_id):
        raise error

    engine.dashboard.overview = broken

    with capture_logs() as lines:
        await boss.press("Refresh")

    (line,) = [line for line in lines if line["event"] == "incident"]
    assert line["incident"] in boss.text
    assert (line["log_level"], "exc_info" in line) == (level, has_trace)


async def test_an_apology_speaks_the_persons_language(visit, engine):
    visitor = visit(3001, language="sw")
    await visitor.say("/start")

    async def broken(_telegram_id):
        raise RuntimeError("secret detail")

    engine.standings.standings = broken
    await visitor.say("/status")

    assert "Sorry" not in visitor.text
    assert "😔" in visitor.text


async def test_an_apology_comes_even_when_nobody_can_be_looked_up(boss, engine):
    async def broken(*_, **__):
        raise RuntimeError("secret detail")

    engine.people.meet = engine.people.find = broken
    await boss.say("/menu")

    assert "Sorry" in boss.text


async def test_a_press_from_long_ago_is_still_carried_out(boss, bot, chat_clock, start_bot):
    await bot.stop()
    query = boss.tap("Plans")
    chat_clock.advance(timedelta(minutes=10))

    await start_bot()
    await boss.sees("None yet. A plan says")

    assert query.answer is None, "Telegram takes no answer so late, and that is no mishap"
    assert not any("Sorry" in message.text for message in boss.messages)


async def test_an_answer_that_telegram_delays_is_given_when_it_may(boss, telegram):
    telegram.faults.append(Fault("429", "answerCallbackQuery", 1, 1))

    await boss.press("Plans")

    assert boss.text.startswith("Plans")


async def test_an_unknown_command_is_no_answer_to_a_form(boss):
    await boss.say("/newplan", "/nonsense")
    assert boss.text == "I did not understand that. The menu shows what I can do."

    await boss.say("Gym Gold")

    assert "Name: Gym Gold" in boss.text


async def test_a_screen_whose_message_is_gone_is_sent_anew(boss, bot, telegram, start_bot):
    await bot.stop()
    boss.tap("Plans")
    telegram.messages.delete(boss.messages[-1])
    await start_bot()

    await boss.sees("None yet. A plan says")

    assert not any("Sorry" in message.text for message in boss.messages)


async def test_people_are_served_side_by_side_each_in_order(telegram, boss, owner):
    await boss.say("/newplan")
    for text in ("Gym Gold", "500", "every month", "5"):  # Sent before the bot has answered any.
        acts.say(telegram, boss.person, text)
    await idle(telegram)

    assert "Name: Gym Gold" in boss.text
    assert "Price: KES 500" in boss.text
    assert "Billing day: On the 5th" in boss.text


def test_a_visitor_reads_the_newest_message(telegram):
    person = telegram.add_person(first_name="A", phone_number="2547", person_id=1)
    assert Visitor(telegram, person).messages == []
