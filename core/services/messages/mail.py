"""The outbox of e-mails: lease, send, mark, and tell the owner how it went."""

import asyncio
from datetime import timedelta

import structlog
from tortoise.expressions import Q

from core.cipher import sha256_hex
from core.database import connection, transaction
from core.models import Email, NotificationState, User
from core.ports import Delivery, Failure, Mail, Mailer
from core.services.bulk import insert_rows
from core.services.context import Context
from core.services.notices import Notices

_ROUND = 5
_LEASE = timedelta(minutes=5)
_MOST_ATTEMPTS = 12
_LONGEST_WAIT = timedelta(hours=1)
_log = structlog.get_logger()


class MailService:
    """Queue e-mails beside the change that makes them true, and deliver them."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    @property
    def is_on(self) -> bool:
        """Whether the operator has named a mail server."""
        return self._context.settings.smtp is not None

    async def queue(self, owner: User, mail: Mail, *, subject: str, key: str) -> Email:
        """Queue one e-mail in the owner's name, once for each key and address.

        Belongs inside the caller's DB transaction.
        """
        now = self._context.now()
        dedupe_key = sha256_hex(f"{key}:{mail.address}")
        row = {
            "owner_id": owner.id,
            "dedupe_key": dedupe_key,
            "subject": subject,
            "address": mail.address,
            "language": mail.language,
            "template": mail.template,
            "params": dict(mail.params),
            "not_before": now,
            "attempts": 0,
            "state": NotificationState.QUEUED,
            "created_at": now,
        }
        await insert_rows(connection(), Email, [row])
        return await Email.get(dedupe_key=dedupe_key)

    async def latest(self, owner_id: int, subject: str) -> Email | None:
        """Return the newest e-mail of this owner's about something, None if there was none."""
        return await Email.filter(owner_id=owner_id, subject=subject).order_by("-id").first()

    async def deliver_emails(self, mailer: Mailer) -> int:
        """Send one round; return how many were tried. After a crash one may go out twice."""
        leased = await self._lease()
        await asyncio.gather(*(self._deliver(mailer, row) for row in leased))
        return len(leased)

    async def _lease(self) -> list[Email]:
        now = self._context.now()
        async with transaction():
            due = (
                await Email.filter(
                    Q(leased_until=None) | Q(leased_until__lte=now),
                    state=NotificationState.QUEUED,
                    not_before__lte=now,
                )
                .order_by("id")
                .limit(_ROUND)
                .select_for_update(skip_locked=True)
            )
            for row in due:
                row.attempts, row.leased_until = row.attempts + 1, now + _LEASE
                await row.save(update_fields=["attempts", "leased_until"])
        return due

    async def _deliver(self, mailer: Mailer, row: Email) -> None:
        mail = Mail(
            address=row.address, language=row.language, template=row.template, params=row.params
        )
        delivery = await mailer.send(mail)
        async with transaction():
            await self._mark(row, delivery)

    async def _mark(self, row: Email, delivery: Delivery) -> None:
        row.leased_until = None
        row.detail = delivery.detail[:300] or None
        if delivery.failure is None:
            row.state, row.sent_at = NotificationState.SENT, self._context.now()
        elif delivery.failure is Failure.LATER and row.attempts < _MOST_ATTEMPTS:
            wait = min(timedelta(seconds=30 * 2**row.attempts), _LONGEST_WAIT)
            row.not_before = self._context.now() + wait
        else:
            row.state = NotificationState.FAILED
            _log.warning("email_refused", email_id=row.id, detail=row.detail)
        await row.save(update_fields=["leased_until", "detail", "state", "sent_at", "not_before"])
        if row.state is not NotificationState.QUEUED:
            await self._tell(row)

    async def _tell(self, row: Email) -> None:
        owner = await User.get(id=row.owner_id)
        params = {
            "address": row.address,
            "client_name": row.params.get("client_name"),
            "subscription_id": row.params.get("subscription_id"),
            "is_sent": row.state is NotificationState.SENT,
        }
        await self._notices.owner(owner, "email_outcome", params, key=f"email:{row.id}")
