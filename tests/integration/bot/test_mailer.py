"""The mailer against a real mail server on this machine."""

import socket

import pytest
from aiosmtpd.controller import Controller

from bot.notices.mailer import SmtpMailer
from core.ports import Failure, Mail
from core.smtp import Smtp, SmtpTls
from tests.unit.bot_texts.samples import SAMPLES


class Postbox:
    """Takes every letter, unless told to refuse."""

    def __init__(self):
        self.letters = []
        self.answer = "250 taken"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(envelope)
        return self.answer

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - as above
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def postbox():
    return Postbox()


@pytest.fixture
def server(postbox):
    controller = Controller(postbox, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def mailer(server):
    return SmtpMailer(_smtp(server.port), demo=True)


def _smtp(port):
    return Smtp(
        host="127.0.0.1",
        port=port,
        user=None,
        password=None,
        sender="bills@example.com",
        tls=SmtpTls.NONE,
    )


def invitation(language="en", **changes):
    return Mail(
        address=changes.pop("address", "asha@example.com"),
        language=language,
        template="invitation",
        params=SAMPLES["invitation"] | changes,
    )


async def test_an_invitation_arrives_in_the_readers_language(mailer, postbox):
    for language in ("en", "sw"):
        assert (await mailer.send(invitation(language))).failure is None

    english, swahili = (letter.content.decode() for letter in postbox.letters)
    assert "From: bills@example.com" in english
    assert "To: asha@example.com" in english
    assert "Subject: DEMO: Your invitation from Mama Njeri Gym" in english
    assert SAMPLES["invitation"]["url"] in english
    assert "Mwaliko wako" in swahili


async def test_a_name_with_a_line_break_adds_no_header(mailer, postbox):
    name = "Gym\r\nBcc: all@example.com"

    assert (await mailer.send(invitation(business=name))).failure is None

    head = postbox.letters[0].content.decode().split("\r\n\r\n")[0]
    assert "\r\nBcc:" not in head
    assert postbox.letters[0].rcpt_tos == ["asha@example.com"]


async def test_a_refused_address_is_broken_and_a_busy_server_asks_for_patience(mailer, postbox):
    refused = await mailer.send(invitation(address="nobody@example.com"))
    assert (refused.failure, "550" in refused.detail) == (Failure.BROKEN, True)

    postbox.answer = "451 try later"

    assert (await mailer.send(invitation())).failure is Failure.LATER


async def test_a_server_that_is_not_there_asks_for_patience():
    nowhere = SmtpMailer(_smtp(_free_port()), demo=False)

    assert (await nowhere.send(invitation())).failure is Failure.LATER
