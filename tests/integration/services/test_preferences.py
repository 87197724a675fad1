"""What an owner has chosen governs his business, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.preferences import NoticeKind, NoticeMode
from core.errors import InvalidInput
from core.models import AuditEntry, Notification, Preferences, Subscription, Transaction
from core.scheduler import _bill_when_it_is_time
from tests.factories import make_subscription
from tests.integration.services.stories import (
    DAY,
    HOUR,
    TODAY,
    bill_and_prompt,
    bills,
    prompted_subscription,
    report,
    tick,
    told,
)

SEVEN, SIX, TEN = 7 * 60, 6 * 60, 10 * 60


def nairobi(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 3 * HOUR


@pytest.fixture
async def neighbour(engine):
    """Another owner, who has chosen nothing; each of the two has a subscription due today."""
    user = await engine.people.register_owner(1002)
    user.uses_platform_account = True
    await user.save()
    return user


@pytest.fixture
async def both_due(engine, owner, neighbour):
    await make_subscription(engine, owner, first_on=TODAY)
    await make_subscription(engine, neighbour, first_on=TODAY, phone_number="254712000002")


async def billed(owner):
    return await Transaction.filter(owner=owner).count()


@pytest.mark.parametrize("edge", [((9, 59), 0), ((10, 0), 1)], ids=str)
async def test_bills_of_an_owner_with_a_later_time_wait_for_it(
    engine, owner, neighbour, both_due, clock, edge
):
    local, made = edge
    await engine.preferences.set_billing_time(owner.id, TEN)
    clock.set(nairobi(23, *local))

    await _bill_when_it_is_time(engine)

    assert (await billed(owner), await billed(neighbour)) == (made, 1)


@pytest.mark.parametrize("edge", [((5, 59), 0), ((6, 0), 1), ((7, 59), 1)], ids=str)
async def test_bills_of_an_owner_with_an_earlier_time_are_made_before_the_operators(
    engine, owner, neighbour, both_due, clock, edge
):
    local, made = edge
    await engine.preferences.set_billing_time(owner.id, SIX)
    clock.set(nairobi(23, *local))

    await _bill_when_it_is_time(engine)

    assert (await billed(owner), await billed(neighbour)) == (made, 0)


@pytest.mark.parametrize(
    "edge", [((9, 59), 1), ((10, 0), 2), ((15, 59), 2), ((16, 0), 1)], ids=str
)
async def test_prompts_of_an_owner_keep_his_own_hours(
    engine, owner, both_due, gateway, clock, edge
):
    local, prompts = edge
    await engine.preferences.set_hours(owner.id, TEN, 16 * 60)
    clock.set(nairobi(23, *local))

    await bill_and_prompt(engine)

    assert len(gateway.requests) == prompts


async def test_prompts_that_waited_for_their_owners_hours_go_out_then(
    engine, owner, both_due, gateway, clock
):
    await engine.preferences.set_hours(owner.id, TEN, 16 * 60)
    clock.set(nairobi(23, 8))
    await tick(engine)
    assert len(gateway.requests) == 1

    clock.set(nairobi(23, 10))
    await tick(engine)

    assert len(gateway.requests) == 2


async def test_own_hours_stay_within_the_operators(engine, owner):
    with pytest.raises(InvalidInput) as refused:
        await engine.preferences.set_hours(owner.id, SIX, 16 * 60)
    assert refused.value.fields["sociable_hours"].code == "bad_hours"
    # Where the operator has shortened his hours since, his hold.
    await Preferences.create(
        owner=owner, owner_key=owner.id, notices={}, start_minute=0, end_minute=TEN
    )
    wishes = await engine.preferences.of(owner.id)
    assert (wishes.start_minute, wishes.end_minute) == (SEVEN, TEN)


async def test_owner_without_retries_is_told_at_once_and_grace_begins(
    engine, owner, gateway, clock
):
    await engine.preferences.set_retries(owner.id, 0)
    await engine.preferences.set_grace(owner.id, 1)
    subscription = await prompted_subscription(engine, owner)

    await report(engine, gateway, code=1032)

    (bill,) = await bills()
    assert bill.next_attempt_at is None
    subscription = await Subscription.get(id=subscription.id)
    assert subscription.suspend_at == clock.now() + DAY
    clock.advance(DAY)
    await tick(engine)
    await subscription.refresh_from_db()
    assert subscription.status is SubscriptionStatus.SUSPENDED
    assert len(gateway.requests) == 1


async def test_bill_that_has_failed_keeps_the_policy_it_began_with(engine, owner, gateway, clock):
    await engine.preferences.set_retries(owner.id, 1)
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)

    await engine.preferences.set_retries(owner.id, 3)
    clock.advance(DAY)
    await tick(engine)
    await report(engine, gateway, code=1032)

    (bill,) = await bills()
    assert (bill.retry_count, bill.next_attempt_at) == (1, None)
    news = await Notification.get(template="payment_retrying")
    assert (news.params["retry_count"], news.params["max_retries"]) == (1, 1)


async def test_notices_are_silent_or_left_out_as_their_owner_wants_them(engine, owner, gateway):
    await engine.preferences.set_notice(owner.id, NoticeKind.PAID, NoticeMode.OFF)
    await engine.preferences.set_notice(owner.id, NoticeKind.FAILED, NoticeMode.SILENT)
    await prompted_subscription(engine, owner)
    await prompted_subscription(engine, owner, phone_number="254712000002")

    await report(engine, gateway, 0)
    await report(engine, gateway, 1, code=1032)

    assert "payment_received" not in await told()
    assert (await Notification.get(template="payment_failed")).is_silent is True
    invitations = await Notification.filter(template="invitation")
    assert {row.is_silent for row in invitations} == {None}


async def test_failures_can_not_be_switched_off(engine, owner):
    with pytest.raises(InvalidInput) as refused:
        await engine.preferences.set_notice(owner.id, NoticeKind.FAILED, NoticeMode.OFF)

    assert refused.value.fields["notices"].code == "never_off"


async def test_settings_are_one_row_and_each_change_is_in_the_audit_log(engine, owner):
    await engine.preferences.set_billing_time(owner.id, SIX)
    await engine.preferences.set_grace(owner.id, 5)
    await engine.preferences.set_notice(owner.id, NoticeKind.PAID, NoticeMode.SILENT)

    wishes = await engine.preferences.of(owner.id)
    assert (wishes.billing_minute, wishes.policy.grace) == (SIX, timedelta(days=5))
    assert await Preferences.all().count() == 1
    log = await AuditEntry.filter(action="change_settings").order_by("id")
    assert [entry.after for entry in log] == [
        {"billing_minute": SIX},
        {"grace_days": 5},
        {"notices": {"PAID": "SILENT"}},
    ]
