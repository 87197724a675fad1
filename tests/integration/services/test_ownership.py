"""Nobody sees another's data: a row of another owner is as absent as one that never was."""

import inspect

import pytest

from core.billing.clients import ClientDraft
from core.billing.permissions import Permission, Role
from core.engine import Engine
from core.errors import NoMerchantAccount, NotAllowed, NotFound
from core.models import ApiKey, Approval, MerchantAccount, User
from core.ports import MerchantKind
from core.services.bills.by_hand import ByHand
from core.services.bills.making import MissedPeriods
from core.services.bills.transactions import Only
from core.services.office.dashboard import Beginnings
from core.services.office.figures import Step
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import DAY, TODAY, bill_and_prompt, bills, report, told

ADMIN = 9001


@pytest.fixture
async def stranger(engine):
    return await engine.people.register_owner(1002)


@pytest.fixture
async def theirs(engine, owner):
    """A subscription with a bill of the first owner."""
    subscription = await make_subscription(engine, owner, first_on=TODAY)
    await bill_and_prompt(engine)
    await engine.api_keys.make(owner.id, made_by_id=None)
    await engine.staff.invite(owner.id, Role.CASHIER)
    return subscription


# Of each use case, who is asked for: whoever adds one decides here. Whom a person acts for, and
# what he may do there, is `acting.get`: below stands what each use case asks it for.
OWNER, LIST, CHAT, ADMIN_ONLY, OURS = "owner", "list", "chat", "admin", "ours"
USE_CASES = {
    # By the owner's id: another's row is not found.
    "api_keys.get": OWNER,
    "api_keys.revoke": OWNER,
    "billing.unpark": OWNER,
    "bills.may_be_voided": OWNER,
    "bills.record_payment": OWNER,
    "bills.void": OWNER,
    "care.change_phone": OWNER,
    "care.remind": OWNER,
    "care.reminder": OWNER,
    "care.write_to_client": OWNER,
    "changes.change_plan": OWNER,
    "changes.do_not_end": OWNER,
    "changes.end_later": OWNER,
    "changes.keep_plan": OWNER,
    "changes.pause_until": OWNER,
    "clients.get": OWNER,
    "decisions.it_was_not_paid": OWNER,
    "decisions.it_was_paid": OWNER,
    "decisions.open_to": OWNER,
    "decisions.prepare_again": OWNER,
    "decisions.prompt_again": OWNER,
    "histories.of": OWNER,
    "histories.receipt": OWNER,
    "histories.send_receipt": OWNER,
    "directory.card": OWNER,
    "invitations.email": OWNER,
    "invitations.renew": OWNER,
    "invitations.revoke": OWNER,
    "plans.archive": OWNER,
    "plans.edit": OWNER,
    "plans.get": OWNER,
    "staff.end": OWNER,
    "staff.get": OWNER,
    "staff.set_role": OWNER,
    "subscriptions.activate": OWNER,
    "subscriptions.cancel": OWNER,
    "subscriptions.create": OWNER,
    "subscriptions.get": OWNER,
    "subscriptions.pause": OWNER,
    "subscriptions.resume": OWNER,
    "transactions.get": OWNER,
    # By the owner's id: his own rows and nobody else's.
    "agenda.due_today": LIST,
    "agenda.next_week": LIST,
    "agenda.paid_by": LIST,
    "agenda.received_this_month": LIST,
    "api_keys.make": LIST,
    "api_keys.made": LIST,
    "api_keys.of": LIST,
    "api_keys.revoke_all": LIST,
    "clients.find_by_phone": LIST,
    "clients.page": LIST,
    "dashboard.beginnings": LIST,
    "dashboard.overview": LIST,
    "figures.money_in": LIST,
    "figures.paid_against_due": LIST,
    "directory.counts": LIST,
    "directory.oldest_open_bill": LIST,
    "directory.page": LIST,
    "mail.latest": LIST,
    "exports.note": LIST,
    "exports.pages": LIST,
    "leaving.consequences": LIST,
    "leaving.leave": LIST,
    "linking.state": LIST,
    "linking.try_account": LIST,
    "linking.unlink": LIST,
    "plans.page": LIST,
    "preferences.of": LIST,
    "preferences.set_billing_time": LIST,
    "preferences.set_digest": LIST,
    "people.rename_business": LIST,
    "preferences.set_end": LIST,
    "preferences.set_grace": LIST,
    "preferences.set_hours": LIST,
    "preferences.set_start": LIST,
    "preferences.set_notice": LIST,
    "preferences.set_retries": LIST,
    "plans.running": LIST,
    "staff.end_all": LIST,
    "staff.invite": LIST,
    "staff.invited": LIST,
    "staff.of": LIST,
    "subscriptions.page": LIST,
    "transactions.counts": LIST,
    "transactions.is_prompted": LIST,
    "transactions.page": LIST,
    "transactions.recent_numbers": LIST,
    # By the chat that Telegram vouches for, or the secret of a link or key.
    "acceptance.accept": CHAT,
    "acceptance.decline": CHAT,
    "acceptance.look": CHAT,
    "acceptance.not_me": CHAT,
    "acceptance.open_invitation": CHAT,
    "acting.act_for": CHAT,
    "acting.businesses": CHAT,
    "acting.get": CHAT,
    "acting.works": CHAT,
    "api_keys.authenticate": CHAT,
    "api_keys.issue": CHAT,
    "blocked_numbers.block_own": CHAT,
    "blocked_numbers.held_by": CHAT,
    "blocked_numbers.unblock_own": CHAT,
    "care.client_in_chat": CHAT,
    "care.letter_behind": CHAT,
    "care.write_to_owner": CHAT,
    "dialogs.clear": CHAT,
    "dialogs.find": CHAT,
    "dialogs.save": CHAT,
    "erasure.erase": CHAT,
    "erasure.extent": CHAT,
    "own_payments.prepare": CHAT,
    "own_payments.watch": CHAT,
    "own_wishes.go_on": CHAT,
    "own_wishes.leave": CHAT,
    "own_wishes.pause": CHAT,
    "own_wishes.set_phone": CHAT,
    "own_wishes.set_reminders": CHAT,
    "people.find": CHAT,
    "people.is_admin": CHAT,
    "people.meet": CHAT,
    "people.require_owner": CHAT,
    "standings.bill": CHAT,
    "standings.bills": CHAT,
    "standings.client": CHAT,
    "standings.receipt": CHAT,
    "standings.standing": CHAT,
    "standings.standings": CHAT,
    "standings.subscription": CHAT,
    "staff.accept": CHAT,
    "staff.open_invitation": CHAT,
    "staff.quit": CHAT,
    # By an admin's chat, and what an owner may do with his own account.
    "accounts.resume": ADMIN_ONLY,
    "administration.audience": ADMIN_ONLY,
    "administration.bill_now": ADMIN_ONLY,
    "administration.broadcast": ADMIN_ONLY,
    "administration.count_log": ADMIN_ONLY,
    "administration.log": ADMIN_ONLY,
    "administration.look_up": ADMIN_ONLY,
    "administration.odd_events": ADMIN_ONLY,
    "administration.replay": ADMIN_ONLY,
    "blocked_numbers.block": ADMIN_ONLY,
    "blocked_numbers.unblock": ADMIN_ONLY,
    "businesses.card": ADMIN_ONLY,
    "businesses.count": ADMIN_ONLY,
    "businesses.page": ADMIN_ONLY,
    "businesses.reinstate": ADMIN_ONLY,
    "businesses.search": ADMIN_ONLY,
    "businesses.suspend": ADMIN_ONLY,
    "businesses.totals": ADMIN_ONLY,
    "health.look": ADMIN_ONLY,
    "people.approve": ADMIN_ONLY,
    "prompt_stop.resume": ADMIN_ONLY,
    "prompt_stop.stop": ADMIN_ONLY,
    # For the timetable, for machines, and for faces that hold the person's own row already.
    "accounts.by_id": OURS,
    "accounts.find_for": OURS,
    "accounts.for_owner": OURS,
    "accounts.halt": OURS,
    "accounts.may_send": OURS,
    "accounts.merchant_of": OURS,
    "accounts.open_for": OURS,
    "accounts.platform": OURS,
    "accounts.slow_down": OURS,
    "accounts.went_well": OURS,
    "accounts.seal_anew": OURS,
    "billing.process_due_payments": OURS,
    "billing.process_early_payments": OURS,
    "billing.retry_failed_payments": OURS,
    "arrears.spend_credit": OURS,
    "arrears.suspend_overdue": OURS,
    "blocked_numbers.check": OURS,
    "blocked_numbers.without_blocked": OURS,
    "changes.apply_due": OURS,
    "clients.know": OURS,
    "dashboard.next_billing_at": OURS,
    "digests.queue_due_digests": OURS,
    "exports.columns": OURS,
    "facts.get": OURS,
    "facts.put": OURS,
    "housekeeping.forget_what_is_done": OURS,
    "idempotency.abandon": OURS,
    "idempotency.begin": OURS,
    "idempotency.finish": OURS,
    "idempotency.once": OURS,
    "inbox.handle_callbacks": OURS,
    "inbox.receive_callback": OURS,
    "inbox.replay": OURS,
    "invitations.facts": OURS,
    "invitations.url": OURS,
    "mail.deliver_emails": OURS,
    "mail.queue": OURS,
    "linking.finish_checks": OURS,
    "linking.seal": OURS,
    "measures.outcomes": OURS,
    "measures.queues": OURS,
    "outbox.deliver_notifications": OURS,
    "outbox.has_waiting": OURS,
    "outbox.release_notices": OURS,
    "outbox.mark_reachable": OURS,
    "outbox.mark_unreachable": OURS,
    "people.get": OURS,
    "people.register_owner": OURS,
    "people.request_approval": OURS,
    "people.set_language": OURS,
    "plans.create": OURS,
    "prompt_stop.find": OURS,
    "preferences.asleep": OURS,
    "preferences.billed_by_now": OURS,
    "preferences.billed_later": OURS,
    "preferences.minute_now": OURS,
    "preferences.policies": OURS,
    "prompts.charge": OURS,
    "prompts.prepare": OURS,
    "prompts.prepare_charge": OURS,
    "prompts.send_due_prompts": OURS,
    "prompts.send_now": OURS,
    "prompts.state_of": OURS,
    "pulse.beat": OURS,
    "pulse.last": OURS,
    "reconciliation.reconcile": OURS,
    "settlement.ask": OURS,
    "settlement.give_up": OURS,
    "settlement.record": OURS,
    "updates.claim": OURS,
    "updates.finish": OURS,
    "updates.hide_text": OURS,
    "updates.receive": OURS,
    "updates.release": OURS,
}


def use_cases_of(engine):
    """Every public method of every service that the faces can reach."""
    services = {name: part for name, part in vars(engine).items() if not name.startswith("_")}
    for name, service in services.items():
        for method, function in vars(type(service)).items():
            if inspect.isfunction(function) and not method.startswith("_"):
                yield f"{name}.{method}"


def test_every_use_case_says_whom_it_is_for(engine_without_database):
    assert set(use_cases_of(engine_without_database)) == set(USE_CASES)


@pytest.fixture
def engine_without_database(context):
    return Engine(context)


# What each use case for owners is given besides the owner's id: a row of somebody else.
_GIVEN = {
    "billing.unpark": lambda subscription, _: (subscription.id, MissedPeriods.ALL),
    "care.change_phone": lambda subscription, _: (subscription.client_id, "0722000003"),
    "care.remind": lambda subscription, _: (subscription.client_id,),
    "care.reminder": lambda subscription, _: (subscription.client_id,),
    "care.write_to_client": lambda subscription, _: (subscription.client_id, "Hello"),
    "changes.change_plan": lambda subscription, _: (subscription.id, subscription.plan_id),
    "changes.pause_until": lambda subscription, _: (subscription.id, TODAY + DAY),
    "directory.card": lambda subscription, _: (subscription.client_id,),
    "clients.get": lambda subscription, _: (subscription.client_id,),
    "decisions.it_was_paid": lambda _, bill: (bill.id, "RKTQDM7W6S"),
    "plans.archive": lambda subscription, _: (subscription.plan_id,),
    "staff.set_role": lambda *_: (1, Role.MANAGER),
    "plans.edit": lambda subscription, _: (subscription.plan_id,),
    "plans.get": lambda subscription, _: (subscription.plan_id,),
    "subscriptions.create": lambda *_: (),
}
_NAMED = {
    "bills.record_payment": lambda _: {"source": ByHand.CASH, "amount_kes": 1500},
    "bills.void": lambda _: {"reason": "moved away"},
    "histories.send_receipt": lambda _: {"press": 1},
    "care.write_to_client": lambda _: {"key": "k"},
    "plans.edit": lambda _: {"name": "Mine"},
    "subscriptions.create": lambda subscription: {
        "plan_id": subscription.plan_id,
        "client": ClientDraft(name="Asha", phone_number="0712345678"),
    },
}


def _by_id(name):
    """Subscriptions' use cases take its id, the office's the first one, the others the bill's."""
    if name.startswith(("api_keys.", "staff.")):
        return lambda *_: (1,)
    if name.startswith(("subscriptions.", "changes.", "invitations.")):
        return lambda subscription, _: (subscription.id,)
    return lambda _, bill: (bill.id,)


@pytest.fixture
async def person_id(request, engine, owner, stranger):
    """Whoever is not the owner: another one, a client, an admin, somebody unknown."""
    match request.param:
        case "other owner":
            return stranger.id
        case "nobody":
            return 999_999
        case "admin":
            return (await engine.people.meet(telegram_id=ADMIN, name="B", language_code=None)).id
    return (await engine.people.meet(telegram_id=2001, name="Asha", language_code=None)).id


# What a person must be allowed in a business for each use case that takes its owner's id.
_MAY = {
    Permission.SEE: {
        "agenda.due_today",
        "agenda.next_week",
        "agenda.paid_by",
        "agenda.received_this_month",
        "bills.may_be_voided",
        "clients.find_by_phone",
        "clients.get",
        "clients.page",
        "dashboard.beginnings",
        "dashboard.overview",
        "decisions.open_to",
        "directory.card",
        "directory.counts",
        "directory.oldest_open_bill",
        "directory.page",
        "figures.money_in",
        "figures.paid_against_due",
        "histories.of",
        "histories.receipt",
        "plans.get",
        "plans.page",
        "plans.running",
        "subscriptions.get",
        "subscriptions.page",
        "transactions.counts",
        "transactions.get",
        "transactions.is_prompted",
        "transactions.page",
        "transactions.recent_numbers",
    },
    Permission.RECORD: {
        "bills.record_payment",
        "care.remind",
        "care.reminder",
        "decisions.it_was_not_paid",
        "decisions.it_was_paid",
        "decisions.prepare_again",
        "decisions.prompt_again",
        "histories.send_receipt",
    },
    Permission.OWN: {
        "leaving.consequences",
        "leaving.leave",
        "linking.state",
        "linking.try_account",
        "linking.unlink",
        "staff.end",
        "staff.end_all",
        "staff.get",
        "staff.invite",
        "staff.invited",
        "staff.of",
        "staff.set_role",
    },
}
_PEOPLE = {
    "owner": 1001,
    "manager": 3001,
    "cashier": 3002,
    "other owner": 1002,
    "client": 2001,
    "admin": ADMIN,
    "stranger": 424_242,
}
_ALLOWED = {
    "owner": set(Permission),
    "manager": {Permission.SEE, Permission.RECORD, Permission.MANAGE},
    "cashier": {Permission.SEE, Permission.RECORD},
}


def may_of(name):
    """What a use case asks for; all that is not named above is a manager's."""
    found = [permission for permission, names in _MAY.items() if name in names]
    return found[0] if found else Permission.MANAGE


# These write a line of their own, with what they changed; the others have `@audited`.
_OWN_LINE = {
    "api_keys.make",
    "api_keys.revoke",
    "api_keys.revoke_all",
    "bills.record_payment",
    "bills.void",
    "care.change_phone",
    "decisions.it_was_not_paid",
    "decisions.it_was_paid",
    "decisions.prepare_again",
    "decisions.prompt_again",
    "exports.note",
    "people.rename_business",
    "preferences.set_billing_time",
    "preferences.set_digest",
    "preferences.set_end",
    "preferences.set_grace",
    "preferences.set_hours",
    "preferences.set_notice",
    "preferences.set_retries",
    "preferences.set_start",
}
_CHANGES_NOTHING = {
    "api_keys.get",
    "api_keys.made",
    "api_keys.of",
    "care.reminder",
    "exports.pages",
    "mail.latest",
    "preferences.of",
}


def test_whatever_staff_may_change_leaves_a_line_in_the_audit_log(engine_without_database):
    for name, who in USE_CASES.items():
        if who not in {OWNER, LIST} or may_of(name) in {Permission.SEE, Permission.OWN}:
            continue
        service, method = name.split(".")
        function = getattr(type(getattr(engine_without_database, service)), method)
        is_audited = hasattr(function, "__wrapped__")
        assert is_audited == (name not in _OWN_LINE | _CHANGES_NOTHING), name


@pytest.fixture
async def everybody(engine, owner, stranger, theirs):
    """All kinds of people, each having met the bot; the client pays the owner."""
    for who, telegram_id in _PEOPLE.items():
        if who != "stranger":
            await engine.people.meet(telegram_id=telegram_id, name=who, language_code=None)
    for who, role in (("manager", Role.MANAGER), ("cashier", Role.CASHIER)):
        invitation = await engine.staff.invite(owner.id, role)
        token = invitation.url.rpartition("staff-")[2]
        await engine.staff.accept(token, telegram_id=_PEOPLE[who])


async def test_each_use_case_is_open_to_those_whose_role_allows_it_and_to_nobody_else(
    engine, owner, everybody
):
    cases = [name for name, who in USE_CASES.items() if who in {OWNER, LIST}]
    assert {name for names in _MAY.values() for name in names} <= set(cases)
    for who, telegram_id in _PEOPLE.items():
        for name in cases:
            permission = may_of(name)
            try:
                acting = await engine.acting.get(telegram_id, may=permission)
                reaches = acting.owner.id == owner.id
            except NotAllowed:
                reaches = False
            assert reaches == (permission in _ALLOWED.get(who, set())), (who, name)


@pytest.mark.parametrize("person_id", ["other owner", "client", "admin", "nobody"], indirect=True)
async def test_whoever_is_not_the_owner_finds_no_row_of_his(engine, theirs, person_id):
    (bill,) = await bills()
    for name in [name for name, who in USE_CASES.items() if who == OWNER]:
        service, method = name.split(".")
        given = _GIVEN.get(name, _by_id(name))(theirs, bill)
        named = _NAMED.get(name, lambda _: {})(theirs)
        use_case = getattr(getattr(engine, service), method)
        with pytest.raises(NotFound):
            raise AssertionError((name, await use_case(person_id, *given, **named)))


@pytest.mark.parametrize("person_id", ["other owner", "client", "nobody"], indirect=True)
async def test_only_an_admin_does_what_is_an_admins(engine, owner, theirs, person_id):
    user = await User.get_or_none(id=person_id)
    telegram_id = user.telegram_id if user else 424_242
    attempts = {
        "accounts.resume": {"telegram_id": telegram_id, "shortcode": "174379"},
        "blocked_numbers.block": {"admin_telegram_id": telegram_id, "phone_number": "0712345678"},
        "blocked_numbers.unblock": {
            "admin_telegram_id": telegram_id,
            "phone_number": "0712345678",
        },
        "people.approve": {
            "admin_telegram_id": telegram_id,
            "user_id": owner.id,
            "lend_account": True,
        },
        "health.look": {"admin_telegram_id": telegram_id},
        "prompt_stop.stop": {"admin_telegram_id": telegram_id, "reason": "Audit"},
        "prompt_stop.resume": {"admin_telegram_id": telegram_id},
        **{
            name: {"admin_telegram_id": telegram_id} | given
            for name, given in {
                "administration.audience": {},
                "administration.bill_now": {},
                "administration.broadcast": {"text": "Hello", "key": "1"},
                "administration.count_log": {},
                "administration.log": {},
                "administration.look_up": {"text": "0712345678"},
                "administration.odd_events": {},
                "administration.replay": {"event_id": 1},
                "businesses.card": {"user_id": owner.id},
                "businesses.count": {},
                "businesses.page": {},
                "businesses.reinstate": {"user_id": owner.id},
                "businesses.search": {"text": "Wanjiku"},
                "businesses.suspend": {"user_id": owner.id, "reason": "Fraud"},
                "businesses.totals": {},
            }.items()
        },
    }
    everything = {name for name, who in USE_CASES.items() if who == ADMIN_ONLY}
    assert set(attempts) == everything
    for name, given in attempts.items():
        service, method = name.split(".")
        with pytest.raises(NotAllowed, match="admin_only"):
            await getattr(getattr(engine, service), method)(**given)


async def test_lists_and_numbers_hold_ones_own_rows_alone(engine, owner, stranger, theirs):
    assert (await engine.plans.page(stranger.id)).items == []
    assert (await engine.clients.page(stranger.id)).items == []
    assert (await engine.subscriptions.page(stranger.id)).items == []
    assert (await engine.transactions.page(stranger.id)).items == []
    page = await engine.transactions.page(stranger.id, subscription_id=theirs.id)
    assert page.items == []
    for only in Only:
        assert (await engine.transactions.page(stranger.id, only=only)).items == []
    assert sum((await engine.transactions.counts(stranger.id)).values()) == 0
    assert await engine.dashboard.beginnings(stranger.id) == Beginnings(
        has_plan=False, has_client=False, has_prompt=False, has_bill=False
    )
    assert await engine.clients.find_by_phone(stranger.id, "254712345678") is None
    assert (await engine.directory.page(stranger.id, text="0712345678")).entries == []
    assert set((await engine.directory.counts(stranger.id)).values()) == {0}
    assert await engine.directory.oldest_open_bill(stranger.id, theirs.client_id) is None
    assert await engine.mail.latest(stranger.id, f"subscription:{theirs.id}") is None
    assert await engine.plans.running(stranger.id, theirs.plan_id) == 0
    (bill,) = await bills()
    assert await engine.transactions.is_prompted(owner.id, bill.id)
    assert not await engine.transactions.is_prompted(stranger.id, bill.id)
    assert await engine.transactions.recent_numbers(stranger.id, limit=3) == []
    overview = await engine.dashboard.overview(stranger.id)
    assert (overview.due_today, sum(overview.by_status.values()), overview.latest) == (0, 0, [])
    assert len((await engine.transactions.page(owner.id)).items) == 1


async def test_what_lies_behind_the_numbers_is_ones_own_alone(
    engine, owner, stranger, theirs, gateway
):
    await report(engine, gateway)
    (payment,) = (await engine.agenda.received_this_month(owner.id)).items

    assert await engine.agenda.due_today(stranger.id, offset=0, limit=8) == []
    assert await engine.agenda.next_week(stranger.id) == []
    assert (await engine.agenda.received_this_month(stranger.id)).items == []
    assert await engine.agenda.paid_by(stranger.id, [payment.id]) == {}
    assert sum(bar.received_kes for bar in await engine.figures.money_in(owner.id, Step.DAY)) > 0
    for step in Step:
        bars = await engine.figures.money_in(stranger.id, step)
        assert sum(bar.received_kes for bar in bars) == 0
    billed = await engine.figures.paid_against_due(stranger.id)
    assert sum(month.due_kes + month.paid_kes for month in billed) == 0


async def test_the_same_phone_is_another_client_of_another_owner(engine, owner, stranger, theirs):
    mine = await make_subscription(engine, stranger)

    assert mine.client_id != theirs.client_id


async def test_payment_is_told_to_its_own_owner_alone(engine, stranger, gateway, theirs):
    await report(engine, gateway)

    assert "payment_received" in await told(1001)
    assert await told(1002) == []


async def test_pages_follow_one_another_newest_first(engine, owner):
    made = [(await make_plan(engine, owner, name=f"Plan {n}")).id for n in range(5)]

    seen, cursor = [], None
    while True:
        page = await engine.plans.page(owner.id, cursor=cursor, limit=2)
        seen += [plan.id for plan in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert seen == made[::-1]


async def test_owner_without_an_account_has_nowhere_for_money_to_go(engine, stranger):
    with pytest.raises(NoMerchantAccount):
        await engine.accounts.for_owner(stranger)


@pytest.fixture
async def till(engine, context, stranger):
    """The stranger's own Till, its secrets encrypted."""
    encrypt = context.cipher.encrypt
    return await MerchantAccount.create(
        owner=stranger,
        owner_key=str(stranger.id),
        kind=MerchantKind.TILL,
        shortcode="600111",
        till="5551234",
        consumer_key_encrypted=encrypt("his key"),
        consumer_secret_encrypted=encrypt("his secret"),
        passkey_encrypted=encrypt("his passkey"),
        created_at=engine.now(),
    )


async def test_owners_own_account_goes_before_the_platforms(engine, stranger, till):
    await User.filter(id=stranger.id).update(uses_platform_account=True)

    merchant = await engine.accounts.for_owner(stranger)

    assert (merchant.account_id, merchant.pay_to) == (till.id, "5551234")
    assert merchant.consumer_secret == "his secret"


async def test_owner_resumes_his_own_halted_till(engine, stranger, till):
    merchant = await engine.accounts.for_owner(stranger)
    await engine.accounts.halt(merchant, stranger, detail="wrong passkey")
    assert not await engine.accounts.may_send(merchant)

    await engine.accounts.resume(telegram_id=1002, shortcode="600111")

    assert await engine.accounts.may_send(merchant)


async def test_account_whose_secrets_no_key_reads_stops_its_owner_and_nobody_else(
    engine, owner, stranger, till, gateway
):
    await MerchantAccount.filter(id=till.id).update(passkey_encrypted="made by a lost key")
    await make_subscription(engine, stranger, first_on=TODAY)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")

    await bill_and_prompt(engine)

    assert [request.phone_number for request in gateway.requests] == ["254712000002"]
    assert await engine.accounts.by_id(till.id) is None


async def test_nobody_runs_a_business_before_an_admin_lets_him(engine):
    user = await engine.people.meet(telegram_id=5005, name="Ali", language_code="sw-KE")
    with pytest.raises(NotAllowed, match="not_an_owner"):
        await engine.people.require_owner(5005)

    await engine.people.request_approval(user.id, business_name="Ali Gym")
    with pytest.raises(NotAllowed, match="approval_pending"):
        await engine.people.require_owner(5005)
    assert await told(ADMIN) == ["approval_requested"]
    with pytest.raises(NotAllowed, match="admin_only"):
        await engine.people.approve(admin_telegram_id=5005, user_id=user.id, lend_account=True)

    for _ in range(2):
        await engine.people.approve(admin_telegram_id=ADMIN, user_id=user.id, lend_account=False)
    assert (await engine.people.require_owner(5005)).approval is Approval.APPROVED
    assert await told(5005) == ["approved"]
    with pytest.raises(NoMerchantAccount):
        await engine.accounts.for_owner(await User.get(id=user.id))


async def test_admin_is_an_owner_on_the_platforms_account_at_once(engine):
    admin = await engine.people.meet(telegram_id=ADMIN, name="Boss", language_code=None)

    assert (await engine.people.require_owner(ADMIN)).id == admin.id
    assert (await engine.accounts.for_owner(admin)).shortcode == "174379"


async def test_suspended_owner_may_do_nothing_and_his_api_key_neither(engine, stranger):
    key = await engine.api_keys.issue(telegram_id=1002)
    assert (await engine.api_keys.authenticate(key)).id == stranger.id

    await User.filter(id=stranger.id).update(approval=Approval.SUSPENDED)

    assert await engine.api_keys.authenticate(key) is None
    with pytest.raises(NotAllowed, match="suspended"):
        await engine.people.require_owner(1002)


async def test_api_key_is_stored_as_a_hash_and_a_revoked_one_opens_nothing(engine, stranger):
    key = await engine.api_keys.issue(telegram_id=1002)

    row = await ApiKey.get()
    assert key not in row.key_hash
    assert await engine.api_keys.authenticate(key[:-1]) is None
    await ApiKey.all().update(revoked_at=engine.now())
    assert await engine.api_keys.authenticate(key) is None
