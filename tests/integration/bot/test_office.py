"""An owner's office in the chat: settings, staff, keys, his own Till, his books, and the door."""

import json

import pytest

from core.billing.permissions import Role
from core.models import (
    ApiKey,
    Approval,
    AuditEntry,
    Dialog,
    InboundEvent,
    MerchantAccount,
    ServicePlan,
    Subscription,
    User,
)
from core.ports import RefusalKind, Refused
from tests.factories import make_plan, make_subscription
from tests.integration.bot.people import idle, until
from tests.integration.conftest import _sqlite_url
from tests.integration.services.stories import prompted_subscription, report

CASHIER = 3001
SECRETS = ("the-consumer-key", "the-consumer-secret", "the-pass-key")


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """How the chat behaves does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


# --- settings -----------------------------------------------------------------------------------


async def test_a_business_takes_another_name_after_a_summary(boss, engine, owner):
    await boss.press("Settings", "🏪 Wanjiku Fitness")
    await boss.say("  Wanjiku <Gym> & Spa ")
    assert "Wanjiku <Gym> & Spa" in boss.text
    assert (await User.get(id=owner.id)).business_name == "Wanjiku Fitness", "not before Save"

    await boss.press("✅ Save")

    assert boss.text == "✅ Your business is called Wanjiku <Gym> & Spa now."
    await boss.press("Settings")
    assert "🏪 Business: Wanjiku <Gym> & Spa" in boss.text
    line = await AuditEntry.get(action="rename_business")
    assert (line.actor, line.after) == (f"user:{owner.id}", {"name": "Wanjiku <Gym> & Spa"})


async def test_a_name_that_is_none_leaves_the_old_one(boss, owner):
    await boss.press("Settings", "🏪 Wanjiku Fitness")

    await boss.say("x" * 101)

    assert "⚠️" in boss.text
    assert (await User.get(id=owner.id)).business_name == "Wanjiku Fitness"


async def test_each_setting_shows_its_state_on_its_button_and_in_the_text(boss, engine, owner):
    await boss.press("Settings")
    assert "Bills are made from 08:00 on" in boss.text
    await boss.press("Bills: 08:00", "06:00")
    assert "✓ 06:00" in boss.labels
    assert "Now: 06:00" in boss.text
    await boss.press("Back", "07:00-21:00", "From 07:00", "09:00", "Back", "Back")
    await boss.press("Retries: 3", "0", "Back", "Grace: 3 d", "14", "Back")
    await boss.press("Summary: off", "19:00", "Back")

    assert "Bills are made from 06:00 on." in boss.text
    assert "between 09:00 and 21:00" in boss.text
    assert "not asked for again" in boss.text
    assert "14 days after the last try" in boss.text
    for label in ("Bills: 06:00", "09:00-21:00", "Retries: 0", "Grace: 14 d", "Summary: 19:00"):
        assert boss.button(label)
    wishes = await engine.preferences.of(owner.id)
    assert (wishes.billing_minute, wishes.start_minute, wishes.digest_minute) == (360, 540, 1140)


async def test_notices_go_through_on_silent_and_off_but_failures_are_never_off(boss):
    await boss.press("Settings", "Notices")
    for mode in ("silent", "off", "on"):
        await boss.press("💰 Paid")
        assert f"💰 Paid: {mode}" in boss.labels
    for mode in ("silent", "on"):
        await boss.press("❌ Failed")
        assert f"❌ Failed: {mode}" in boss.labels


# --- staff --------------------------------------------------------------------------------------


@pytest.fixture
async def cashier(boss, engine, owner, visit):
    """Somebody who has opened the owner's link and accepted."""
    await boss.press("Settings", "Staff", "Invite", "Cashier")
    url = boss.text.split()[-1]
    person = visit(CASHIER, name="Otieno")
    await person.open(url)
    await person.press("Accept")
    return person


async def test_cashier_is_invited_by_link_and_sees_the_business(cashier, boss, engine, bot):
    assert "Wanjiku Fitness" in cashier.text
    assert "cashier" in cashier.text
    await cashier.press("Open the business")
    assert cashier.button("Received this month")
    assert not any("New plan" in label or "New client" in label for label in cashier.labels)
    await engine.outbox.deliver_notifications(bot.messenger)
    assert "Otieno works for you now as cashier" in boss.text


async def test_cashier_changes_nothing_by_command_or_forged_button(cashier, engine, owner):
    subscription = await make_subscription(engine, owner)
    before = [await model.all().values() for model in (ServicePlan, Subscription, User)]
    below = cashier.messages[-1].id
    forged = [
        f"plan:{subscription.plan_id}",
        f"archived:{subscription.plan_id}",
        f"cancelled:{subscription.id}",
        f"pause:{subscription.id}",
        "new:plan",
        "new:leave",
        "new:account",
        "billat:300",
        "keymade:0",
        "exported:xlsx",
        "staff",
        "stafflink:MANAGER:0",
        "unlinked",
    ]
    for place in forged[1:]:
        await cashier.press_data(below, f"v1:{place}~", force=True)
        assert cashier.toast == "Your role in this business does not allow this. Ask its owner."
    await cashier.press_data(below, f"v1:{forged[0]}~", force=True)
    await cashier.say("/newplan")
    assert "Your role" in cashier.text
    assert [await model.all().values() for model in (ServicePlan, Subscription, User)] == before
    assert not await ApiKey.exists()


async def test_cashier_sees_no_button_that_would_be_refused(cashier, engine, owner):
    subscription = await make_subscription(engine, owner)
    for place in (f"sub:{subscription.id}", f"plan:{subscription.plan_id}", "plans", "subs:ALL"):
        await cashier.press_data(cashier.messages[-1].id, f"v1:{place}~home", force=True)
        data = [b["data"] for b in cashier.buttons if b["kind"] == "callback"]
        assert not any("v1:pause" in d or "v1:cancel" in d or "v1:new:" in d for d in data), place
        assert not any("v1:archive" in d for d in data)
        assert "Home" in cashier.labels[-1]


async def test_cashier_sends_a_prompt_in_the_owners_business_under_his_own_name(
    cashier, engine, owner, gateway
):
    await cashier.press("Open the business", "Simulate STK push")
    await cashier.say("0712345678", "150")
    await cashier.press("Skip", "Skip", "Send the STK push")

    async def is_charged():
        return await AuditEntry.filter(action="charge").exists()

    await until(is_charged)
    line = await AuditEntry.get(action="charge")
    person = await User.get(telegram_id=CASHIER)
    assert line.actor == f"user:{person.id}"
    assert gateway.requests[0].merchant.shortcode == "174379"


async def test_one_person_chooses_for_which_business_he_acts(boss, engine, owner, visit):
    await engine.people.register_owner(CASHIER)
    invitation = await engine.staff.invite(owner.id, Role.MANAGER)
    both = visit(CASHIER, name="Njeri")
    await both.open(invitation.url)
    await both.press("Accept", "Open the business")
    assert "Wanjiku Fitness" in both.text
    await both.press("New plan", "Cancel", "Settings", "Businesses I work for", "Njeri · owner")

    await both.press("Home")

    assert "Wanjiku Fitness" not in both.text
    await both.press("Settings")
    assert any("Leave FluxPay" in label for label in both.labels)


async def test_role_is_changed_and_ended_from_its_card(cashier, boss, engine, owner):
    await boss.say("/menu")
    await boss.press("Settings", "Staff", "Otieno", "Make manager")
    assert "Otieno · manager" in boss.text
    await boss.press("End it")
    assert "Otieno" in boss.text
    await boss.press("Yes, end it")
    assert "Nobody yet" in boss.text

    await cashier.press("Open the business")

    assert not any("Received this month" in label for label in cashier.labels)


# --- keys ---------------------------------------------------------------------------------------


async def test_key_is_shown_once_and_then_known_by_its_last_characters(boss, engine, owner):
    await boss.press("Settings", "API keys", "Make a key")
    key = next(word for word in boss.text.split() if word.startswith("fp_"))
    assert (await engine.api_keys.authenticate(key)).id == owner.id

    await boss.press("I have kept it")

    assert not any(key in message.text for message in boss.messages)
    assert key[-4:] in boss.text
    await boss.press(f"…{key[-4:]}", "Revoke it")
    assert await engine.api_keys.authenticate(key) is None


async def test_second_tap_makes_no_second_key_and_no_second_link(boss, engine, owner):
    await boss.press("Settings", "API keys")
    for _ in range(2):
        boss.tap("Make a key")
    await boss.sees("Your new API key")
    await boss.press("I have kept it", "Back", "Staff", "Invite")
    for _ in range(2):
        boss.tap("Manager")
    await boss.sees("Send this link")
    await idle(boss.telegram)

    assert len(await engine.api_keys.of(owner.id)) == 1
    assert len(await engine.staff.of(owner.id)) == 1


# --- his own Till -------------------------------------------------------------------------------


async def fill_in_till(boss):
    await boss.press("Settings", "🏦", "Link my own", "Till")
    await boss.say("600111", "5551234", *SECRETS, "0722000001")


async def test_secrets_leave_the_chat_at_once_and_are_kept_encrypted_alone(boss, telegram):
    await fill_in_till(boss)

    said = " ".join(m.text for m in telegram.messages.of(boss.id))
    rows = [json.dumps(row.answers) for row in await Dialog.all()]
    rows += [bytes(row.body).decode() for row in await InboundEvent.all()]
    for secret in SECRETS:
        assert secret not in said
        assert not any(secret in row for row in rows)
    assert "600111" in said
    assert "••••" in boss.text


async def test_till_is_in_use_once_the_owners_phone_has_paid_its_shilling(
    boss, engine, owner, gateway, bot
):
    await fill_in_till(boss)
    await boss.press("Try it with KES 1")
    await boss.sees("STK Push sent to 254722000001")

    await report(engine, gateway, amount=1, phone=254722000001)
    await engine.linking.finish_checks()
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass

    assert "your clients pay to your own Till 5551234" in boss.text
    merchant = await engine.accounts.for_owner(owner)
    assert merchant.consumer_secret == "the-consumer-secret"
    await boss.say("/menu")
    await boss.press("Settings", "🏦", "Unlink it")
    assert "still pay to it" in boss.text
    await boss.press("Yes, unlink it")
    assert (await engine.accounts.for_owner(owner)).account_id is None


async def test_keys_that_safaricom_refuses_are_said_in_words_and_link_nothing(boss, gateway):
    gateway.login_refusal = Refused(kind=RefusalKind.MERCHANT, code="400", detail="Bad key")
    await fill_in_till(boss)

    await boss.press("Try it with KES 1")

    await boss.sees("Safaricom does not take this consumer key and secret. It says: Bad key")
    assert not await MerchantAccount.exists()


async def test_owner_lets_the_prompts_of_his_halted_till_go_on(boss, engine, owner, gateway):
    await fill_in_till(boss)
    await boss.press("Try it with KES 1")
    await boss.sees("STK Push sent")
    await report(engine, gateway, amount=1, phone=254722000001)
    await engine.linking.finish_checks()
    merchant = await engine.accounts.for_owner(owner)
    await engine.accounts.halt(merchant, owner, detail="wrong passkey")

    await boss.say("/menu")
    await boss.press("Settings", "🏦")
    assert "wrong passkey" in boss.text
    await boss.press("Let prompts go out")

    assert await engine.accounts.may_send(merchant)


# --- the books and the door ---------------------------------------------------------------------


def documents(visitor):
    return [m for m in visitor.messages if "document" in m.content]


@pytest.mark.parametrize(("button", "ending"), [("Excel", ".xlsx"), ("CSV", ".zip")])
async def test_books_come_as_a_file_that_can_not_be_forwarded(boss, engine, owner, button, ending):
    await make_plan(engine, owner)
    await boss.press("Settings", "Export", button)

    await boss.sees("The books of Wanjiku Fitness")

    (sent,) = documents(boss)
    assert sent.content["document"]["file_name"].endswith(ending)
    assert sent.is_protected
    assert "1 row" in sent.text


async def test_whoever_leaves_types_the_word_and_gets_his_books(boss, engine, owner):
    subscription = await prompted_subscription(engine, owner)
    await boss.press("Settings", "Leave FluxPay")
    assert "1 subscription ends at once" in boss.text
    await boss.say("yes")
    assert "not the word" in boss.text
    await boss.say("leave")
    assert (await User.get(id=owner.id)).approval is Approval.APPROVED

    await boss.press("Leave now")

    await boss.sees("The books of Wanjiku Fitness")
    assert (await User.get(id=owner.id)).approval is Approval.NONE
    await subscription.refresh_from_db()
    assert subscription.cancelled_at is not None
    await boss.say("/menu")
    assert boss.button("Sign up my business")
