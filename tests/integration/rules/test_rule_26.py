"""Rule 26: unknown text is guessed at, or answered in one line with the way to the menu."""

from core.models import Subscription
from tests.factories import make_plan, make_subscription
from tests.integration.rules.reading import go, leading_to


async def test_rule_26_a_clients_number_opens_his_card(boss, engine, owner, texts):
    await make_subscription(engine, owner, name="Asha Mwangi")

    await boss.say("+254 712 345 678")

    assert "Asha Mwangi" in boss.text
    assert texts.gettext("Owes nothing.") in boss.text


async def test_rule_26_an_unknown_number_can_be_added_or_prompted(boss, engine, owner):
    await make_plan(engine, owner)
    await boss.say("0722 111 222")
    assert "0722 111 222" in boss.text
    assert leading_to(boss, "new:pushphone:254722111222")

    await go(boss, "new:clientphone:254722111222")
    await boss.say("Juma Otieno")

    assert "0722 111 222" in boss.text, "it is filled in already"
    assert "Juma Otieno" in boss.text


async def test_rule_26_a_name_opens_the_card_or_a_list(boss, engine, owner):
    await make_subscription(engine, owner, name="Asha Mwangi")
    await make_subscription(engine, owner, name="Asha Wanjiru", phone_number="254722111222")

    await boss.say("wanjiru")
    assert "0722 111 222" in boss.text
    await boss.say("ASHA")

    assert len([label for label in boss.labels if "Asha" in label]) == 2


async def test_rule_26_an_amount_offers_to_ask_for_it(boss):
    for typed, amount in (("500", "KES 500"), ("KES 1,500", "KES 1,500"), ("1.5k", "KES 1,500")):
        await boss.say(typed)
        assert amount in boss.text

    await go(boss, "new:pushamount")

    assert "KES 1,500" in boss.text


async def test_rule_26_a_shared_contact_opens_the_client_or_begins_to_add_him(
    boss, engine, owner, texts
):
    await make_subscription(engine, owner, name="Asha Mwangi")
    await boss.share_contact("0712345678", "Ashaa")
    assert "Asha Mwangi" in boss.text

    await boss.share_contact("+254722111222", "Juma Otieno")

    assert texts.gettext("New client") in boss.text
    assert "Juma Otieno" in boss.text
    assert "0722 111 222" in boss.text
    assert await Subscription.all().count() == 1, "nothing is written before Confirm"

    await boss.say("/cancel")
    await boss.share_contact("+44 20 7946 0000", "Tom")
    why = "This contact has no Kenyan mobile number, so M-Pesa can't ask it for money."
    assert texts.gettext(why) in boss.text


async def test_rule_26_anything_else_gets_one_line_and_the_menu(boss, texts):
    for typed in ("what is this", "?", "a"):
        await boss.say(typed)

        line = texts.gettext("I did not understand that. The menu shows what I can do.")
        assert boss.text == line
        assert leading_to(boss, "home")


async def test_rule_26_nobody_but_an_owner_looks_up_clients(visit, engine, owner, texts, language):
    await make_subscription(engine, owner, name="Asha Mwangi")
    stranger = visit(4004, name="Ali", language=language)

    for typed in ("Asha", "0712345678", "500"):
        await stranger.say(typed)
        assert "Asha" not in stranger.text
        assert leading_to(stranger, "home")
