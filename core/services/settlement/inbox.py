"""Callbacks: what Safaricom tells us is stored before it is acknowledged, and applied once."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from core.billing.lifecycle import PushState
from core.billing.outcomes import Outcome
from core.database import connection, is_unavailable, transaction
from core.errors import NotFound
from core.models import InboundSource, StkPush
from core.ports import CallbackReport
from core.services.bulk import is_sqlite
from core.services.context import Context
from core.services.incoming import AnsweredPush, Bill, lock_bills, pushes_of
from core.services.messages.intake import Intake
from core.services.settlement.events import Event, claim_events, lock_event, save_events
from core.services.settlement.plain_cases import Case
from core.services.settlement.plain_results import PlainResults
from core.services.settlement.settlement import Door, Result, SettlementService

BATCH = 100
_LANES = 2
_MOST_ATTEMPTS = 5
_BROKEN = "error"
_RETRY_AFTER = timedelta(seconds=10)
# Longer than Daraja takes to answer a push whose callback overtook that answer.
_WAIT_FOR_PUSH = timedelta(minutes=2)
_log = structlog.get_logger()


class InboxService:
    """Store callbacks and work them off."""

    def __init__(
        self,
        context: Context,
        intake: Intake,
        *,
        settlement: SettlementService,
        plain: PlainResults,
    ) -> None:
        self._context = context
        self._intake = intake
        self._settlement = settlement
        self._plain = plain

    async def receive_callback(self, body: bytes, *, token: str | None) -> bool:
        """Store a callback's body; False if the very same one is stored already.

        `token` is the last part of the path it came by, None on the plain path.
        """
        digest = hashlib.sha256()
        for part in (b"STK", _raw(token or ""), body):
            digest.update(len(part).to_bytes(8, "big") + part)
        token_hash = None if token is None else hashlib.sha256(_raw(token)).hexdigest()
        return await self._intake.store(
            {
                "source": InboundSource.STK,
                "dedupe_key": digest.hexdigest(),
                "token_hash": token_hash,
                "body": body,
            }
        )

    async def handle_callbacks(self) -> int:
        """Settle what is stored and not handled; return how many events were.

        Not to be called inside a DB transaction, which several batches can't share.
        """
        handled = await self._handle_batch()
        if handled < BATCH:
            return handled
        # One batch is worked on while the other waits for PostgreSQL. SQLite has one writer.
        lanes = 1 if is_sqlite(connection()) else _LANES
        # An error waits for the other lane: it must not outlive the call, and has its own work.
        for others in await asyncio.gather(
            *(self._handle_batches() for _ in range(lanes)), return_exceptions=True
        ):
            if isinstance(others, BaseException):
                raise others
            handled += others
        return handled

    async def _handle_batches(self) -> int:
        """Handle one batch after the other until one is not full; return how many events."""
        handled = 0
        while True:
            batch = await self._handle_batch()
            handled += batch
            if batch < BATCH:
                return handled

    async def _handle_batch(self) -> int:
        now = self._context.now()
        async with transaction():
            events = await claim_events(connection(), now=now, limit=BATCH)
            hashes = [event.token_hash for event in events if event.token_hash is not None]
            bills = await lock_bills(connection(), hashes)
            words = await self._settle_plain(events, bills)
            for event in events:
                if event.id in words:
                    event.attempts += 1
                    self._mark(event, words[event.id])
                else:
                    await self._handle_safely(event)
            await save_events(connection(), events)
        return len(events)

    async def _settle_plain(
        self, events: Sequence[Event], bills: Mapping[int, Bill]
    ) -> dict[int, str]:
        """Settle together what is plain; return the words of these events.

        A batch that breaks leaves nothing behind, and its events are handled one by one.
        """
        try:
            async with transaction():
                cases = await self._cases(events, bills)
                words = await self._plain.record(list(cases.values()))
        except Exception as error:
            if is_unavailable(error):
                raise
            _log.exception("inbound_batch_failed", events=len(events))
            return {}
        return {
            event_id: words[case.push.id]
            for event_id, case in cases.items()
            if case.push.id in words
        }

    async def _cases(self, events: Sequence[Event], bills: Mapping[int, Bill]) -> dict[int, Case]:
        """Return what events on known secret paths are about, by event."""
        hashes = [event.token_hash for event in events if event.token_hash is not None]
        pushes = await pushes_of(connection(), list(bills), hashes)
        cases = {}
        for event in events:
            push = pushes.get(event.token_hash or "")
            report = push and self._context.gateway.read_callback(event.body)
            if push is not None and report and _is_about(push, report):
                cases[event.id] = Case(_result(push, report), push, bills[push.transaction_id])
        return cases

    async def _handle_safely(self, event: Event) -> None:
        """Handle one event in a savepoint, so that a bad one can't sink its neighbours."""
        event.attempts += 1
        try:
            async with transaction():
                outcome = await self._handle(event)
        except Exception as error:
            if is_unavailable(error):
                raise  # The event is not to blame, so that must not count against it.
            # Whatever else it is: its neighbours go on, and it is kept.
            _log.exception("inbound_event_failed", event_id=event.id, attempts=event.attempts)
            outcome = _BROKEN if event.attempts >= _MOST_ATTEMPTS else None
        self._mark(event, outcome)

    def _mark(self, event: Event, outcome: str | None) -> None:
        """Write on the event how it ended, or when it is to be handled again. Saves nothing."""
        now = self._context.now()
        event.outcome = outcome
        event.handled_at = None if outcome is None else now
        event.leased_until = now + _RETRY_AFTER if outcome is None else None

    async def replay(self, event_id: int) -> str | None:
        """Hand a stored callback to settlement again; return its outcome, None if still open.

        Harmless however often: what counted counts once. At most Daraja is asked once more about
        a prompt in doubt. Only an event that has no good outcome yet gets one.

        Raises:
            NotFound: There is no such event, or it is no callback.
        """
        async with transaction():
            event = await lock_event(connection(), event_id)
            if event is None:
                raise NotFound(what="event")
            if event.handled_at is not None and event.outcome != _BROKEN:
                return await self._handle(event)
            await self._handle_safely(event)
            await save_events(connection(), [event])
            return event.outcome

    async def _handle(self, event: Event) -> str | None:
        """Return the outcome in a word, None to be asked again later."""
        report = self._context.gateway.read_callback(event.body)
        if report is None:
            return "junk"
        if event.token_hash is not None:
            return await self._by_token(event.token_hash, report)
        return await self._by_request_id(event, report)

    async def _by_token(self, token_hash: str, report: CallbackReport) -> str:
        push = await StkPush.get_or_none(token_hash=token_hash)
        if push is None:
            return "unknown_token"
        if not _is_about(push, report):
            return await self._settlement.ask(push, "parked:ids_differ")
        return (await self._settlement.record([_result(push, report)]))[0]

    async def _by_request_id(self, event: Event, report: CallbackReport) -> str | None:
        """On the plain path anybody may speak: nothing counts before a query confirms it."""
        push = await StkPush.filter(checkout_request_id=report.checkout_request_id).first()
        if push is None:
            is_young = event.received_at > self._context.now() - _WAIT_FOR_PUSH
            return None if is_young else "unknown_push"
        if push.state is PushState.SUCCESS:
            return "duplicate"
        fits = report.verdict.outcome is Outcome.PAID and report.amount_kes == push.amount_kes
        if fits and report.receipt is not None:
            await StkPush.filter(id=push.id).update(claimed_receipt=report.receipt)
        return await self._settlement.ask(push, "awaiting_query")


def _is_about(push: AnsweredPush, report: CallbackReport) -> bool:
    """Tell whether the id in the report is the push's, as far as that is known."""
    return push.checkout_request_id in {None, report.checkout_request_id}


def _result(push: AnsweredPush, report: CallbackReport) -> Result:
    return Result(
        push_id=push.id,
        door=Door.CALLBACK,
        verdict=report.verdict,
        checkout_request_id=report.checkout_request_id,
        amount_kes=report.amount_kes,
        receipt=report.receipt,
        phone_number=report.phone_number,
        paid_at=report.paid_at,
    )


def _raw(text: str) -> bytes:
    """Encode what a URL spelled, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")
