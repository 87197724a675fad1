"""The outbox's input: what must be told to whom, written beside the change that makes it true."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.billing.preferences import NoticeKind, NoticeMode, kind_of, mode_of
from core.database import connection
from core.models import (
    Approval,
    Notification,
    NotificationState,
    Preferences,
    User,
)
from core.services.bulk import Row, insert_rows
from core.services.context import Context
from core.services.incoming import AnyClient, AnyOwner
from core.services.outgoing import AnyPush

TEMPLATES = frozenset(
    {
        "account_linked",
        "account_refused",
        "approval_requested",
        "approved",
        "client_bill_voided",
        "broadcast",
        "business_reinstated",
        "business_suspended",
        "client_cancelled",
        "client_ends",
        "client_erased",
        "client_extra_payment",
        "client_goes_on",
        "client_left",
        "client_letter",
        "client_new_phone",
        "client_paused",
        "client_payment_failed",
        "client_phone_changed",
        "client_plan_changes",
        "client_plan_stays",
        "client_put_on_pause",
        "client_receipt",
        "client_reminder",
        "client_resumed",
        "client_suspended",
        "client_unreachable",
        "client_went_on",
        "digest",
        "email_outcome",
        "event_parked",
        "extra_payment",
        "invitation",
        "invitation_accepted",
        "invitation_declined",
        "invitation_in_vain",
        "invitation_not_me",
        "invitation_opened",
        "letter_from_client",
        "needs_you",
        "parked",
        "pay_status",
        "payment_failed",
        "payment_received",
        "payment_retrying",
        "prompt_unknown",
        "prompts_halted",
        "prompts_resumed",
        "prompts_stopped",
        "push_status",
        "staff_ended",
        "staff_joined",
        "staff_quit",
        "subscription_ended",
        "subscription_resumed",
        "suspended",
    }
)

Wanted = tuple[int, NoticeKind]
"""Whose notice it is, and of which kind: how he wants it decides whether it goes out."""


class Notices:
    """Queue notices. Each method belongs inside the DB transaction of the change it announces."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def owner(
        self, owner: AnyOwner, template: str, params: Mapping[str, Any], *, key: str
    ) -> None:
        """Tell the owner, once for each `key`; not what he has switched off."""
        row = self._row((owner.telegram_id, owner.language), template, params, f"{key}:owner")
        kind = kind_of(template)
        await self._insert([row], wanted=None if kind is None else (owner.id, kind))

    async def person(
        self, person: User, template: str, params: Mapping[str, Any], *, key: str
    ) -> None:
        """Tell somebody who is neither the owner nor a client, once for each `key`."""
        await self._queue(person.telegram_id, person.language, template, params, f"{key}:person")

    async def client(
        self, client: AnyClient | None, template: str, params: Mapping[str, Any], *, key: str
    ) -> None:
        """Tell the client, once for each `key`, if he has a chat here and has not blocked it."""
        if client is None or client.telegram_id is None or client.blocked_at is not None:
            return
        await self._queue(client.telegram_id, client.language, template, params, f"{key}:client")

    async def admins(self, template: str, params: Mapping[str, Any], *, key: str) -> None:
        """Tell every admin, once for each `key`."""
        ids = self._context.settings.admin_ids
        known = {user.telegram_id: user for user in await User.filter(telegram_id__in=list(ids))}
        for telegram_id in sorted(ids):
            language = known[telegram_id].language if telegram_id in known else "en"
            await self._queue(telegram_id, language, template, params, f"{key}:{telegram_id}")

    async def all_owners(self, template: str, params: Mapping[str, Any], *, key: str) -> int:
        """Tell everybody who runs a business here, once for each `key`; return how many."""
        owners = await User.filter(approval=Approval.APPROVED).order_by("id")
        await self._insert(
            [
                self._row(
                    (owner.telegram_id, owner.language), template, params, f"{key}:{owner.id}"
                )
                for owner in owners
            ]
        )
        return len(owners)

    async def watcher(self, push: AnyPush, client: AnyClient | None, *, key: str) -> None:
        """Bring the message up to date in which a client watches the prompt he asked for."""
        if push.watcher_chat_id is None or push.watcher_message_id is None:
            return
        language = client.language if client is not None else "en"
        params = {"transaction_id": push.transaction_id}
        row = self._row((push.watcher_chat_id, language), "pay_status", params, key)
        await self._insert([{**row, "edit_message_id": push.watcher_message_id}])

    async def edit(
        self, owner: User, message: tuple[int, int], params: Mapping[str, Any], *, key: str
    ) -> None:
        """Bring the message `(chat_id, message_id)` that shows a push up to date."""
        chat_id, message_id = message
        row = self._row((chat_id, owner.language), "push_status", params, key)
        await self._insert([{**row, "edit_message_id": message_id}])

    async def _queue(
        self, chat_id: int, language: str, template: str, params: Mapping[str, Any], key: str
    ) -> None:
        await self._insert([self._row((chat_id, language), template, params, key)])

    def _row(
        self, reader: tuple[int, str], template: str, params: Mapping[str, Any], key: str
    ) -> Row:
        chat_id, language = reader
        now = self._context.now()
        return {
            "dedupe_key": key,
            "chat_id": chat_id,
            "language": language,
            "template": template,
            "params": dict(params),
            "edit_message_id": None,
            "is_silent": None,
            "not_before": now,
            "attempts": 0,
            "state": NotificationState.QUEUED,
            "created_at": now,
        }

    async def _insert(self, rows: Sequence[Row], *, wanted: Wanted | None = None) -> None:
        await self._write([(row, wanted) for row in rows])

    async def _write(self, queued: Sequence[tuple[Row, Wanted | None]]) -> None:
        modes = await _modes([wanted for _, wanted in queued if wanted is not None])
        rows = [
            {**row, "is_silent": True} if mode is NoticeMode.SILENT else row
            for row, wanted in queued
            if (mode := modes.get(wanted)) is not NoticeMode.OFF
        ]
        await insert_rows(connection(), Notification, rows)
        self._context.outbox_stirred.set()


async def _modes(wanted: Sequence[Wanted]) -> dict[Wanted | None, NoticeMode]:
    """Return how each owner wants each kind, in one query for all."""
    if not wanted:
        return {}
    rows = await Preferences.filter(owner_key__in=list({owner_id for owner_id, _ in wanted}))
    chosen = {row.owner_id: row.notices for row in rows}
    return {(owner_id, kind): mode_of(kind, chosen.get(owner_id, {})) for owner_id, kind in wanted}


class GatheredNotices(Notices):
    """Notices of many changes in one DB transaction, written together before it ends."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._queued: list[tuple[Row, Wanted | None]] = []

    async def _write(self, queued: Sequence[tuple[Row, Wanted | None]]) -> None:
        self._queued += queued

    async def write(self) -> None:
        """Write what was queued."""
        queued, self._queued = self._queued, []
        await super()._write(queued)
