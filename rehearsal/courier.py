"""Safaricom's callbacks: lost, late, doubled, in any order, and forged by others."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

from rehearsal.truth import Sent
from rehearsal.world import World
from sandbox.daraja.callback_body import callback_body, untrue_report, with_odd_code
from sandbox.mpesa.faults import ODD_CODES, FaultKind
from sandbox.mpesa.prompts import Prompt

Deliver = Callable[[bytes, str | None], Awaitable[bool]]
"""Hand a body to our server, with the token of its path; True if it was acknowledged."""

_SAYS_NOTHING = ("1025", "9999", "17", "26")
"""Codes whose meaning is disputed: they are no verdict."""
_TRIES = 4


class Courier:
    """Tells us what became of prompts, more or less."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._weather = world.weather
        self.deliver: Deliver
        """Set by whoever has a server."""
        self.delivered = 0

    def answered(self, prompt: Prompt) -> None:
        """A prompt has ended: let its callback set out."""
        sent = self._world.truth.by_request_id.get(prompt.checkout_request_id)
        if sent is None:
            return
        self._world.note("phone", f"{prompt.verdict and prompt.verdict.description}")
        if self._weather.strikes(FaultKind.CALLBACK_LOST):
            return
        is_late = self._weather.strikes(FaultKind.CALLBACK_LATE)
        delay_s = self._late_s() if is_late else self._weather.seconds(0, 6)
        body = self._body(sent)
        self._post(sent, body, delay_s)
        if self._weather.strikes(FaultKind.CALLBACK_DOUBLE):
            self._post(sent, body, delay_s + self._weather.seconds(0, 600))
        if self._weather.strikes(FaultKind.CALLBACK_PLAIN):
            self._post(sent, body, self._weather.seconds(0, 600), is_plain=True)

    def _late_s(self) -> float:
        """Return minutes or days: the bill may have been prompted and paid again by then."""
        ranges = ((60.0, 600.0), (600.0, 86_400.0), (86_400.0, 3 * 86_400.0))
        return self._weather.seconds(*self._weather.rng.choice(ranges))

    def _body(self, sent: Sent) -> str:
        body = callback_body(sent.prompt)
        if not sent.is_paid and self._weather.strikes(FaultKind.CALLBACK_ODD_CODE):
            return with_odd_code(body, self._weather.rng.choice(ODD_CODES))
        return body

    def watch(self, sent: Sent) -> None:
        """A prompt is out: see who else has something to say about it."""
        if self._weather.strikes(FaultKind.FALSE_ALARM):
            sent.prompt.expires_at += timedelta(minutes=2)
            body = untrue_report(sent.prompt, code=1037, text="DS timeout user cannot be reached")
            self._post(sent, body, self._weather.seconds(20, 90))
        if self._weather.strikes(FaultKind.FORGED_AMOUNT):
            body = untrue_report(sent.prompt, amount_kes=1, receipt="FORGED0001")
            self._post(sent, body, self._weather.seconds(0, 200))
        old = self._world.truth.an_old_receipt()
        if old is not None and self._weather.strikes(FaultKind.FORGED_RECEIPT):
            body = untrue_report(sent.prompt, amount_kes=sent.prompt.order.amount_kes, receipt=old)
            self._post(sent, body, self._weather.seconds(0, 200))
        if self._weather.strikes(FaultKind.FORGED_PLAIN):
            body = untrue_report(
                sent.prompt, amount_kes=sent.prompt.order.amount_kes, receipt="FORGED0002"
            )
            self._post(sent, body, self._weather.seconds(0, 200), is_plain=True)

    def _post(self, sent: Sent, body: str, delay_s: float, *, is_plain: bool = False) -> None:
        self._world.begin(self._carry(sent, body, delay_s, is_plain=is_plain))

    async def _carry(self, sent: Sent, body: str, delay_s: float, *, is_plain: bool) -> None:
        """Deliver; what is not acknowledged is tried again, or not."""
        await asyncio.sleep(delay_s)
        is_genuine = body == callback_body(sent.prompt) if sent.prompt.verdict else False
        code = str(json.loads(body)["Body"]["stkCallback"]["ResultCode"])
        says_paid = code == "0"
        if not says_paid and not is_plain and code not in _SAYS_NOTHING:
            sent.told_failed = True
        tries = _TRIES if self._weather.is_calm else self._weather.rng.choice((1, 1, _TRIES))
        for _ in range(tries):
            self._world.note("courier", f"callback for bill {sent.transaction_id}")
            if await self.deliver(body.encode(), None if is_plain else sent.token):
                self.delivered += 1
                sent.told_paid = sent.told_paid or (is_genuine and says_paid and not is_plain)
                return
            await asyncio.sleep(self._weather.seconds(30, 600))
