from datetime import timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.models import ServicePlan
from tests.factories import make_plan, make_subscription


@pytest.fixture
async def plan(engine, owner):
    return await make_plan(engine, owner)


async def many(engine, owner, plan, count):
    for number in range(1, count + 1):
        await make_subscription(
            engine, owner, plan, name=f"Client {number}", phone_number=f"2547120000{number:02}"
        )


async def test_clients_are_listed_by_name_eight_to_a_page(boss, engine, owner, plan):
    await many(engine, owner, plan, 17)
    await boss.press("Clients")
    assert boss.labels[0] == "✅ Client 1 · KES 1,500 · Wed 23 Dec"
    assert len([label for label in boss.labels if "· KES" in label]) == 8
    assert "1/3" in boss.labels

    await boss.press("▶", "▶")

    assert [label.split(" · ")[0] for label in boss.labels if "· KES" in label] == ["✅ Client 9"]
    assert "3/3" in boss.labels
    await boss.press("◀ ", "Clients", "▶")
    assert "2/3" in boss.labels
    assert boss.labels[0].startswith("✅ Client 17")


async def test_a_button_says_who_how_much_and_how_he_stands(boss, engine, owner, plan, clock):
    await make_subscription(engine, owner, plan, first_on=engine.today())
    await make_subscription(
        engine, owner, plan, active=False, name="Juma", phone_number="254712000001"
    )
    await engine.billing.process_due_payments()
    clock.advance(timedelta(days=3))

    await boss.press("Clients")

    assert boss.labels[:2] == ["⚠️ Asha · KES 1,500 · 3 d late", "⏳ Juma · KES 1,500 · invited"]


async def test_the_list_is_filtered_and_says_what_it_shows(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan)
    await make_subscription(
        engine, owner, plan, active=False, name="Juma", phone_number="254712000001"
    )

    await boss.press("Clients", "Invited: 1")

    assert boss.text.startswith("Clients · Invited\n1 client.")
    assert "Juma" in boss.labels[0]
    assert not any("Asha" in label for label in boss.labels)


async def test_a_button_of_the_former_list_still_leads_to_the_clients(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan, active=False)

    await boss.press_data(boss.messages[-1].id, "v1:subs:PENDING_ACTIVATION:1~", force=True)

    assert boss.text.startswith("Clients · Invited")


async def test_an_empty_list_says_why_and_offers_the_action(boss):
    await boss.press("Clients")
    assert "No clients yet. Add the first one" in boss.text
    assert any("New client" in label for label in boss.labels)

    await boss.press("Back", "Plans")

    assert "None yet. A plan says" in boss.text
    assert any("New plan" in label for label in boss.labels)


async def test_back_leads_to_the_page_one_came_from(boss, engine, owner, plan):
    await many(engine, owner, plan, 9)
    await boss.press("Clients", "▶", "Client 9 ", "Gold", "Transactions", "Back", "Back", "Back")

    assert "2/2" in boss.labels
    await boss.press("Back")
    assert boss.text.startswith("Wanjiku Fitness")


async def test_home_is_one_press_away_from_anywhere(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha", "Home")

    assert boss.text.startswith("Wanjiku Fitness")


def offers(visitor):
    """Return which of a subscription's moves can be pressed."""
    moves = ("Activate by hand", "Send a new link", "Pause", "Resume", "Cancel it")
    return [move for move in moves if any(move in label for label in visitor.labels)]


async def test_the_card_of_a_running_subscription_offers_pause_and_cancel(
    boss, engine, owner, plan
):
    await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha")

    assert offers(boss) == ["Pause", "Cancel it"]
    await boss.press("⏸ Pause")
    assert offers(boss) == ["Pause", "Resume", "Cancel it"]


async def test_the_card_of_a_pending_subscription_offers_activation_and_a_new_link(
    boss, engine, owner, plan
):
    await make_subscription(engine, owner, plan, active=False)

    await boss.press("Clients", "Asha")

    assert offers(boss) == ["Activate by hand", "Send a new link", "Cancel it"]


async def test_the_card_of_a_cancelled_subscription_offers_nothing(boss, engine, owner, plan):
    subscription = await make_subscription(engine, owner, plan)
    await engine.subscriptions.cancel(owner.id, subscription.id)

    await boss.press("Clients", "Asha")

    assert offers(boss) == []


async def test_a_subscription_is_activated_by_hand_after_a_question(boss, engine, owner, plan):
    subscription = await make_subscription(engine, owner, plan, active=False)
    await boss.press("Clients", "Asha", "Activate by hand")
    assert "by hand?" in boss.text
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.PENDING_ACTIVATION

    await boss.press("✅ Activate")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert "Status: ✅ Active" in boss.text
    await boss.press("Back")
    assert boss.text.startswith("Clients")


async def test_a_subscription_is_paused_and_goes_on(boss, engine, owner, plan):
    subscription = await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha", "⏸ Pause")
    assert "Status: ⏸ Paused" in boss.text
    assert boss.toast == "Paused"

    await boss.press("Resume")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.ACTIVE


async def test_pausing_twice_is_done_once(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha")
    card, pause = boss.messages[-1], boss.button("Pause")["data"]

    await boss.press("⏸ Pause")
    await boss.press_data(card.id, pause, force=True)

    assert boss.toast == "Already done"


async def test_cancelling_names_whom_and_what_follows_and_offers_the_safe_way_first(
    boss, engine, owner, plan
):
    subscription = await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha", "Cancel it")
    assert "Cancel Asha on Gold?" in boss.text
    assert "can't be undone" in boss.text
    assert [button["style"] for button in boss.buttons] == [None, "danger", None]
    assert boss.labels[0] == "◀ Keep it"

    await boss.press("Yes, cancel it")

    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.CANCELLED
    assert "Status: ✖️ Cancelled" in boss.text


async def test_keeping_it_changes_nothing(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan)
    await boss.press("Clients", "Asha", "Cancel it", "Keep it")

    assert "✅ Active · Gold · KES 1,500" in boss.text


async def test_a_new_link_replaces_the_old_one(boss, engine, owner, plan):
    subscription = await make_subscription(engine, owner, plan, active=False)
    old = subscription.invitation_token

    await boss.press("Clients", "Asha", "Send a new link")

    await subscription.refresh_from_db()
    assert subscription.invitation_token not in {None, old}
    copy = boss.button("Copy the link")
    assert subscription.invitation_token in copy["data"]


async def test_a_plan_is_archived_after_a_question(boss, engine, owner, plan):
    await make_subscription(engine, owner, plan)
    await boss.press("Plans", "Gold", "Archive")
    assert "1 subscription goes on" in boss.text
    assert boss.labels[0] == "◀ Keep it"

    await boss.press("Archive it")

    assert (await ServicePlan.get()).archived_at is not None
    await boss.press("Plans")
    assert not any("Gold" in label for label in boss.labels)


async def test_another_owners_subscription_is_not_there(boss, engine, owner):
    other = await engine.people.register_owner(1002)
    theirs = await make_subscription(engine, other)

    await boss.press_data(boss.messages[-1].id, f"v1:cancelled:{theirs.id}~", force=True)

    await theirs.refresh_from_db()
    assert theirs.status is SubscriptionStatus.ACTIVE
    assert boss.toast


async def test_a_transaction_is_told_in_words_and_leads_to_its_subscription(boss, engine, owner):
    await make_subscription(engine, owner, first_on=engine.today())
    await engine.billing.process_due_payments()
    await boss.press("Transactions")
    assert "🕓 Pending · Asha · KES 1,500" in boss.text

    await boss.press("Asha")

    assert "Status: 🕓 Pending" in boss.text
    assert "Bill of 23 November 2026" in boss.text
    await boss.press("Open the subscription", "Back")
    assert "Bill of 23 November 2026" in boss.text


async def test_a_button_under_a_notice_opens_its_screen_below(boss, engine, owner):
    await engine.subscriptions.page(owner.id)
    notice = boss.messages[-1]
    kept = notice.text

    await boss.press_data(notice.id, "v1:plans", force=True)

    assert notice.text == kept
    assert boss.messages[-1].id > notice.id
    assert boss.text.startswith("Plans")
