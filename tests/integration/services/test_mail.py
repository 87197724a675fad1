"""E-mails: queued with their reason, tried until they go out, and their outcome told."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from core.errors import Conflict, IllegalMove
from core.models import Email, NotificationState
from core.ports import Delivery, Failure
from tests.factories import make_subscription
from tests.integration.services.stories import DAY, notice, told


class FakeMailer:
    """Sends everything unless told otherwise."""

    def __init__(self):
        self.mails = []
        self.answers = []

    async def send(self, mail):
        self.mails.append(mail)
        return self.answers.pop(0) if self.answers else Delivery()


@pytest.fixture
def mailer():
    return FakeMailer()


@pytest.fixture
def settings(settings):
    url = SecretStr("smtps://me@example.com:secret@mail.example.com")
    return settings.model_copy(update={"smtp_url": url})


@pytest.fixture
async def invited(engine, owner):
    return await make_subscription(engine, owner, active=False, email="asha@example.com")


async def test_an_invitation_is_mailed_once_and_its_outcome_told(engine, owner, invited, mailer):
    for _ in range(2):
        await engine.invitations.email(owner.id, invited.id)
    assert await engine.mail.deliver_emails(mailer) == 1
    assert await engine.mail.deliver_emails(mailer) == 0

    (mail,) = mailer.mails
    assert (mail.address, mail.template) == ("asha@example.com", "invitation")
    assert mail.params["url"].endswith(invited.invitation_token)
    assert (await notice("email_outcome"))["is_sent"] is True
    assert (await engine.mail.latest(owner.id, f"subscription:{invited.id}")).sent_at


async def test_a_server_that_is_away_is_tried_again_later(engine, owner, invited, mailer, clock):
    mailer.answers = [Delivery(failure=Failure.LATER, detail="451")] * 2
    await engine.invitations.email(owner.id, invited.id)

    await engine.mail.deliver_emails(mailer)
    assert await engine.mail.deliver_emails(mailer) == 0, "not at once"
    clock.advance(timedelta(minutes=1))
    await engine.mail.deliver_emails(mailer)
    clock.advance(timedelta(minutes=2))
    await engine.mail.deliver_emails(mailer)

    assert len(mailer.mails) == 3
    assert (await Email.get()).state is NotificationState.SENT


async def test_an_address_that_is_refused_is_told_and_not_tried_again(
    engine, owner, invited, mailer, clock
):
    mailer.answers = [Delivery(failure=Failure.BROKEN, detail="550 no such user")]
    await engine.invitations.email(owner.id, invited.id)

    await engine.mail.deliver_emails(mailer)
    clock.advance(DAY)
    await engine.mail.deliver_emails(mailer)

    assert len(mailer.mails) == 1
    assert (await notice("email_outcome"))["is_sent"] is False


async def test_a_server_that_stays_away_is_given_up_after_hours(
    engine, owner, invited, mailer, clock
):
    mailer.answers = [Delivery(failure=Failure.LATER, detail="down")] * 12
    await engine.invitations.email(owner.id, invited.id)
    for _ in range(20):
        await engine.mail.deliver_emails(mailer)
        clock.advance(timedelta(hours=1))

    assert len(mailer.mails) == 12
    assert (await told()).count("email_outcome") == 1


async def test_what_a_crash_left_in_the_middle_is_sent_after_its_lease(
    engine, owner, invited, mailer, clock
):
    await engine.invitations.email(owner.id, invited.id)
    await Email.all().update(leased_until=engine.now() + timedelta(minutes=5))
    assert await engine.mail.deliver_emails(mailer) == 0

    clock.advance(timedelta(minutes=5))

    assert await engine.mail.deliver_emails(mailer) == 1


async def test_an_invitation_that_cannot_be_mailed_says_why(engine, owner, invited):
    without = await make_subscription(engine, owner, active=False, phone_number="254712000009")
    with pytest.raises(Conflict, match="no_email"):
        await engine.invitations.email(owner.id, without.id)
    await engine.invitations.revoke(owner.id, invited.id)
    with pytest.raises(Conflict, match="no_link"):
        await engine.invitations.email(owner.id, invited.id)
    await engine.subscriptions.activate(owner.id, invited.id)
    with pytest.raises(IllegalMove):
        await engine.invitations.email(owner.id, invited.id)
