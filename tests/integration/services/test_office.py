"""An owner's office: his account, his keys, his day, his books, and the door."""

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from pydantic import SecretStr

from bot.owner.office.export_file import FileKind, books_of
from bot.words.texts import texts_for
from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.permissions import Role
from core.cipher import Cipher
from core.engine import Engine
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import (
    Approval,
    MerchantAccount,
    Notification,
    Pace,
    StkPush,
    Subscription,
    Transaction,
    User,
)
from core.ports import Busy, BusyKind, MerchantKind, RefusalKind, Refused
from core.services.office.linking import AccountDraft
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import (
    CANCELLED,
    DAY,
    HOUR,
    TODAY,
    bill_and_prompt,
    bills,
    callback_body,
    chatting_subscription,
    prompted_subscription,
    report,
    told,
)

SECRETS = ("consumer-key-1", "consumer-secret-1", "passkey-passkey")


@pytest.fixture
def draft(engine):
    """The owner's own Till, as its form hands it over."""

    def make(**changes):
        key, secret, passkey = (engine.linking.seal(secret) for secret in SECRETS)
        values = {
            "kind": MerchantKind.TILL,
            "shortcode": "600111",
            "till": "5551234",
            "consumer_key": key,
            "consumer_secret": secret,
            "passkey": passkey,
            "phone_number": "0722000001",
        }
        return AccountDraft(**(values | changes))

    return make


async def shilling_comes(engine, gateway, *, code=0):
    await report(engine, gateway, code=code, amount=1, phone=254722000001)
    return await engine.linking.finish_checks()


async def test_account_is_in_use_once_its_test_shilling_is_paid_and_not_before(
    engine, owner, gateway, draft
):
    await engine.linking.try_account(owner.id, draft())
    assert [login.consumer_secret for login in gateway.logins] == ["consumer-secret-1"]
    (request,) = gateway.requests
    assert (request.amount_kes, request.phone_number) == (1, "254722000001")
    assert request.merchant.passkey == "passkey-passkey"
    assert (await engine.accounts.for_owner(owner)).account_id is None
    assert (await engine.linking.state(owner.id)).is_checking
    assert await engine.linking.finish_checks() == 0

    assert await shilling_comes(engine, gateway) == 1

    merchant = await engine.accounts.for_owner(owner)
    assert (merchant.pay_to, merchant.consumer_key) == ("5551234", "consumer-key-1")
    assert (await told())[-1] == "account_linked"
    assert await engine.linking.finish_checks() == 0


async def test_secrets_are_stored_encrypted(engine, owner, draft):
    await engine.linking.try_account(owner.id, draft())

    row = await MerchantAccount.get()
    stored = f"{row.consumer_key_encrypted}{row.consumer_secret_encrypted}{row.passkey_encrypted}"
    assert not any(secret in stored for secret in SECRETS)
    assert not any(secret in repr(draft()) for secret in SECRETS)


def keyed(context, *keys):
    """An engine that was started with these, the present SECRET_KEY first."""
    present, previous = [*map(SecretStr, keys), None][:2]
    changed = {"secret_key": present, "secret_key_previous": previous}
    settings = context.settings.model_copy(update=changed)
    return Engine(replace(context, settings=settings, cipher=Cipher(settings.secret_keys)))


async def test_secrets_survive_a_secret_key_that_changes_twice(
    engine, owner, gateway, draft, context
):
    await engine.linking.try_account(owner.id, draft())
    await shilling_comes(engine, gateway)
    first = context.settings.secret_key.get_secret_value()
    second, third = (f"another secret key of the tests, number {number}" for number in (2, 3))

    assert await keyed(context, second, first).accounts.seal_anew() == 1
    assert await keyed(context, second, first).accounts.seal_anew() == 0
    after = keyed(context, third, second)

    merchant = await after.accounts.for_owner(owner)
    kept = (merchant.consumer_key, merchant.consumer_secret, merchant.passkey)
    assert kept == SECRETS
    assert (
        await keyed(context, "a key that nothing was sealed with, at all").accounts.seal_anew()
        == 0
    )


async def test_test_payment_that_fails_changes_nothing_and_its_reason_is_told(
    engine, owner, gateway, draft
):
    await engine.linking.try_account(owner.id, draft())

    assert await shilling_comes(engine, gateway, code=1032) == 1

    assert (await engine.accounts.for_owner(owner)).account_id is None
    news = await Notification.get(template="account_refused")
    assert news.params["reason"] == CANCELLED.outcome.value
    assert not (await engine.linking.state(owner.id)).is_checking


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refused(kind=RefusalKind.MERCHANT, code="400", detail="bad key"), "credentials_refused"),
        (Busy(kind=BusyKind.NOT_SENT, code="", detail="down"), "daraja_unreachable"),
    ],
)
async def test_credentials_that_safaricom_does_not_take_send_no_prompt(
    engine, owner, gateway, draft, refusal, reason
):
    gateway.login_refusal = refusal

    with pytest.raises(Conflict, match=reason):
        await engine.linking.try_account(owner.id, draft())

    assert gateway.requests == []
    assert not await MerchantAccount.exists()


async def test_wrong_numbers_are_named_and_one_account_is_tried_at_a_time(engine, owner, draft):
    with pytest.raises(InvalidInput) as refused:
        await engine.linking.try_account(owner.id, draft(shortcode="12", phone_number="123"))
    assert set(refused.value.fields) == {"shortcode", "phone_number"}
    with pytest.raises(InvalidValue, match="not_a_secret"):
        engine.linking.seal("short")
    await engine.linking.try_account(owner.id, draft())
    with pytest.raises(Conflict, match="check_running"):
        await engine.linking.try_account(owner.id, draft())


async def test_account_that_is_only_being_tried_halts_nobodys_prompts(
    engine, owner, gateway, draft
):
    # Somebody tries a shortcode that is not his: its own prompts go on.
    gateway.answers.append(Refused(kind=RefusalKind.MERCHANT, code="500", detail="bad passkey"))

    await engine.linking.try_account(owner.id, draft(shortcode="174379"))
    await engine.linking.finish_checks()

    assert not await Pace.filter(halted_at__not_isnull=True).exists()
    assert "prompts_halted" not in await told(9001)
    assert (await Notification.get(template="account_refused")).params["reason"] == (
        "merchant_refused"
    )


async def test_prompt_that_is_out_when_the_account_changes_is_still_booked(
    engine, owner, gateway, draft
):
    await engine.linking.try_account(owner.id, draft())
    await shilling_comes(engine, gateway)
    await prompted_subscription(engine, owner)
    push = await StkPush.all().order_by("-id").first()
    assert push.shortcode == "600111"

    await engine.linking.unlink(owner.id)
    await report(engine, gateway, receipt="RKTQDM7W7T")

    (bill,) = await bills(subscription_id__not_isnull=True)
    assert bill.status is TransactionStatus.SUCCESS
    assert (await engine.accounts.for_owner(owner)).shortcode == "174379"
    with pytest.raises(NotFound):
        await engine.linking.unlink(owner.id)


# --- keys ---------------------------------------------------------------------------------------


async def test_keys_are_listed_by_their_last_characters_and_a_revoked_one_opens_nothing(
    engine, owner
):
    key = await engine.api_keys.make(owner.id, made_by_id=None)
    (row,) = await engine.api_keys.of(owner.id)
    assert key.endswith(row.hint)
    assert (await engine.api_keys.authenticate(key)).id == owner.id

    await engine.api_keys.revoke(owner.id, row.id)

    assert await engine.api_keys.authenticate(key) is None
    assert await engine.api_keys.of(owner.id) == []
    with pytest.raises(NotFound):
        await engine.api_keys.revoke(owner.id, row.id)


async def test_an_eleventh_key_is_refused(engine, owner):
    for _ in range(10):
        await engine.api_keys.make(owner.id, made_by_id=None)

    with pytest.raises(Conflict, match="too_many_keys"):
        await engine.api_keys.make(owner.id, made_by_id=None)


# --- the day ------------------------------------------------------------------------------------


def nairobi(day, hour):
    return datetime(2026, 11, day, hour, tzinfo=UTC) - 3 * HOUR


async def test_daily_summary_comes_once_a_day_from_its_hour_on(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)
    await engine.preferences.set_digest(owner.id, 19 * 60)
    assert await engine.digests.queue_due_digests() == 0

    clock.set(nairobi(23, 19))
    assert await engine.digests.queue_due_digests() == 1
    assert await engine.digests.queue_due_digests() == 0

    params = (await Notification.get(template="digest")).params
    assert (params["received_count"], params["received_kes"]) == (1, 1500)
    clock.set(nairobi(24, 18))
    assert await engine.digests.queue_due_digests() == 0
    clock.set(nairobi(24, 23))
    assert await engine.digests.queue_due_digests() == 1


async def test_summary_for_an_hour_that_is_over_begins_tomorrow_and_off_is_off(
    engine, owner, clock
):
    await engine.preferences.set_digest(owner.id, 8 * 60)
    assert await engine.digests.queue_due_digests() == 0
    clock.advance(DAY)
    assert await engine.digests.queue_due_digests() == 1

    await engine.preferences.set_digest(owner.id, None)
    clock.advance(DAY)
    assert await engine.digests.queue_due_digests() == 0


# --- the books ----------------------------------------------------------------------------------


async def test_export_holds_the_owners_rows_alone_in_his_zone_and_language(engine, owner, gateway):
    other = await engine.people.register_owner(1002)
    await make_subscription(engine, other, name="Nobody's business")
    plan = await make_plan(engine, owner, name='=HYPERLINK("http://evil")')
    await make_subscription(engine, owner, plan, first_on=TODAY, name="@Asha")
    await bill_and_prompt(engine)
    await report(engine, gateway)

    document, rows = await books_of(
        engine.exports, owner.id, texts_for("sw", zone=engine.zone), FileKind.CSV
    )

    book = zipfile.ZipFile(BytesIO(document))
    assert len(book.namelist()) == 7
    assert rows == 7
    text = {name: book.read(name).decode("utf-8-sig") for name in book.namelist()}
    everything = "\n".join(text.values())
    assert "Nobody's business" not in everything
    assert "\"'=HYPERLINK(" in text["Mipango.csv"]
    assert "'@Asha" in text["Wateja.csv"]
    assert "Imelipwa" in text["Miamala.csv"]
    assert "2026-11-23 09:00:00" in text["Miamala.csv"]  # 06:00 UTC


async def test_excel_file_holds_text_and_never_a_formula(engine, owner):
    await make_plan(engine, owner, name="=1+1")

    document, rows = await books_of(
        engine.exports, owner.id, texts_for("en", zone=engine.zone), FileKind.EXCEL
    )

    book = zipfile.ZipFile(BytesIO(document))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert rows == 1
    assert "=1+1" in sheet
    assert "<f>" not in sheet


# --- the door -----------------------------------------------------------------------------------


async def test_whoever_leaves_bills_nobody_any_more_and_keeps_his_books(
    engine, owner, gateway, clock
):
    subscription = await chatting_subscription(engine, owner)
    await bill_and_prompt(engine)
    key = await engine.api_keys.make(owner.id, made_by_id=None)
    await engine.staff.invite(owner.id, Role.CASHIER)

    farewell = await engine.leaving.leave(owner.id)

    assert (farewell.subscriptions, farewell.clients, farewell.staff) == (1, 1, 1)
    assert (await Subscription.get(id=subscription.id)).status is SubscriptionStatus.CANCELLED
    (bill,) = await bills()
    assert bill.status is TransactionStatus.VOID
    assert "client_cancelled" in await told(2001)
    assert await engine.api_keys.authenticate(key) is None
    assert await engine.staff.of(owner.id) == []
    assert (await User.get(id=owner.id)).approval is Approval.NONE
    clock.advance(timedelta(days=40))
    await bill_and_prompt(engine)
    assert len(gateway.requests) == 1
    _, rows = await books_of(engine.exports, owner.id, texts_for("en"), FileKind.CSV)
    assert rows == 5  # Plan, client, subscription, transaction, prompt.


async def test_money_that_comes_after_he_left_is_booked_all_the_same(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await engine.leaving.leave(owner.id)

    await engine.inbox.receive_callback(callback_body("ws_CO_1"), token=gateway.token())
    await engine.inbox.handle_callbacks()

    assert (await Transaction.get()).status is TransactionStatus.VOID
    assert "extra_payment" in await told()


async def test_admin_who_left_is_let_in_again_only_when_he_signs_up(engine):
    admin = await engine.people.meet(telegram_id=9001, name="Boss", language_code=None)
    await engine.leaving.leave(admin.id)

    met = await engine.people.meet(telegram_id=9001, name="Boss", language_code=None)
    assert met.approval is Approval.NONE

    back = await engine.people.request_approval(admin.id, business_name="Boss Gym")
    assert (back.approval, back.left_at) == (Approval.APPROVED, None)


async def test_whoever_left_may_come_back_and_finds_his_plans(engine, owner):
    plan = await make_plan(engine, owner)
    await engine.leaving.leave(owner.id)

    user = await engine.people.request_approval(owner.id, business_name="Wanjiku Again")

    assert user.approval is Approval.PENDING
    assert [row.id for row in (await engine.plans.page(owner.id)).items] == [plan.id]
