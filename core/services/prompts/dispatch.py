"""The way of a prompt to Daraja: made, stored, called for, and its answer kept."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from core.cipher import sha256_hex
from core.database import DatabaseUnavailable, connection, transaction
from core.models import PushOrigin
from core.ports import Accepted, Busy, BusyKind, Merchant, NoAnswer, PromptAnswer, PromptRequest
from core.services.context import Context
from core.services.outgoing import Bill, Outgoing, Push, begin_sending, insert_pushes, take
from core.services.prompts.answers import AnswerBook, Answered
from core.services.prompts.turns import Turns

_STORE_AGAIN_AFTER_S = (0.1, 1.0, 5.0)
# Long after its phone was looked at, a push is made anew rather than sent.
_GROWN_OLD = timedelta(seconds=30)
_log = structlog.get_logger()


class Dispatch:
    """Hand pushes to Daraja: the intent is committed first, and none is sent twice."""

    def __init__(self, context: Context, answers: AnswerBook, turns: Turns) -> None:
        self._context = context
        self._answers = answers
        self._turns = turns
        self._callbacks = f"{context.settings.callback_base_url}/api/payments/callback"

    def make(
        self, bill: Bill, merchant: Merchant, origin: PushOrigin, *, at: datetime
    ) -> Outgoing:
        """Return a push of what the bill is owed, with a callback address of its own.

        Those of a group are made at one instant, which then travels to the database once.
        """
        token = self._context.mint()
        push = Push(
            transaction_id=bill.id,
            merchant_account_id=merchant.account_id,
            shortcode=merchant.shortcode,
            token_hash=sha256_hex(token),
            phone_number=bill.phone_number,
            amount_kes=bill.owed_kes,
            origin=origin,
            live_transaction_id=bill.id,
            live_phone=bill.phone_number,
            created_at=at,
        )
        request = PromptRequest(
            merchant=merchant,
            phone_number=bill.phone_number,
            amount_kes=bill.owed_kes,
            account_reference=bill.account_reference,
            description=bill.description,
            callback_url=f"{self._callbacks}/{token}",
        )
        return Outgoing(push=push, bill=bill, request=request)

    async def store(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        """Insert the pushes; leave out those whose phone or bill another one has just taken.

        Belongs inside the DB transaction that has looked whether they may go.
        """
        if not outgoing:
            return []
        # In one order: two workers that want the same phones must not wait for each other.
        pushes = sorted((item.push for item in outgoing), key=lambda push: push.phone_number)
        await insert_pushes(connection(), pushes)
        kept = [item for item in outgoing if item.push.id]
        lost = [item.bill.id for item in outgoing if not item.push.id]
        await self._turns.put_off(lost, timedelta(minutes=1))
        await take(connection(), [item.bill.id for item in kept])
        return kept

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        """Call Daraja, and keep what it answers."""
        await self.keep(await self.call(outgoing))

    async def call(self, outgoing: Sequence[Outgoing]) -> list[Answered]:
        """Call Daraja, and return its answers, to be kept. From now on a crash leaves SENDING."""
        if not outgoing:
            return []
        # While they waited for their turn much may have happened that takes the ground from them.
        begun = await begin_sending(
            connection(),
            [item.push.id for item in outgoing],
            not_before=self._context.now() - _GROWN_OLD,
        )
        sending = [item for item in outgoing if item.push.id in begun]
        await self.give_back([item for item in outgoing if item.push.id not in begun])
        answers = await asyncio.gather(*(self._request(item.request) for item in sending))
        return [
            (item.push, item.request.merchant, answer)
            for item, answer in zip(sending, answers, strict=True)
        ]

    async def keep(self, answered: Sequence[Answered]) -> None:
        """Store the answers, with what follows from each."""
        if not answered:
            return
        await self._store_answers(answered)
        accepted = sum(isinstance(answer, Accepted) for _, _, answer in answered)
        _log.info("prompts_answered", prompts=len(answered), accepted=accepted)

    async def give_back(self, outgoing: Sequence[Outgoing]) -> None:
        """Close stored pushes that are not going to be sent: what may be prompted is due again."""
        for item in outgoing:
            async with transaction():
                await self._answers.release(item.push)

    async def _store_answers(self, answered: Sequence[Answered]) -> None:
        """Store them patiently: one that is lost leaves its push UNKNOWN."""
        for wait_s in _STORE_AGAIN_AFTER_S:
            try:
                return await self._answers.store(answered)
            except DatabaseUnavailable as error:
                _log.warning("answers_not_stored", error=type(error).__name__)
                await asyncio.sleep(wait_s)
        return await self._answers.store(answered)

    async def _request(self, request: PromptRequest) -> PromptAnswer:
        """Call Daraja; an error of ours in one call must not lose its neighbours' answers."""
        try:
            return await self._context.gateway.request_payment(request)
        except DatabaseUnavailable as error:
            # Only the shared token is read from the database, before anything is sent.
            return Busy(kind=BusyKind.NOT_SENT, code="", detail=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it was, a prompt may be on its way
            _log.exception("push_broke")
            return NoAnswer(detail=type(error).__name__)
