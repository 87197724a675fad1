"""/admin in the chat, and its absence for everybody else."""

import pytest

from bot.routing.router import ROUTES
from core.billing.lifecycle import TransactionStatus
from core.models import Approval, AuditEntry, Notification, PromptStop, Transaction, User
from tests.factories import make_subscription
from tests.integration.conftest import _sqlite_url
from tests.integration.services.stories import TODAY, prompted_subscription, report

ADMIN = 9001


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """How the chat speaks does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


@pytest.fixture
async def admin(visit):
    visitor = visit(ADMIN, name="Boss")
    await visitor.say("/admin")
    return visitor


async def test_admin_comes_by_command_and_by_button(admin):
    assert "Administration" in admin.text
    await admin.say("/menu")
    await admin.press("Administration")

    assert "Stop all prompts" in " ".join(admin.labels)


async def test_for_anybody_else_the_command_is_unknown(boss):
    await boss.say("/nonsense")
    answer = boss.text

    await boss.say("/admin")

    assert boss.text == answer
    assert not any("Administration" in label for label in boss.labels)


async def test_for_anybody_else_every_forged_button_is_out_of_date(boss, owner):
    samples = {"aowners": ":ALL", "aowner": ":1", "areinstate": ":1", "areplay": ":1"}
    places = [name for name in ROUTES if name.startswith("a") and name in _admin_routes()]
    for name in places:
        for data in (f"v1:{name}{samples.get(name, '')}", "v1:anew:suspend:1", "v1:anew:stop"):
            await boss.press_data(boss.messages[-1].id, data, force=True)
            assert "out of date" in boss.toast
    assert not await AuditEntry.all().exists()
    assert not await PromptStop.all().exists()


def _admin_routes():
    return {name for name, route in ROUTES.items() if route.open.__name__ == "guarded"}


async def test_prompts_are_stopped_with_a_reason_that_owners_see(admin, boss):
    await admin.press("Stop all prompts")
    await admin.say("Safaricom is <down>")
    assert "2 businesses" in admin.text
    assert not await PromptStop.all().exists()
    await admin.press("Yes, stop them all")
    assert "every owner is told" in admin.text

    await boss.say("/menu")
    assert "All M-Pesa prompts are stopped: Safaricom is <down>" in boss.text

    await admin.say("/admin")
    await admin.press("Let prompts go on")
    await boss.say("/menu")
    assert "stopped" not in boss.text


async def test_business_is_approved_suspended_and_reinstated(admin, engine, visit):
    ali = await engine.people.meet(telegram_id=5005, name="Ali", language_code="en")
    await engine.people.request_approval(ali.id, business_name="Ali Water")
    await admin.press("Businesses", "Ali Water", "Approve")
    assert (await User.get(id=ali.id)).approval is Approval.APPROVED

    await admin.say("/admin")
    await admin.press("Businesses", "Ali Water", "Suspend")
    await admin.say("Complaints")
    assert "its 0 clients" in admin.text
    await admin.press("Yes, suspend it")
    assert (await User.get(id=ali.id)).approval is Approval.SUSPENDED
    visitor = visit(5005, name="Ali")
    await visitor.say("/start")
    assert "Reason: Complaints" in visitor.text

    await admin.say("/admin")
    await admin.press("Businesses", "Ali Water", "Reinstate")
    assert (await User.get(id=ali.id)).approval is Approval.APPROVED
    actions = [entry.action for entry in await AuditEntry.all().order_by("id")]
    assert actions == ["approve", "suspend", "reinstate"]


async def test_businesses_are_filtered_and_found(admin, owner):
    await admin.press("Businesses", "⏳")
    assert "None." in admin.text

    await admin.press("Search")
    await admin.say("fitness")
    await admin.press("Wanjiku Fitness")

    assert "Running subscriptions: 0" in admin.text


async def test_payment_is_looked_up_by_its_code(admin, engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)
    await admin.press("Look up a payment")

    await admin.say("rktqdm7w6s")

    assert "Business: Wanjiku Fitness" in admin.text
    assert "0712***678" in admin.text
    assert "0712 345 678" not in admin.text


async def test_nothing_found_is_said(admin):
    await admin.press("Look up a payment")
    await admin.say("RKTQDM7W6S")

    assert "Nothing was found" in admin.text


async def test_billing_by_hand_says_what_it_did(admin, engine, owner):
    await make_subscription(engine, owner, first_on=TODAY)

    await admin.press("Bill now", "Yes, bill now")

    await admin.sees("Bills made: 1")
    (bill,) = await Transaction.all()
    assert bill.status is TransactionStatus.PENDING


async def test_broadcast_is_shown_first_and_sent_by_a_typed_word(admin, owner):
    await admin.press("Write to all")
    await admin.say("Closed on <Sunday>")
    assert "Closed on <Sunday>" in admin.text
    assert "2 owners" in admin.text
    await admin.say("ok")
    assert not await Notification.filter(template="broadcast").exists()

    await admin.say("send")

    assert "It goes to 2 owners now" in admin.text
    assert await Notification.filter(template="broadcast").count() == 2


async def test_odd_news_is_settled_again(admin, engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, amount=1400)

    await admin.press("Unmatched from M-Pesa", "🔁")

    assert "was settled again" in admin.text
    await admin.say("/admin")
    await admin.press("Log")
    assert "replay" in admin.text


async def test_health_and_totals_are_shown(admin, engine, owner):
    await engine.pulse.beat("reconcile")
    await admin.press("Health")
    assert "Daraja, last hour: 0 of 0 went wrong" in admin.text
    assert "reconcile" in admin.text

    await admin.press("Back", "Totals")
    assert "Businesses: 2 open, 0 waiting, 0 suspended" in admin.text
