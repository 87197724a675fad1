"""From the invitation to the first bill."""

from datetime import date, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.errors import Conflict, IllegalMove, InvalidInput, InvitationUnusable
from core.models import Client, Subscription
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    TODAY,
    bills,
    chatting_subscription,
    notice,
    tick,
    told,
)

STRANGER = 3003


@pytest.fixture
async def invited(engine, owner):
    return await make_subscription(engine, owner, active=False)


def opening(engine, subscription, who=CLIENT_CHAT):
    return engine.acceptance.open_invitation(subscription.invitation_token, telegram_id=who)


def accepting(engine, subscription, who=CLIENT_CHAT):
    token = subscription.invitation_token
    return engine.acceptance.accept(token, telegram_id=who, language="sw")


def declining(engine, subscription, who=CLIENT_CHAT):
    return engine.acceptance.decline(subscription.invitation_token, telegram_id=who)


async def unusable(attempt, reason):
    with pytest.raises(InvitationUnusable, match=reason):
        await attempt


async def test_same_phone_is_the_same_client_and_keeps_his_name(engine, owner):
    await make_subscription(engine, owner, name="Asha")
    await make_subscription(engine, owner, name="Asha B.", email="asha@example.com")

    client = await Client.get()
    assert (client.name, client.email) == ("Asha", "asha@example.com")


async def test_another_person_on_the_same_phone_is_a_client_of_his_own(engine, owner):
    await make_subscription(engine, owner, name="Asha")
    await make_subscription(engine, owner, name="Her son", another_person=True)
    await make_subscription(engine, owner, name="Her daughter", another_person=True)

    assert await Client.all().count() == 3
    assert (await engine.clients.find_by_phone(owner.id, "254712345678")).name == "Asha"


async def test_invitation_goes_to_the_owner_with_a_link_that_opens(engine, owner, invited):
    params = await notice("invitation")

    link = f"https://t.me/FluxPayTestBot?start={invited.invitation_token}"
    assert params["url"] == link
    assert params["expires_on"] == "2026-12-07"
    assert (await opening(engine, invited)).id == invited.id


async def test_accepting_starts_the_subscription_and_binds_the_clients_chat(
    engine, owner, invited
):
    await accepting(engine, invited)
    await accepting(engine, invited)

    row = await Subscription.get().select_related("client")
    assert (row.status, row.client.telegram_id) == (SubscriptionStatus.ACTIVE, CLIENT_CHAT)
    assert row.client.language == "sw"
    assert (await told()).count("invitation_accepted") == 1
    (standing,) = await engine.standings.standings(CLIENT_CHAT)
    assert [found.id for found in standing.subscriptions] == [row.id]


async def test_accepted_invitation_serves_no_stranger(engine, invited):
    await accepting(engine, invited)

    await unusable(opening(engine, invited, STRANGER), "used")
    await unusable(accepting(engine, invited, STRANGER), "used")
    await unusable(declining(engine, invited, STRANGER), "used")

    assert (await Client.get()).telegram_id == CLIENT_CHAT


async def test_declining_ends_the_subscription_and_tells_the_owner(engine, invited):
    await declining(engine, invited)

    assert (await Subscription.get()).status is SubscriptionStatus.CANCELLED
    assert (await told())[-1] == "invitation_declined"
    await unusable(accepting(engine, invited), "cancelled")


async def test_client_who_accepted_can_not_decline_any_more(engine, invited):
    await accepting(engine, invited)

    await unusable(declining(engine, invited), "used")


async def test_invitation_expires_after_fourteen_days(engine, invited, clock):
    clock.advance(14 * DAY - timedelta(seconds=1))
    assert (await opening(engine, invited)).id == invited.id

    clock.advance(timedelta(seconds=1))
    await unusable(accepting(engine, invited), "expired")

    assert (await Subscription.get()).status is SubscriptionStatus.PENDING_ACTIVATION


async def test_new_link_works_and_the_old_one_no_more(engine, owner, invited, clock):
    clock.advance(20 * DAY)
    renewed = await engine.invitations.renew(owner.id, invited.id)

    await unusable(opening(engine, invited), "replaced")
    assert (await accepting(engine, renewed)).status is SubscriptionStatus.ACTIVE
    assert (await told()).count("invitation") == 2


async def test_running_subscription_gets_no_new_link(engine, owner, invited):
    await accepting(engine, invited)

    with pytest.raises(IllegalMove):
        await engine.invitations.renew(owner.id, invited.id)


async def test_link_of_a_cancelled_subscription_says_so(engine, owner, invited):
    await engine.subscriptions.cancel(owner.id, invited.id)

    await unusable(opening(engine, invited), "cancelled")


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000])
async def test_token_that_nobody_made_is_unknown(engine, token):
    with pytest.raises(InvitationUnusable, match="unknown"):
        await engine.acceptance.open_invitation(token, telegram_id=STRANGER)


async def test_client_may_open_his_link_after_the_owner_activated_by_hand(engine, owner, invited):
    await engine.subscriptions.activate(owner.id, invited.id)

    await accepting(engine, invited)

    assert (await Client.get()).telegram_id == CLIENT_CHAT
    assert "invitation_accepted" not in await told()
    await unusable(opening(engine, invited, STRANGER), "used")


async def test_subscription_is_activated_once(engine, owner, invited):
    await engine.subscriptions.activate(owner.id, invited.id)

    with pytest.raises(IllegalMove):
        await engine.subscriptions.activate(owner.id, invited.id)


async def test_late_activation_begins_with_the_first_scheduled_date_from_then_on(
    engine, owner, invited, clock
):
    clock.advance(70 * DAY)  # until 1 February

    await engine.subscriptions.activate(owner.id, invited.id)
    await tick(engine)

    assert (await Subscription.get()).next_billing_date == date(2027, 2, 23)
    assert await bills() == []


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 22), "in_the_past"),
        (date(2036, 11, 24), "too_far"),
        (date.max, "too_far"),
    ],
)
async def test_first_billing_date_lies_between_today_and_ten_years_from_now(
    engine, owner, day, code
):
    with pytest.raises(InvalidInput) as refusal:
        await make_subscription(engine, owner, first_on=day)

    fault = refusal.value.fields["first_billing_date"]
    assert fault.code == code
    assert fault.params == ({"years": 10} if code == "too_far" else {})


@pytest.mark.parametrize("day", [TODAY, date(2036, 11, 23)])
async def test_first_billing_date_may_be_today_and_ten_years_from_now(engine, owner, day):
    assert (await make_subscription(engine, owner, first_on=day)).next_billing_date == day


async def test_ten_years_after_a_leap_day_end_on_the_28th(engine, owner, clock):
    clock.advance(date(2028, 2, 29) - TODAY)

    assert await make_subscription(engine, owner, first_on=date(2038, 2, 28))
    with pytest.raises(InvalidInput):
        await make_subscription(engine, owner, first_on=date(2038, 3, 1))


async def test_archived_plan_takes_no_new_client(engine, owner):
    plan = await make_plan(engine, owner)
    await engine.plans.archive(owner.id, plan.id)

    with pytest.raises(Conflict, match="plan_archived"):
        await make_subscription(engine, owner, plan)


async def test_running_subscription_keeps_its_price_when_the_plan_gets_dearer(engine, owner):
    plan = await make_plan(engine, owner)
    await make_subscription(engine, owner, plan, first_on=TODAY)
    await engine.plans.edit(owner.id, plan.id, amount_kes=2000)

    await engine.billing.process_due_payments()

    assert [bill.amount_kes for bill in await bills()] == [1500]


async def test_client_of_two_businesses_sees_both_in_his_chat(engine, owner):
    neighbour = await engine.people.register_owner(1002)
    await chatting_subscription(engine, owner)
    await chatting_subscription(engine, neighbour)

    standings = await engine.standings.standings(CLIENT_CHAT)
    owners = {standing.client.owner_id for standing in standings}
    assert owners == {owner.id, neighbour.id}
    assert await engine.standings.standings(STRANGER) == []
