"""Rule 11: what can't be undone is asked for once more, by name and with its consequence."""

import pytest

from core.billing.lifecycle import SubscriptionStatus
from core.billing.permissions import Role
from core.models import Approval, ServicePlan, Subscription, User
from tests.factories import make_plan, make_subscription
from tests.integration.rules.reading import go, in_form, press_in_form


@pytest.fixture
async def business(engine, owner):
    plan = await make_plan(engine, owner, name="Gym <Gold>")
    for phone in ("254712000001", "254712000002"):
        await make_subscription(engine, owner, plan, name="Asha", phone_number=phone)
    return plan


def is_asked(visitor, *words):
    """The screen names what it is about; its first button is the safe way back."""
    safe, dangerous = visitor.buttons[0], visitor.buttons[1]
    assert safe["text"].startswith("◀"), visitor.labels
    assert safe["style"] is None
    assert dangerous["style"] == "danger"
    for word in words:
        assert word in visitor.text
    return True


async def test_rule_11_archiving_a_plan_says_how_many_it_touches(boss, business):
    await go(boss, "plans", f"plan:{business.id}", f"archive:{business.id}")

    assert is_asked(boss, "Gym <Gold>", "2")
    assert (await ServicePlan.get()).archived_at is None
    await boss.press("◀")
    assert (await ServicePlan.get()).archived_at is None


async def test_rule_11_cancelling_a_subscription_names_client_plan_and_price(boss, business):
    subscription = await Subscription.first()
    await boss.say("/clients")
    await boss.press_data(boss.messages[-1].id, f"v1:cancel:{subscription.id}~home", force=True)

    assert is_asked(boss, "Asha", "Gym <Gold>", "KES 1,500")
    running = Subscription.filter(status=SubscriptionStatus.CANCELLED)
    assert not await running.exists()


async def test_rule_11_ending_a_role_names_the_person(boss, engine, owner):
    await engine.people.meet(telegram_id=3001, name="Otieno", language_code=None)
    invitation = await engine.staff.invite(owner.id, Role.CASHIER)
    await engine.staff.accept(invitation.url.rpartition("staff-")[2], telegram_id=3001)
    number = invitation.membership.id

    await go(boss, "set", "staff", f"staffer:{number}", f"staffend:{number}")

    assert is_asked(boss, "Otieno", "Wanjiku Fitness")
    assert len(await engine.staff.of(owner.id)) == 1


async def test_rule_11_revoking_a_key_names_it(boss, engine, owner):
    key = await engine.api_keys.make(owner.id, made_by_id=None)
    (row,) = await engine.api_keys.of(owner.id)

    await go(boss, "set", "keys", f"key:{row.id}")

    assert is_asked(boss, key[-4:])
    assert await engine.api_keys.authenticate(key) is not None


async def test_rule_11_leaving_touches_everybody_so_a_word_is_typed(boss, owner, business, texts):
    _ = texts.gettext
    await go(boss, "set", "new:leave")
    assert "2" in boss.text.split("\n\n")[1]
    await boss.say(_("Leave FluxPay"))
    assert "⚠️" in boss.text
    await boss.say(_("LEAVE").lower())
    assert (await User.get(id=owner.id)).approval is Approval.APPROVED

    assert in_form(boss, "x")
    await press_in_form(boss, "ok")

    assert (await User.get(id=owner.id)).approval is Approval.NONE
    assert not await Subscription.exclude(status=SubscriptionStatus.CANCELLED).exists()
