"""The simulated STK push: what the chat says about it is true at every moment."""

import asyncio
import json
from datetime import timedelta

import pytest

from core.billing.lifecycle import TransactionStatus
from core.models import StkPush, Transaction
from core.ports import Busy, BusyKind, NoAnswer, RefusalKind, Refused
from core.services.prompts.prompts import PromptService
from sandbox.telegram.faults import Fault
from tests.fakes import FakeGateway
from tests.integration.bot.people import until

SENT = "STK Push sent to 254712345678. Please check your phone."
SEND = "Send the STK push"
PAID = 0


class HeldGateway(FakeGateway):
    """Answers when it is let go."""

    def __init__(self):
        super().__init__()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def request_payment(self, request):
        answer = await super().request_payment(request)
        await self.may_answer.wait()
        return answer


@pytest.fixture
def gateway():
    return HeldGateway()


@pytest.fixture
def seen(boss, telegram):
    """Every text that the newest message ever had."""
    texts = []

    def look():
        if boss.messages and (not texts or texts[-1] != boss.text):
            texts.append(boss.text)

    with telegram.watched(look):
        yield texts


async def fill_in(boss):
    await boss.press("Simulate STK push")
    await boss.say("0712345678", "150")
    await boss.press("Skip", "Skip")


@pytest.fixture
def safaricom_says(engine, bot, gateway):
    """Let Safaricom tell what became of the newest push, and deliver the notices."""

    async def tell(code):
        raw = callback(len(gateway.requests), code)
        await engine.inbox.receive_callback(raw, token=gateway.token())
        await engine.inbox.handle_callbacks()
        await engine.outbox.deliver_notifications(bot.messenger)

    return tell


def callback(number, code):
    body = {
        "MerchantRequestID": f"m-{number}",
        "CheckoutRequestID": f"ws_CO_{number}",
        "ResultCode": code,
        "ResultDesc": "said by Safaricom",
    }
    if code == PAID:
        items = {
            "Amount": 150.0,
            "MpesaReceiptNumber": "SKN7XKLM42",
            "TransactionDate": 20261123090100,
            "PhoneNumber": 254712345678,
        }
        listed = [{"Name": name, "Value": value} for name, value in items.items()]
        body["CallbackMetadata"] = {"Item": listed}
    return json.dumps({"Body": {"stkCallback": body}}).encode()


async def test_a_push_that_daraja_accepted_never_shows_as_failed(
    boss, gateway, telegram, seen, safaricom_says
):
    gateway.may_answer.clear()
    await fill_in(boss)
    del seen[:]
    await boss.press(SEND)
    await boss.sees("Sending an STK push of KES 150 to 0712 345 678")
    # Telegram itself stumbles just when the answer is to be shown.
    telegram.faults.append(Fault("429", "editMessageText", 1, 1))
    gateway.may_answer.set()
    await boss.sees(SENT)
    await safaricom_says(PAID)
    await boss.sees("SKN7XKLM42")

    assert len(gateway.requests) == 1
    words = " ".join(seen).lower()
    assert not any(no in words for no in ("fail", "sorry", "not sent", "nothing was", "❌"))


async def test_an_accepted_push_stays_accepted_until_safaricom_says_more(
    boss, bot, engine, gateway
):
    await fill_in(boss)
    await boss.press(SEND)
    await boss.sees(SENT)

    await engine.outbox.deliver_notifications(bot.messenger)

    assert SENT in boss.text


async def test_news_that_overtakes_the_answer_is_not_overwritten_by_it(
    boss, gateway, safaricom_says
):
    gateway.may_answer.clear()
    await fill_in(boss)
    await boss.press(SEND)

    async def is_asked():
        return bool(gateway.requests)

    await until(is_asked)
    await safaricom_says(PAID)

    gateway.may_answer.set()

    await boss.sees("SKN7XKLM42")
    await boss.say("/status")
    status = boss.messages[-2]
    assert "SKN7XKLM42" in status.text
    assert "Please check your phone" not in status.text


@pytest.mark.parametrize(("code", "words"), [(1032, "cancel"), (2001, "PIN"), (1, "money")])
async def test_a_push_that_the_client_did_not_pay_says_why(boss, safaricom_says, code, words):
    await fill_in(boss)
    await boss.press(SEND)
    await boss.sees(SENT)

    await safaricom_says(code)

    assert words in boss.text
    assert "Paid" not in boss.text


async def test_a_push_without_an_answer_says_that_nobody_knows_yet(boss, gateway):
    gateway.answers.append(NoAnswer(detail="timeout"))
    await fill_in(boss)

    await boss.press(SEND)

    await boss.sees("know yet")
    assert "254712345678" in boss.text or "0712 345 678" in boss.text


@pytest.mark.parametrize(
    "answer",
    [
        Refused(kind=RefusalKind.REQUEST, code="400.002.02", detail="Invalid PhoneNumber"),
        Busy(kind=BusyKind.SYSTEM_BUSY, code="500.001.1001", detail="busy"),
    ],
)
async def test_a_refused_push_says_that_nothing_was_sent(boss, gateway, answer):
    gateway.answers.append(answer)
    await fill_in(boss)

    await boss.press(SEND)

    await boss.sees("sent")
    assert SENT not in boss.text
    assert "400.002.02" not in boss.text


async def test_a_second_push_to_the_same_phone_is_refused_and_says_so(boss, gateway):
    await fill_in(boss)
    await boss.press(SEND)
    await boss.sees(SENT)
    await boss.say("/push", "0712345678", "150")
    await boss.press("Skip", "Skip", SEND)

    assert "A prompt is still open" in boss.text
    assert len(gateway.requests) == 1
    assert await Transaction.all().count() == 1


async def test_a_refused_push_can_be_sent_once_the_phone_has_rested(
    boss, clock, gateway, safaricom_says
):
    await fill_in(boss)
    await boss.press(SEND)
    await boss.sees(SENT)
    await safaricom_says(PAID)
    await boss.say("/push", "0712345678", "150")
    await boss.press("Skip", "Skip", SEND)
    assert "in 120 seconds" in boss.text
    clock.advance(timedelta(seconds=120))

    await boss.press(SEND)

    await boss.sees(SENT)
    assert len(gateway.requests) == 2


class KilledBeforeTheCall(PromptService):
    """Stands for a process that is killed right after Confirm was committed."""

    async def send_now(self, *_outgoing, **_how):
        raise asyncio.CancelledError


async def test_a_push_whose_process_was_killed_before_the_call_says_that_nothing_was_sent(
    boss, bot, engine, clock, gateway
):
    await fill_in(boss)
    engine.prompts.__class__ = KilledBeforeTheCall
    await boss.press(SEND)
    await boss.sees("Sending an STK push of KES 150 to 0712 345 678")

    clock.advance(timedelta(seconds=150))
    await engine.reconciliation.reconcile()
    await engine.outbox.deliver_notifications(bot.messenger)

    await boss.sees("No STK Push was sent to 254712345678.")
    assert gateway.requests == []
    assert (await Transaction.get()).status is TransactionStatus.FAILED


async def test_a_double_tap_sends_one_push(boss, gateway):
    gateway.may_answer.clear()
    await fill_in(boss)
    summary = boss.messages[-1]
    data = boss.button(SEND)["data"]

    await boss.press_data(summary.id, data)
    await boss.press_data(summary.id, data, force=True)
    gateway.may_answer.set()
    await boss.sees(SENT)

    assert boss.toast == "Already done"
    assert len(gateway.requests) == 1
    assert await StkPush.all().count() == 1


async def test_a_push_goes_out_even_if_telegram_fails_after_confirm(boss, gateway, telegram):
    await fill_in(boss)
    telegram.faults.append(Fault("500", "editMessageText", 1, 1))

    await boss.press(SEND)

    async def is_shown():
        return any(SENT in message.text for message in boss.messages)

    await until(is_shown)

    assert len(gateway.requests) == 1


async def test_the_reference_and_the_description_reach_the_client(boss, gateway):
    await boss.press("Simulate STK push")
    await boss.say("0712345678", "150", "HOUSE12", "Rent November")
    await boss.press(SEND)
    await boss.sees(SENT)

    request = gateway.requests[0]
    assert (request.account_reference, request.description) == ("HOUSE12", "Rent November")


@pytest.mark.parametrize("amount", ["1", "0", "250,001"])
async def test_an_amount_of_one_or_less_is_refused(boss, amount):
    await boss.press("Simulate STK push")

    await boss.say("0712345678", amount)

    assert "⚠️" in boss.text
    assert "Step 2 of 4 · Amount" in boss.text


@pytest.mark.parametrize("reference", ["HOUSE-12", "ABCDEFGHIJKLM"])
async def test_a_reference_that_daraja_would_cut_is_refused(boss, reference):
    await boss.press("Simulate STK push")

    await boss.say("0712345678", "2", reference)

    assert "Step 3 of 4" in boss.text


async def test_without_a_paybill_the_push_is_locked_and_says_why(boss, owner):
    owner.uses_platform_account = False
    await owner.save()
    await boss.say("/menu")

    await boss.press("🔒 Simulate STK push")
    assert "No Paybill or Till" in boss.toast
    await boss.say("/push")

    assert "Step" not in boss.text
    assert await Transaction.all().count() == 0


async def test_the_status_is_shown_even_if_telegram_asks_to_wait_first(boss, gateway, telegram):
    gateway.may_answer.clear()
    await fill_in(boss)
    await boss.press(SEND)
    await boss.sees("Sending")
    telegram.faults.append(Fault("429", "editMessageText", 1, 1))

    gateway.may_answer.set()

    await boss.sees(SENT)
