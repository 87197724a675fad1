"""Invitations by e-mail, where the operator has named a mail server."""

import pytest
from pydantic import SecretStr

from core.models import Email, NotificationState
from core.ports import Delivery
from tests.factories import make_subscription


@pytest.fixture
def settings(settings):
    url = SecretStr("smtps://me@example.com:secret@mail.example.com")
    return settings.model_copy(update={"smtp_url": url})


class Taken:
    async def send(self, _mail):
        return Delivery()


async def test_an_invitation_is_mailed_from_the_card_which_shows_the_outcome(
    boss, bot, engine, owner
):
    await make_subscription(engine, owner, active=False, email="asha@example.com")
    await boss.press("Clients", "Asha", "Gold", "Send by e-mail")
    assert boss.toast == "The e-mail is on its way. I tell you how it went."
    assert (await Email.get()).state is NotificationState.QUEUED

    await engine.mail.deliver_emails(Taken())
    while await engine.outbox.deliver_notifications(bot.messenger):
        pass

    assert "The invitation of Asha was e-mailed to asha@example.com." in boss.text
    await boss.press("Open subscription")
    assert "E-mailed to asha@example.com, 23 Nov" in boss.text
    await boss.press("Send by e-mail")
    assert "was e-mailed before" in boss.toast


async def test_without_an_address_there_is_no_button(boss, engine, owner):
    await make_subscription(engine, owner, active=False)

    await boss.press("Clients", "Asha", "Gold")

    assert not any("e-mail" in label for label in boss.labels)
