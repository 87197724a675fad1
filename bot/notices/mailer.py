"""E-mails, as the engine sees them: words in the reader's language, and a mail server."""

import ssl
from email.message import EmailMessage

import aiosmtplib

from bot.notices.mails import LETTERS
from bot.words.texts import texts_for
from core.ports import Delivery, Failure, Mail
from core.smtp import Smtp, SmtpTls

_WITHIN_S = 30.0
# Below 500 a server means "not now" (RFC 5321, section 4.2.1).
_FOR_GOOD = 500


class SmtpMailer:
    """Hand e-mails to one mail server, each over a connection of its own."""

    def __init__(
        self, smtp: Smtp, *, demo: bool, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self._smtp = smtp
        self._demo = demo
        self._tls_context = tls_context

    async def send(self, mail: Mail) -> Delivery:
        """Send one e-mail. Never raises for what the server or the network does."""
        try:
            await aiosmtplib.send(
                self._written(mail),
                hostname=self._smtp.host,
                port=self._smtp.port,
                username=self._smtp.user,
                password=self._smtp.password,
                use_tls=self._smtp.tls is SmtpTls.TLS,
                start_tls=self._smtp.tls is SmtpTls.STARTTLS,
                tls_context=self._tls_context,
                timeout=_WITHIN_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            return _failed(max(codes, default=_FOR_GOOD), "the address was refused")
        except aiosmtplib.SMTPResponseException as error:
            return _failed(error.code, error.message)
        except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as error:
            return Delivery(failure=Failure.LATER, detail=type(error).__name__)
        return Delivery()

    def _written(self, mail: Mail) -> EmailMessage:
        texts = texts_for(mail.language)
        letter = LETTERS[mail.template](texts, mail.params)
        message = EmailMessage()
        message["From"], message["To"] = self._smtp.sender, mail.address
        message["Subject"] = f"DEMO: {letter.subject}" if self._demo else letter.subject
        message.set_content(letter.body)
        return message


def _failed(code: int, said: str) -> Delivery:
    kind = Failure.BROKEN if code >= _FOR_GOOD else Failure.LATER
    return Delivery(failure=kind, detail=f"{code} {said}".strip())
