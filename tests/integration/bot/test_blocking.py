"""Stopping prompts to a number: its holder by a button, an admin by a command."""

import pytest

from core.models import BlockedNumber
from tests.factories import make_subscription

ASHA = 2001
ADMIN = 9001


@pytest.fixture
async def asha(engine, owner, visit):
    subscription = await make_subscription(engine, owner, active=False)
    visitor = visit(ASHA, name="Asha")
    await visitor.open(await engine.invitations.url(subscription))
    await visitor.press("Accept")
    return visitor


@pytest.fixture
def admin(visit):
    return visit(ADMIN, name="Boss")


async def blocked():
    return [row.phone_number for row in await BlockedNumber.all()]


async def test_client_stops_prompts_to_his_phone_after_a_question(asha):
    await asha.say("/status")
    await asha.press("Stop M-Pesa prompts")
    assert "What you owe stays owed" in asha.text
    assert await blocked() == []

    await asha.press("Yes, stop them")

    assert await blocked() == ["254712345678"]
    assert "Your phone gets no M-Pesa prompts" in asha.text
    assert "What you pay for" in asha.text


async def test_client_thinks_better_of_it(asha):
    await asha.say("/status")

    await asha.press("Stop M-Pesa prompts", "Keep them")

    assert await blocked() == []
    assert "What you pay for" in asha.text


async def test_client_allows_prompts_again(asha):
    await asha.say("/status")
    await asha.press("Stop M-Pesa prompts", "Yes, stop them")

    await asha.press("Allow M-Pesa prompts")

    assert await blocked() == []
    assert any("Stop M-Pesa prompts" in label for label in asha.labels)


async def test_client_sees_an_admins_block_and_has_no_button_against_it(asha, engine):
    await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number="0712345678")

    await asha.say("/status")

    assert "Your phone gets no M-Pesa prompts" in asha.text
    assert not any("prompts" in label for label in asha.labels)


async def test_whoever_is_billed_on_no_phone_has_nothing_to_stop(visit):
    stranger = visit(2002)

    await stranger.say("/status")

    assert not any("prompts" in label for label in stranger.labels)


async def test_admin_blocks_a_number_and_lets_it_go(admin):
    await admin.say("/block 0733 000 001")
    assert "0733 000 001 gets no prompts" in admin.text
    assert await blocked() == ["254733000001"]

    await admin.say("/unblock +254733000001")

    assert "0733 000 001 may get prompts again" in admin.text
    assert await blocked() == []


@pytest.mark.parametrize("words", ["/block", "/block 12", "/unblock asha"])
async def test_admin_who_types_no_number_is_told_so(admin, words):
    await admin.say(words)

    assert "Phone number" in admin.text
    assert await blocked() == []


@pytest.mark.parametrize("words", ["/block 0733000001", "/unblock 0733000001"])
async def test_nobody_else_learns_that_the_commands_exist(boss, words):
    await boss.say("/nonsense 0733000001")
    answer = boss.text

    await boss.say(words)

    assert boss.text == answer
    assert await blocked() == []
