"""Rule 29: phones are masked except for the owner; /privacy, and deleting one's data."""

from core.models import Client
from tests.factories import make_subscription
from tests.integration.rules.reading import go, leading_to
from tests.integration.services.stories import (
    bill_and_prompt,
    chatting_subscription,
    report,
)

WHOLE = ("0712 345 678", "254712345678", "0712345678")
MASKED = "0712***678"


async def test_rule_29_a_client_sees_his_number_masked(engine, owner, visit, language):
    waiting = await make_subscription(engine, owner, active=False)
    asha = visit(2001, name="Asha", language=language)
    await asha.open(await engine.invitations.url(waiting))
    assert MASKED in asha.text
    await go(asha, "accept")
    await asha.say("/status")

    assert MASKED in asha.text
    assert not any(number in m.text for m in asha.messages for number in WHOLE)


async def test_rule_29_an_admin_sees_numbers_masked(engine, owner, visit, gateway, language):
    await chatting_subscription(engine, owner, chat=2001)
    await bill_and_prompt(engine)
    await report(engine, gateway)
    admin = visit(9001, name="Boss", language=language)
    await admin.say("/admin")
    await go(admin, "anew:look")

    await admin.say("RKTQDM7W6S")

    assert MASKED in admin.text
    assert not any(number in admin.text for number in WHOLE)


async def test_rule_29_the_owner_sees_his_clients_numbers(engine, boss, owner):
    subscription = await make_subscription(engine, owner)
    await boss.press_data(boss.messages[-1].id, f"v1:sub:{subscription.id}", force=True)

    assert "0712 345 678" in boss.text


async def test_rule_29_privacy_says_what_is_kept_and_deletes_it_after_a_typed_word(
    engine, owner, visit, language, texts
):
    await chatting_subscription(engine, owner, chat=2001)
    asha = visit(2001, name="Asha", language=language)
    await engine.people.meet(telegram_id=2001, name="Asha", language_code=language)
    await asha.say("/privacy")
    assert "M-Pesa" in asha.text
    assert asha.button(leading_to(asha, "new:erase"))["style"] == "danger"
    await go(asha, "new:erase")
    await asha.say("?")
    assert (await Client.get()).erased_at is None

    await asha.say(texts.gettext("DELETE"))

    assert (await Client.get()).erased_at is not None
