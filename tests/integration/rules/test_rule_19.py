"""Rule 19: a receipt says all that belongs on one, and can be sent again later."""

from urllib.parse import parse_qs, urlsplit

import pytest

from core.billing.lifecycle import TransactionStatus
from core.models import Client, Transaction
from core.services.bills.by_hand import ByHand
from tests.factories import make_subscription
from tests.integration.rules.reading import go, leading_to
from tests.integration.services.stories import (
    CLIENT_CHAT,
    bill_and_prompt,
    chatting_subscription,
    report,
)


@pytest.fixture
async def asha(visit, engine, owner, language):
    """The client, in her own chat, with a bill that she was asked for."""
    visitor = visit(CLIENT_CHAT, name="Asha", language=language)
    await visitor.say("/start")
    await chatting_subscription(engine, owner)
    await Client.all().update(language=language)
    await bill_and_prompt(engine)
    return visitor


@pytest.fixture
def deliver(engine, bot):
    async def deliver():
        while await engine.outbox.has_waiting():
            await engine.outbox.deliver_notifications(bot.messenger)

    return deliver


async def test_rule_19_a_receipt_says_who_what_when_and_how_one_stands(
    asha, engine, gateway, deliver, texts
):
    await report(engine, gateway)
    await deliver()

    for part in ("Wanjiku Fitness", "Asha", "Gold", "KES 1,500", "RKTQDM7W6S"):
        assert part in asha.text
    assert texts.date(engine.today()) in asha.text, "the period, and when it was paid"
    assert "09:00" in asha.text, "in East Africa Time"
    following = engine.today().replace(month=engine.today().month + 1)
    assert texts.date(following) in asha.text, "the next due date"
    assert texts.gettext("Balance: nothing more to pay") in asha.text
    entities = [entity["type"] for entity in asha.messages[-1].entities]
    assert "code" in entities
    assert any(button["kind"] == "copy" for button in asha.buttons)


async def test_rule_19_a_part_says_what_is_still_to_pay(
    asha, engine, owner, gateway, deliver, texts
):
    await report(engine, gateway, code=1032)
    bill = await Transaction.get()
    await engine.bills.record_payment(owner.id, bill.id, source=ByHand.CASH, amount_kes=600)
    await deliver()

    said = texts.gettext("Still to pay: <b>{amount}</b>").format(amount="KES 900")
    assert said.replace("<b>", "").replace("</b>", "") in asha.text
    assert texts.gettext("Paid in cash") in asha.text
    assert (await Transaction.get()).status is TransactionStatus.FAILED


async def test_rule_19_the_owner_sends_it_again_later(asha, boss, engine, gateway, deliver):
    await report(engine, gateway)
    await deliver()
    receipt, before = asha.text, len(asha.messages)
    await boss.say("/menu")
    await go(boss, "txns:0", "txn", "receipt")
    assert boss.text == receipt

    await go(boss, "resend")
    await deliver()

    assert len(asha.messages) == before + 1
    assert asha.text == receipt
    assert leading_to(boss, "resend"), "the receipt stays on the owner's screen"


OTHER = {"en": "sw", "sw": "en"}


def ready_in_whatsapp(visitor):
    """Return the number and the text of the newest message's WhatsApp button."""
    (url,) = [b["data"] for b in visitor.buttons if b["data"].startswith("https://wa.me/")]
    found = urlsplit(url)
    return found.path, parse_qs(found.query)["text"][0]


async def test_rule_19_the_receipt_is_ready_in_whatsapp_wherever_the_owner_meets_it(
    asha, boss, engine, gateway, deliver, language
):
    await Client.all().update(language=OTHER[language])
    await report(engine, gateway)
    await deliver()
    receipt = asha.text

    assert ready_in_whatsapp(boss) == ("/254712345678", receipt), "under the news of the payment"
    await boss.say("/menu")
    await go(boss, "txns:0", "txn")
    assert ready_in_whatsapp(boss) == ("/254712345678", receipt), "on its card"
    await go(boss, "receipt")
    assert ready_in_whatsapp(boss) == ("/254712345678", receipt), "under the receipt"


async def test_rule_19_who_has_no_telegram_gets_his_receipt_by_whatsapp_alone(
    boss, engine, owner, gateway, deliver, texts
):
    await make_subscription(engine, owner, first_on=engine.today())
    await bill_and_prompt(engine)
    await report(engine, gateway)
    await deliver()
    business = texts.gettext("🧾 Receipt from {business}").format(business=owner.business_name)

    number, words = ready_in_whatsapp(boss)
    assert number == "/254712345678"
    assert words.startswith(business), "in the owner's language, as nobody knows the client's"
    await boss.say("/menu")
    await go(boss, "txns:0", "txn", "receipt")
    assert ready_in_whatsapp(boss) == (number, words)
    with pytest.raises(AssertionError, match="no button"):
        leading_to(boss, "resend")
