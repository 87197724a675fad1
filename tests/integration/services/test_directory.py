"""Finding clients: by name, by number, by how they stand; and one client's card."""

import pytest

from core.billing.standing import ClientFilter, ClientState
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import DAY, TODAY, bill_and_prompt, report

F = ClientFilter


@pytest.fixture
async def plan(engine, owner):
    return await make_plan(engine, owner)


@pytest.fixture
def add(engine, owner, plan):
    async def add(name, last, **changes):
        phone = f"2547120000{last:02}"
        return await make_subscription(
            engine, owner, plan, name=name, phone_number=phone, **changes
        )

    return add


async def names(engine, owner, **wanted):
    page = await engine.directory.page(owner.id, **wanted)
    return [entry.client.name for entry in page.entries]


async def test_each_filter_shows_whom_it_names_and_counts_them(engine, owner, add, clock):
    await add("Late", 1, first_on=TODAY)
    await engine.billing.process_due_payments()
    clock.advance(2 * DAY)
    await add("Today", 2, first_on=TODAY + 2 * DAY)
    await add("Waits", 3, active=False)
    paused = await add("Rests", 4)
    await engine.subscriptions.pause(owner.id, paused.id)
    gone = await add("Gone", 5)
    await engine.subscriptions.cancel(owner.id, gone.id)

    expected = {
        F.ALL: ["Gone", "Late", "Rests", "Today", "Waits"],
        F.DUE: ["Today"],
        F.OVERDUE: ["Late"],
        F.PENDING: ["Waits"],
        F.PAUSED: ["Rests"],
    }
    assert {shown: await names(engine, owner, shown=shown) for shown in F} == expected
    assert await engine.directory.counts(owner.id) == {s: len(n) for s, n in expected.items()}
    await engine.billing.process_due_payments()
    assert await names(engine, owner, shown=F.DUE) == ["Today"], "billed, and not yet paid"


async def test_each_word_of_a_search_must_be_in_the_name(engine, owner, add):
    await add("Asha Mwangi", 1)
    await add("Asha Wanjiru", 2)
    await add("100% Gym_Fan", 3)

    assert await names(engine, owner, text="asha") == ["Asha Mwangi", "Asha Wanjiru"]
    assert await names(engine, owner, text="WANJ asha") == ["Asha Wanjiru"]
    assert await names(engine, owner, text="Asha Otieno") == []
    assert await names(engine, owner, text="%") == ["100% Gym_Fan"]
    assert await names(engine, owner, text="0712 000002") == ["Asha Wanjiru"]
    assert await names(engine, owner, text="'; DROP") == []


async def test_pages_follow_one_another_by_name(engine, owner, add):
    for number in range(5):
        await add(f"{'cC'[number % 2]}{number}", number)  # In whatever case they are written.

    first = await engine.directory.page(owner.id, limit=2)
    last = await engine.directory.page(owner.id, offset=4, limit=2)

    assert ([entry.client.name for entry in first.entries], first.total) == (["c0", "C1"], 5)
    assert [entry.client.name for entry in last.entries] == ["c4"]


async def test_a_card_adds_up_all_subscriptions_of_the_client(engine, owner, plan, clock, gateway):
    asha = await make_subscription(engine, owner, plan, first_on=TODAY)
    second = await make_plan(engine, owner, name="Sauna", amount_kes=200)
    await engine.subscriptions.activate(
        owner.id,
        (
            await engine.subscriptions.create(
                owner.id,
                plan_id=second.id,
                client=asha.client_id,
                first_billing_date=TODAY + DAY,
            )
        ).id,
    )
    await bill_and_prompt(engine)
    await report(engine, gateway, amount=1500)
    clock.advance(3 * DAY)
    await engine.billing.process_due_payments()

    card = await engine.directory.card(owner.id, asha.client_id)

    assert (card.standing.state, card.standing.days_late) == (ClientState.OVERDUE, 2)
    assert (card.standing.owed_kes, card.credit_kes) == (200, 0)
    assert [row.plan.name for row in card.subscriptions] == ["Sauna", "Gold"]
    assert [row.amount_kes for row in card.history] == [200, 1500]
    oldest = await engine.directory.oldest_open_bill(owner.id, asha.client_id)
    assert oldest.amount_kes == 200
