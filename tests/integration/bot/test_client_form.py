from datetime import date, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency
from core.models import Client, Notification, Subscription
from tests.factories import make_plan, make_subscription

ADD = "Add the client"


@pytest.fixture
async def plan(engine, owner):
    return await make_plan(engine, owner, billing_day=5)


async def begin(boss):
    await boss.say("/newclient")


async def test_a_client_is_added_on_a_plan(boss, plan):
    await begin(boss)
    await boss.say("Asha Mwangi", "0712 345 678")
    assert "Phone: 0712 345 678" in boss.text
    await boss.press("Skip", "Gold")
    assert "5 December 2026" in boss.labels
    await boss.press("5 December 2026")
    assert "First bill: 5 December 2026" in boss.text
    assert await Subscription.all().count() == 0, "nothing is written before Confirm"

    await boss.press(ADD)

    subscription = await Subscription.get().select_related("client")
    assert subscription.client.name == "Asha Mwangi"
    assert subscription.client.phone_number == "254712345678"
    assert subscription.client.email is None
    assert subscription.status is SubscriptionStatus.PENDING_ACTIVATION
    assert subscription.next_billing_date == date(2026, 12, 5)
    assert not subscription.first_date_chosen
    assert "The invitation follows below" in boss.text


async def test_the_invitation_is_queued_for_the_owner(boss, plan, owner):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold", "5 December 2026", ADD)

    notice = await Notification.get(template="invitation")
    assert notice.chat_id == owner.telegram_id


@pytest.mark.parametrize("typed", ["2026-12-01", "01.12.2026", "1/12/2026"])
async def test_the_first_date_can_be_typed(boss, plan, typed):
    await begin(boss)
    await boss.say("Asha", "0712345678", "asha@example.com")
    await boss.press("Gold")
    await boss.say(typed)
    await boss.press(ADD)

    subscription = await Subscription.get().select_related("client")
    assert subscription.next_billing_date == date(2026, 12, 1)
    assert subscription.first_date_chosen
    assert subscription.client.email == "asha@example.com"


async def test_what_is_billed_when_is_said_without_a_contradiction(boss, engine, owner):
    await make_plan(engine, owner, frequency=Frequency.QUARTERLY, billing_day=31)
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold")
    assert "every 3 months on the last day, counted from each client's first bill" in boss.text

    await boss.say("2027-04-10")

    assert "every 3 months on the last day\n" in boss.text
    assert "First bill: 10 April 2027, then 31 July 2027" in boss.text
    await boss.press(ADD)
    assert "every 3 months on the last day\n" in boss.text
    assert "First bill: 10 April 2027, then 31 July 2027, once" in boss.text


async def test_the_first_date_may_be_today(boss, plan):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold")
    await boss.say("23.11.2026")

    assert "First bill: 23 November 2026" in boss.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-11-22", "in the past"),
        ("9999-12-31", "within the next 10 years"),
        ("31.02.2027", "no date"),
        ("tomorrow", "no date"),
    ],
)
async def test_a_first_date_that_cannot_be_is_refused(boss, plan, typed, said):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold")

    await boss.say(typed)

    assert said in boss.text
    assert "Name: Asha" in boss.text


async def test_a_date_that_passed_before_confirm_is_asked_for_again_and_cannot_be_kept(
    boss, clock, plan
):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold")
    await boss.say("2026-11-23")
    clock.advance(timedelta(days=1))

    await boss.press(ADD)

    assert "⚠️ This date is in the past" in boss.text
    assert "Name: Asha" in boss.text
    assert not [label for label in boss.labels if "Keep" in label]
    await boss.press("5 December 2026", ADD)
    assert (await Subscription.get()).next_billing_date == date(2026, 12, 5)


async def test_a_number_that_is_no_kenyan_mobile_is_refused(boss, plan):
    await begin(boss)
    await boss.say("Asha", "020 271 1000")

    assert "⚠️" in boss.text
    assert "Step 2 of 5 · Phone" in boss.text


async def test_an_address_that_is_no_email_is_refused(boss, plan):
    await begin(boss)
    await boss.say("Asha", "0712345678", "asha at home")

    assert "⚠️ This is no e-mail address" in boss.text


async def test_without_a_plan_the_owner_is_led_to_make_one(boss):
    await begin(boss)
    assert "you have none yet" in boss.text

    await boss.press("Create a plan")

    assert "New plan\nStep 1 of 4" in boss.text


async def test_new_client_is_locked_at_home_without_a_plan_and_says_why(boss):
    await boss.press("🔒 New client")

    assert boss.toast == "First make a plan: a client is always put on one."


async def test_a_known_phone_with_another_name_asks_whether_it_is_the_same_person(
    boss, engine, owner
):
    await make_subscription(engine, owner, name="Asha Mwangi")
    await begin(boss)

    await boss.say("Mama Asha", "0712345678")

    assert "You already have a client with this number: Asha Mwangi" in boss.text
    assert "Step 3 of 6 · Same person?" in boss.text


@pytest.mark.parametrize(
    ("answer", "clients"), [("Yes, it is Asha Mwangi", 1), ("No, another", 2)]
)
async def test_the_owner_decides_whether_it_is_the_same_person(
    boss, engine, owner, answer, clients
):
    await make_subscription(engine, owner, name="Asha Mwangi")
    await begin(boss)
    await boss.say("Mama Asha", "0712345678")
    await boss.press(answer, "Skip", "Gold", "23 December 2026", ADD)

    assert await Client.all().count() == clients
    assert await Subscription.all().count() == 2


async def test_the_same_name_and_phone_is_the_same_person_unasked(boss, engine, owner):
    await make_subscription(engine, owner, name="Asha Mwangi")
    await begin(boss)

    await boss.say("asha mwangi", "0712345678")

    assert "Step 3 of 5 · E-mail" in boss.text


async def test_a_plan_archived_meanwhile_is_said_at_confirm(boss, engine, owner, plan):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold", "5 December 2026")
    await engine.plans.archive(owner.id, plan.id)

    await boss.press(ADD)

    assert "⚠️" in boss.text
    assert await Subscription.all().count() == 0


async def test_another_owners_plan_is_not_offered(boss, engine, owner):
    other = await engine.people.register_owner(1002)
    await make_plan(engine, other, name="Not yours")
    await make_plan(engine, owner, name="Mine")
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip")

    assert not any("Not yours" in label for label in boss.labels)


async def test_the_invitation_arrives_in_the_chat_and_its_link_works(
    boss, bot, plan, engine, newcomer
):
    await begin(boss)
    await boss.say("Asha", "0712345678")
    await boss.press("Skip", "Gold", "5 December 2026", ADD)
    await engine.outbox.deliver_notifications(bot.messenger)
    invitation = boss.messages[-1]
    link = next(b["data"] for b in boss.buttons if b["kind"] == "copy")
    assert "Wanjiku Fitness" in invitation.text
    assert link.startswith("https://t.me/FluxPayTestBot?start=")
    asha = newcomer(2001, name="Asha")

    await asha.open(link)

    assert "Wanjiku Fitness invites you, Asha." in asha.text
