"""The engine's own notices, put in words and taken by the local Telegram, in both languages."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import pytest

from bot.notices.messenger import ChatMessenger
from core.billing.charges import ChargeDraft
from core.billing.periods import Frequency
from core.engine import Engine
from core.models import Notification, NotificationState, StkPush, User
from core.ports import NoAnswer, RefusalKind, Refused
from sandbox.telegram import acts
from tests.factories import make_plan, make_subscription
from tests.fakes import FakeGateway, ManualClock

ADMIN, OWNER, CLIENT, NEWCOMER = 9001, 1001, 2002, 3003
FIRST_ON = date(2026, 11, 23)
DAY = timedelta(days=1)


@dataclass
class Business:
    """An owner at work, whose people all have Telegram."""

    engine: Engine
    owner: User
    gateway: FakeGateway
    clock: ManualClock
    language: str

    def __post_init__(self):
        self._receipts = count(1)

    async def accepted_subscription(self):
        subscription = await make_subscription(
            self.engine, self.owner, active=False, first_on=FIRST_ON
        )
        return await self.engine.acceptance.accept(
            subscription.invitation_token, telegram_id=CLIENT, language=self.language
        )

    async def prompt(self):
        await self.engine.billing.process_due_payments()
        await self.engine.prompts.send_due_prompts()

    async def retry(self):
        self.clock.advance(DAY)
        await self.engine.billing.retry_failed_payments()
        await self.engine.prompts.send_due_prompts()

    async def report(self, push=None, *, code=0, amount=1500):
        """M-Pesa tells what became of a push, the newest one unless told otherwise."""
        pushes = await StkPush.all().order_by("id")
        push = push or pushes[-1]
        said = {
            "MerchantRequestID": "m",
            "CheckoutRequestID": push.checkout_request_id,
            "ResultCode": code,
            "ResultDesc": "As M-Pesa <says>",
        }
        if code == 0:
            said["CallbackMetadata"] = {"Item": self._items(push, amount)}
        body = json.dumps({"Body": {"stkCallback": said}}).encode()
        token = self.gateway.token([each.id for each in pushes].index(push.id))
        await self.engine.inbox.receive_callback(body, token=token)
        await self.engine.inbox.handle_callbacks()

    def _items(self, push, amount):
        facts = {
            "Amount": amount,
            "MpesaReceiptNumber": f"TKN{next(self._receipts):07}",
            "PhoneNumber": int(push.phone_number),
        }
        return [{"Name": name, "Value": value} for name, value in facts.items()]


@pytest.fixture(params=["en", "sw"])
async def business(request, engine, owner, gateway, clock):
    language = request.param
    owner = await engine.people.set_language(owner.id, language)
    await engine.people.meet(telegram_id=ADMIN, name="Amina", language_code=language)
    return Business(engine, owner, gateway, clock, language)


@pytest.fixture
async def chats(telegram):
    """The messages of people who have pressed Start."""
    for number, telegram_id in enumerate((ADMIN, OWNER, CLIENT, NEWCOMER)):
        person = telegram.add_person(
            first_name="Somebody", phone_number=f"25471234567{number}", person_id=telegram_id
        )
        acts.say(telegram, person, "/start")
    return telegram.messages


@pytest.fixture
def messenger_in_sandbox(engine, sandbox_bot, chats):
    return ChatMessenger(sandbox_bot, engine)


@pytest.fixture
def deliver(engine, messenger_in_sandbox):
    """Deliver all that waits; return which templates went out."""

    async def deliver_all():
        while await engine.outbox.deliver_notifications(messenger_in_sandbox):
            pass
        rows = await Notification.all().order_by("id")
        left = [(row.template, row.detail) for row in rows if row.state != NotificationState.SENT]
        assert left == []
        return {row.template for row in rows}

    return deliver_all


async def test_a_sign_up_an_invitation_and_its_answer_are_told(business, deliver):
    engine, owner = business.engine, business.owner
    newcomer = await engine.people.meet(
        telegram_id=NEWCOMER, name="Njeri <3", language_code=business.language
    )
    await engine.people.request_approval(newcomer.id, business_name="Njeri & Sons")
    await engine.people.approve(admin_telegram_id=ADMIN, user_id=newcomer.id, lend_account=True)
    accepted = await business.accepted_subscription()
    declined = await make_subscription(
        engine, owner, active=False, name="Otieno", phone_number="254722000002"
    )
    await engine.acceptance.decline(declined.invitation_token, telegram_id=NEWCOMER)
    await engine.subscriptions.cancel(owner.id, accepted.id)

    assert await deliver() == {
        "approval_requested",
        "approved",
        "invitation",
        "invitation_accepted",
        "invitation_declined",
        "client_cancelled",
    }


async def test_failures_retries_and_the_suspension_are_told(business, deliver):
    await business.accepted_subscription()
    await business.prompt()
    await business.report(code=1032)
    for _ in range(3):
        await business.retry()
        await business.report(code=1)
    business.clock.advance(3 * DAY)
    await business.engine.arrears.suspend_overdue()

    assert await deliver() >= {
        "payment_failed",
        "client_payment_failed",
        "payment_retrying",
        "suspended",
        "client_suspended",
    }


async def test_payments_and_what_does_not_fit_are_told(business, deliver):
    await business.accepted_subscription()
    await business.prompt()
    await business.report(amount=1400)
    await business.report()

    assert await deliver() >= {"event_parked", "payment_received", "client_receipt"}


async def test_a_second_payment_of_the_same_bill_is_told(business, deliver):
    await business.accepted_subscription()
    await business.prompt()
    await business.report(code=1037)
    first = await StkPush.get()
    await business.retry()
    await business.report()

    await business.report(first)

    assert await deliver() >= {"extra_payment", "client_extra_payment"}


async def test_missed_bills_are_told(business, deliver):
    plan = await make_plan(
        business.engine, business.owner, frequency=Frequency.DAILY, billing_day=None
    )
    await make_subscription(business.engine, business.owner, plan, first_on=FIRST_ON)
    business.clock.advance(10 * DAY)
    await business.engine.billing.process_due_payments()

    assert "parked" in await deliver()


@pytest.mark.parametrize(
    ("answer", "template"),
    [
        (NoAnswer(detail="reset"), "prompt_unknown"),
        (Refused(kind=RefusalKind.MERCHANT, code="400", detail="Wrong <key>"), "prompts_halted"),
        (Refused(kind=RefusalKind.PHONE, code="400", detail="Bad <phone>"), "needs_you"),
    ],
)
async def test_a_prompt_that_did_not_go_out_well_is_told(business, deliver, answer, template):
    await make_subscription(business.engine, business.owner, first_on=FIRST_ON)
    business.gateway.answers.append(answer)
    await business.prompt()

    assert template in await deliver()


@pytest.fixture
async def status_message(sandbox_bot, chats):
    """The owner's chat says that a push is being sent."""
    sent = await sandbox_bot.send_message(OWNER, "Sending")
    return chats.find(OWNER, sent.message_id)


@pytest.mark.parametrize("code", [0, 1032, 2001])
async def test_the_message_of_a_one_off_push_ends_with_the_truth_in_place(
    business, messenger_in_sandbox, deliver, status_message, code
):
    charge = await business.engine.prompts.charge(
        business.owner.id,
        ChargeDraft(phone_number="254712345678", amount_kes=10),
        status_message=(OWNER, status_message.id),
    )
    await messenger_in_sandbox.show_push_status(
        OWNER, status_message.id, charge.transaction.id, business.language
    )
    assert status_message.text.startswith("STK Push")

    await business.report(code=code, amount=10)

    assert "push_status" in await deliver()
    assert status_message.text.startswith("❌" if code else "💰")
