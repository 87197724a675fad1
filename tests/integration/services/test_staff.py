"""Staff: invited by a link, allowed what their role allows, and known by name in the audit log."""

from datetime import timedelta

import pytest

from core.billing.permissions import Permission, Role
from core.errors import Conflict, InvitationUnusable, NotAllowed, NotFound
from core.models import Approval, AuditEntry, User
from core.services.audit import act_as
from tests.factories import make_plan
from tests.integration.services.stories import told

CASHIER, MANAGER = 3001, 3002


@pytest.fixture(autouse=True)
def nobodys_deputy():
    yield
    act_as(None)


@pytest.fixture
def join(engine, owner):
    """Let somebody come to work for the owner."""

    async def do(telegram_id, role, *, business=None):
        await engine.people.meet(telegram_id=telegram_id, name=f"P{telegram_id}", language_code="")
        invitation = await engine.staff.invite((business or owner).id, role)
        token = token_of(invitation)
        return await engine.staff.accept(token, telegram_id=telegram_id)

    return do


def token_of(invitation):
    return invitation.url.rpartition("start=staff-")[2]


async def test_link_is_used_once_and_its_user_works_for_the_owner_at_once(engine, owner, join):
    row = await join(CASHIER, Role.CASHIER)

    acting = await engine.acting.get(CASHIER, may=Permission.RECORD)
    assert (acting.owner.id, acting.role) == (owner.id, Role.CASHIER)
    assert "staff_joined" in await told()
    assert [member.id for member in await engine.staff.of(owner.id)] == [row.id]


async def test_used_expired_and_withdrawn_links_are_told_apart(engine, owner, clock):
    for telegram_id in (CASHIER, MANAGER):
        await engine.people.meet(telegram_id=telegram_id, name="P", language_code=None)
    used, expired, withdrawn = [await engine.staff.invite(owner.id, Role.CASHIER) for _ in "123"]
    await engine.staff.accept(token_of(used), telegram_id=CASHIER)
    await engine.staff.end(owner.id, withdrawn.membership.id)
    clock.advance(timedelta(days=7))

    async def refusal(token, telegram_id=MANAGER):
        with pytest.raises(InvitationUnusable) as refused:
            await engine.staff.accept(token, telegram_id=telegram_id)
        return refused.value.params["reason"]

    assert await refusal(token_of(used)) == "used"
    assert await refusal(token_of(expired)) == "expired"
    assert await refusal(token_of(withdrawn)) == "cancelled"
    assert await refusal("no such token") == "unknown"
    # Whoever used it may look again.
    again = await engine.staff.open_invitation(token_of(used), telegram_id=CASHIER)
    assert again.role is Role.CASHIER
    with pytest.raises(NotAllowed):
        await engine.acting.get(MANAGER, may=Permission.SEE)


async def test_token_is_stored_as_a_hash(engine, owner):
    invitation = await engine.staff.invite(owner.id, Role.CASHIER)

    assert token_of(invitation) not in str(invitation.membership.token_hash)


async def test_owner_needs_no_role_in_his_own_business(engine, owner):
    invitation = await engine.staff.invite(owner.id, Role.MANAGER)

    with pytest.raises(Conflict, match="own_business"):
        await engine.staff.accept(token_of(invitation), telegram_id=owner.telegram_id)


async def test_one_person_is_owner_here_and_cashier_there_and_chooses(engine, owner, join):
    other = await engine.people.register_owner(MANAGER)
    await join(MANAGER, Role.CASHIER)
    offered = await engine.acting.businesses(MANAGER)
    assert [(each.owner.id, each.role) for each in offered] == [
        (other.id, None),
        (owner.id, Role.CASHIER),
    ]

    await engine.acting.act_for(MANAGER, other.id)

    acting = await engine.acting.get(MANAGER, may=Permission.OWN)
    assert acting.owner.id == other.id
    await engine.acting.act_for(MANAGER, owner.id)
    with pytest.raises(NotAllowed, match="not_your_role"):
        await engine.acting.get(MANAGER, may=Permission.MANAGE)
    with pytest.raises(NotAllowed, match="not_your_business"):
        await engine.acting.act_for(CASHIER, owner.id)


async def test_role_changes_at_once_and_a_second_link_replaces_the_first_role(engine, owner, join):
    row = await join(CASHIER, Role.CASHIER)
    await engine.staff.set_role(owner.id, row.id, Role.MANAGER)
    assert (await engine.acting.get(CASHIER, may=Permission.MANAGE)).role is Role.MANAGER

    await join(CASHIER, Role.CASHIER)

    with pytest.raises(NotAllowed, match="not_your_role"):
        await engine.acting.get(CASHIER, may=Permission.MANAGE)
    assert len(await engine.staff.of(owner.id)) == 1


async def test_whoever_is_dismissed_may_do_nothing_more_and_his_keys_neither(engine, owner, join):
    row = await join(MANAGER, Role.MANAGER)
    person = await User.get(telegram_id=MANAGER)
    his = await engine.api_keys.make(owner.id, made_by_id=person.id)
    owners = await engine.api_keys.make(owner.id, made_by_id=None)

    await engine.staff.end(owner.id, row.id)

    with pytest.raises(NotAllowed, match="not_an_owner"):
        await engine.acting.get(MANAGER, may=Permission.SEE)
    assert await engine.api_keys.authenticate(his) is None
    assert (await engine.api_keys.authenticate(owners)).id == owner.id
    assert await told(MANAGER) == ["staff_ended"]
    with pytest.raises(NotFound):
        await engine.staff.end(owner.id, row.id)


async def test_staff_stops_by_its_own_wish_and_the_owner_hears_of_it(engine, owner, join):
    await join(CASHIER, Role.CASHIER)

    await engine.staff.quit(CASHIER, owner.id)

    assert await engine.acting.businesses(CASHIER) == []
    assert "staff_quit" in await told()
    with pytest.raises(NotFound):
        await engine.staff.quit(CASHIER, owner.id)


async def test_staff_of_a_suspended_business_may_do_nothing_in_it(engine, owner, join):
    await join(MANAGER, Role.MANAGER)
    await User.filter(id=owner.id).update(approval=Approval.SUSPENDED)

    with pytest.raises(NotAllowed, match="suspended"):
        await engine.acting.get(MANAGER, may=Permission.SEE)
    assert await engine.acting.businesses(MANAGER) == []
    assert not await engine.acting.works(MANAGER)
    # Whoever has a business of his own goes on there.
    own = await engine.people.register_owner(MANAGER)
    assert (await engine.acting.get(MANAGER, may=Permission.OWN)).owner.id == own.id


async def test_what_staff_does_is_in_the_audit_log_under_its_own_name(engine, owner, join):
    await join(MANAGER, Role.MANAGER)
    person = await User.get(telegram_id=MANAGER)

    acting = await engine.acting.get(MANAGER, may=Permission.MANAGE)
    plan = await make_plan(engine, acting.owner)
    await engine.plans.archive(owner.id, plan.id)
    await engine.preferences.set_retries(owner.id, 1)
    await engine.acting.get(owner.telegram_id, may=Permission.MANAGE)
    await make_plan(engine, owner)

    lines = await AuditEntry.filter(
        action__in=["create_plan", "archive_plan", "change_settings"]
    ).order_by("id")
    assert [(line.actor, line.action, line.subject) for line in lines] == [
        (f"user:{person.id}", "create_plan", f"plan:{plan.id}"),
        (f"user:{person.id}", "archive_plan", f"plan:{plan.id}"),
        (f"user:{person.id}", "change_settings", f"preferences:{owner.id}"),
    ]
