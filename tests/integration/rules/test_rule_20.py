"""Rule 20: an invitation reaches its client in many ways, works once, and explains itself."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.words.errors import sentence_for
from core.billing.lifecycle import SubscriptionStatus
from core.errors import InvitationUnusable
from core.models import Notification
from tests.factories import make_subscription
from tests.integration.rules.reading import go, leading_to

ASHA, STRANGER = 2001, 4004


@pytest.fixture
async def invited(engine, owner):
    return await make_subscription(engine, owner, active=False)


@pytest.fixture
async def link(engine, invited):
    return await engine.invitations.url(invited)


@pytest.fixture
def asha(visit, language):
    return visit(ASHA, name="Asha", language=language)


@pytest.fixture
def deliver(engine, bot):
    async def deliver():
        while await engine.outbox.deliver_notifications(bot.messenger):
            pass

    return deliver


def plain(texts, reason):
    return sentence_for(texts, InvitationUnusable(reason))


async def told(template):
    return await Notification.filter(template=template).order_by("id")


async def test_rule_20_the_owner_copies_shares_or_shows_the_link(boss, invited, link, deliver):
    await deliver()

    by_kind = {button["kind"]: button["data"] for button in boss.buttons}
    urls = [button["data"] for button in boss.buttons if button["kind"] == "url"]
    assert by_kind["copy"] == link
    whatsapp, telegram = urls
    assert parse_qs(urlsplit(whatsapp).query)["text"][0].endswith(link)
    assert parse_qs(urlsplit(telegram).query)["url"] == [link]
    await boss.press(leading_to(boss, f"qr:{invited.id}"))
    assert boss.messages[-1].content["photo"]


async def test_rule_20_the_link_can_be_sent_from_the_clients_card_too(boss, invited, link):
    await boss.say("/menu")
    await go(boss, "clients", f"client:{invited.client_id}")

    assert [button["data"] for button in boss.buttons if button["kind"] == "copy"] == [link]
    whatsapp, telegram = [button["data"] for button in boss.buttons if button["kind"] == "url"]
    assert urlsplit(whatsapp).path == "/254712345678"
    assert parse_qs(urlsplit(whatsapp).query)["text"][0].endswith(link)
    assert parse_qs(urlsplit(telegram).query)["url"] == [link]


async def test_rule_20_the_client_sees_who_what_and_how_much_before_he_accepts(
    asha, link, invited, texts
):
    await asha.open(link)

    assert "Wanjiku Fitness" in asha.text.split("\n")[0]
    assert "Gold" in asha.text
    assert "KES 1,500" in asha.text
    assert texts.date(invited.next_billing_date) in asha.text
    assert [button["style"] for button in asha.buttons][:2] == ["success", "danger"]


async def test_rule_20_the_owner_hears_of_opening_accepting_and_declining(
    asha, link, invited, engine, owner, visit, language
):
    await asha.open(link)
    await asha.open(link)
    assert len(await told("invitation_opened")) == 1
    await go(asha, "accept")
    assert len(await told("invitation_accepted")) == 1
    second = await make_subscription(engine, owner, active=False, phone_number="254712000002")
    juma = visit(2002, name="Juma", language=language)
    await juma.open(await engine.invitations.url(second))
    await go(juma, "decline", "declined")

    assert len(await told("invitation_declined")) == 1


async def test_rule_20_a_link_that_opens_nothing_is_explained_and_the_owner_told(
    visit, engine, owner, clock, language, texts
):
    reasons = ("used", "replaced", "revoked", "cancelled", "expired")
    rows = {
        reason: await make_subscription(
            engine, owner, active=False, phone_number=f"25471200000{number}"
        )
        for number, reason in enumerate(reasons)
    }
    links = {r: await engine.invitations.url(row) for r, row in rows.items()}
    token = rows["used"].invitation_token
    await engine.acceptance.accept(token, telegram_id=ASHA, language="en")
    await engine.invitations.renew(owner.id, rows["replaced"].id)
    await engine.invitations.revoke(owner.id, rows["revoked"].id)
    await engine.subscriptions.cancel(owner.id, rows["cancelled"].id)
    clock.advance(timedelta(days=15))
    stranger = visit(STRANGER, name="Ali", language=language)

    for reason in (*reasons, *reasons):
        await stranger.open(links[reason])
        assert plain(texts, reason) in stranger.text

    told_owner = [row.params["reason"] for row in await told("invitation_in_vain")]
    assert told_owner == ["used", "replaced", "revoked", "expired"], "each once"
    await stranger.open("https://t.me/FluxPayTestBot?start=0123456789abcdef")
    assert plain(texts, "unknown") in stranger.text


async def test_rule_20_the_owner_takes_a_link_back_after_a_question_and_sends_a_new_one(
    boss, asha, link, invited, texts
):
    await go(boss, "clients", f"client:{invited.client_id}", f"sub:{invited.id}")
    await go(boss, f"revoke:{invited.id}")
    assert boss.buttons[-1]["style"] == "danger"
    await go(boss, f"revoked:{invited.id}")
    assert texts.gettext("✉️ There is no link now: you took it back.") in boss.text
    assert not any(button["kind"] == "copy" for button in boss.buttons)

    await go(boss, f"invite:{invited.id}")

    new = next(button["data"] for button in boss.buttons if button["kind"] == "copy")
    assert new != link
    await asha.open(new)
    await go(asha, "accept")
    await invited.refresh_from_db()
    assert invited.status is SubscriptionStatus.ACTIVE
