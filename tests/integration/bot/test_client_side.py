from datetime import date, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency
from core.models import Notification
from tests.factories import make_plan, make_subscription

ASHA = 2001


@pytest.fixture
async def subscription(engine, owner):
    return await make_subscription(engine, owner, active=False)


@pytest.fixture
async def link(engine, subscription):
    return await engine.invitations.url(subscription)


@pytest.fixture
def asha(visit):
    return visit(ASHA, name="Asha")


async def test_the_client_sees_who_invites_and_what_it_costs_before_accepting(asha, link):
    await asha.open(link)

    assert "Wanjiku Fitness invites you, Asha." in asha.text
    assert "Plan: Gold" in asha.text
    assert "KES 1,500, every month on the 23rd" in asha.text
    assert "First bill: 23 December 2026" in asha.text
    assert "254712345678" not in asha.text, "whoever opens the link does not learn the number"
    accept, decline, not_me = asha.buttons
    assert not_me["text"] == "🙅 Not me"
    assert (accept["text"], accept["style"]) == ("✅ Accept", "success")
    assert decline["text"] == "✖️ Decline"


async def test_a_first_bill_on_another_day_than_the_plans_contradicts_nothing(asha, engine, owner):
    plan = await make_plan(engine, owner, frequency=Frequency.YEARLY, billing_day=31)
    waiting = await make_subscription(
        engine, owner, plan, active=False, first_on=date(2027, 4, 10)
    )
    bills = "bill: 10 April 2027, then 30 April 2028"

    await asha.open(await engine.invitations.url(waiting))
    assert "KES 1,500, every year on 30 April\nFirst " + bills in asha.text
    await asha.press("Accept")
    assert "KES 1,500, every year on 30 April.\nNext " + bills in asha.text
    await asha.say("/status")
    assert "KES 1,500, every year on 30 April\n" in asha.text
    assert "Next " + bills in asha.text


async def test_accepting_activates_and_says_what_happens_next(asha, link, subscription):
    await asha.open(link)
    await asha.press("Accept")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert "Next bill: 23 December 2026\n" in asha.text
    assert await Notification.filter(template="invitation_accepted").count() == 1


async def test_accepting_twice_changes_nothing(asha, link):
    await asha.open(link)
    message, accept = asha.messages[-1], asha.button("Accept")["data"]
    await asha.press("Accept")
    await asha.press_data(message.id, accept, force=True)

    assert await Notification.filter(template="invitation_accepted").count() == 1


async def test_declining_asks_once_and_tells_the_owner(asha, link, subscription):
    await asha.open(link)
    await asha.press("Decline")
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PENDING_ACTIVATION

    await asha.press("Yes, decline")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.CANCELLED
    assert await Notification.filter(template="invitation_declined").count() == 1


async def test_whoever_thinks_better_of_declining_can_still_accept(asha, link):
    await asha.open(link)
    await asha.press("Decline", "Back", "Accept")

    assert "Thank you!" in asha.text


async def test_a_link_used_by_somebody_else_is_explained(asha, link, visit):
    await asha.open(link)
    await asha.press("Accept")
    stranger = visit(2002)

    await stranger.open(link)

    assert "Gold" not in stranger.text
    assert stranger.labels == ["🏠 Home"]


async def test_an_expired_link_is_explained(asha, link, clock):
    clock.advance(timedelta(days=60))

    await asha.open(link)

    assert "Accept" not in " ".join(asha.labels)
    assert "Gold" not in asha.text


async def test_an_unknown_link_is_explained(asha):
    await asha.say("/start 0123456789abcdef")

    assert asha.labels == ["🏠 Home"]
    assert "Karibu" not in asha.text


async def test_the_client_of_a_subscription_activated_by_hand_can_still_get_receipts(
    asha, link, engine, owner, subscription
):
    await engine.subscriptions.activate(owner.id, subscription.id)
    await asha.open(link)
    assert "is running" in asha.text

    await asha.press("Yes, send receipts")

    await subscription.fetch_related("client")
    assert subscription.client.telegram_id == ASHA


async def test_status_shows_each_business_apart(asha, link, engine, owner):
    other = await engine.people.register_owner(1002)
    other.business_name = "Juma Water"
    await other.save()
    water = await make_plan(engine, other, name="Water", amount_kes=300)
    second = await make_subscription(engine, other, water, active=False)
    await asha.open(link)
    await asha.press("Accept")
    await asha.open(await engine.invitations.url(second))
    await asha.press("Accept")

    await asha.say("/status")

    blocks = asha.text.split("🏪 ")
    assert len(blocks) == 3
    juma, wanjiku = blocks[1:]
    assert "Water: KES 300" in juma
    assert "Gold: KES 1,500, every month" in wanjiku
    assert "✅ Active" in wanjiku
    assert "Next bill: 23 December 2026" in wanjiku


async def test_status_of_somebody_who_pays_nothing_says_how_it_begins(asha):
    await asha.say("/status")

    assert "You pay for nothing here yet." in asha.text


async def test_an_invitation_speaks_the_clients_language(visit, link):
    juma = visit(2003, name="Juma", language="sw")

    await juma.open(link)

    assert "invites you" not in juma.text
    assert "KES 1,500" in juma.text
