"""Carries callbacks to the merchants, after a while and once, as Safaricom does."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from sandbox.daraja.callback_body import callback_body, untrue_report, with_odd_code
from sandbox.exchanges import Exchanges, readable
from sandbox.mpesa.faults import ODD_CODES, FaultKind, Faults
from sandbox.mpesa.prompts import Prompt
from sandbox.rows import Shelf

PATIENCE_S = 10
"""How long a merchant may take to answer a callback."""

_SPOILT = (
    FaultKind.CALLBACK_LOST,
    FaultKind.CALLBACK_LATE,
    FaultKind.CALLBACK_DOUBLE,
    FaultKind.CALLBACK_PLAIN,
)
_ODD = FaultKind.CALLBACK_ODD_CODE
_LONGER = timedelta(minutes=2)
"""How much longer a prompt of a false alarm can be paid."""

log = logging.getLogger("sandbox.daraja")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A callback that has not been delivered yet."""

    id: int
    checkout_request_id: str
    url: str = field(repr=False)
    body: str = field(repr=False)
    due_at: datetime


class Courier:
    """Holds the undelivered callbacks, and delivers those that are due.

    One attempt each: what cannot be delivered is lost and shows as such in the log of exchanges.
    A callback whose attempt a crash interrupted is delivered again after the restart.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        faults: Faults,
        exchanges: Exchanges,
        changed: Callable[[], None],
        delay_s: float,
    ) -> None:
        self._now = now
        self._faults = faults
        self._exchanges = exchanges
        self._changed = changed
        self._delay_s = delay_s
        self.letters: Shelf[int, Letter] = Shelf(_dump)
        """The undelivered callbacks."""
        self._ids = itertools.count(1)
        self._odd_codes = itertools.cycle(ODD_CODES)
        self._walks: dict[int, asyncio.Task[None]] = {}

    def post(self, prompt: Prompt) -> None:
        """Take the callback of an answered prompt, to be delivered by `deliver_due`."""
        body = callback_body(prompt)
        if prompt.verdict and prompt.verdict.code and self._faults.take(_ODD):
            body = with_odd_code(body, next(self._odd_codes))
        fault = self._faults.take(*_SPOILT)
        kind = fault.kind if fault else None
        if kind is FaultKind.CALLBACK_LOST:
            self._note_lost(prompt.order.callback_url, body, "a fault you set")
            return
        late_s = fault.seconds if fault and kind is FaultKind.CALLBACK_LATE else 0
        for _ in range(2 if kind is FaultKind.CALLBACK_DOUBLE else 1):
            self._add(prompt, body, after_s=self._delay_s + late_s)
        if kind is FaultKind.CALLBACK_PLAIN:
            self._add(prompt, body, after_s=self._delay_s, is_plain=True)
        self._changed()

    def watch(self, prompt: Prompt, *, an_older: str | None) -> None:
        """A prompt is out: let others say something about it, if that was ordered.

        Args:
            prompt: The prompt.
            an_older: The receipt of an older payment, for who wants to use it again.
        """
        if alarm := self._faults.take(FaultKind.FALSE_ALARM):
            prompt.expires_at += _LONGER
            report = untrue_report(prompt, code=1037, text="DS timeout user cannot be reached")
            self._add(prompt, report, after_s=alarm.seconds)
        amount_kes = prompt.order.amount_kes
        if self._faults.take(FaultKind.FORGED_AMOUNT):
            report = untrue_report(prompt, amount_kes=1, receipt="FORGED0001")
            self._add(prompt, report, after_s=self._delay_s)
        if an_older and self._faults.take(FaultKind.FORGED_RECEIPT):
            report = untrue_report(prompt, amount_kes=amount_kes, receipt=an_older)
            self._add(prompt, report, after_s=self._delay_s)
        if self._faults.take(FaultKind.FORGED_PLAIN):
            report = untrue_report(prompt, amount_kes=amount_kes, receipt="FORGED0002")
            self._add(prompt, report, after_s=self._delay_s, is_plain=True)

    async def deliver_at_once(self, prompt: Prompt) -> None:
        """Deliver an answered prompt's callback now and wait for the merchant's answer to it."""
        wanted = prompt.checkout_request_id
        letters = [each for each in self.letters.values() if each.checkout_request_id == wanted]
        if letters:
            await asyncio.wait([self._walk_with(letter) for letter in letters])

    def deliver_due(self) -> None:
        """Set out with every callback that is due."""
        for letter in self.letters.values():
            if letter.due_at <= self._now():
                self._walk_with(letter)

    def next_due_at(self) -> datetime | None:
        """Return when the next callback sets out."""
        waiting = (each for each in self.letters.values() if each.id not in self._walks)
        return min((letter.due_at for letter in waiting), default=None)

    @property
    def is_out(self) -> bool:
        """Tell whether a callback is on its way to the merchant just now."""
        return bool(self._walks)

    async def close(self) -> None:
        """Break off what is under way; it stays undelivered, for the next start."""
        walks = list(self._walks.values())
        for walk in walks:
            walk.cancel()
        await asyncio.gather(*walks, return_exceptions=True)
        self._walks.clear()

    def load(self, saved: list[dict[str, Any]]) -> None:
        """Take back the letters, as a state has them."""
        letters = [
            Letter(**(each | {"due_at": datetime.fromisoformat(each["due_at"])})) for each in saved
        ]
        self.letters.replace((letter.id, letter) for letter in letters)
        self._ids = itertools.count(max(self.letters, default=0) + 1)

    def _add(self, prompt: Prompt, body: str, *, after_s: float, is_plain: bool = False) -> None:
        url = prompt.order.callback_url
        letter = Letter(
            id=next(self._ids),
            checkout_request_id=prompt.checkout_request_id,
            url=url.rsplit("/", 1)[0] if is_plain else url,
            body=body,
            due_at=self._now() + timedelta(seconds=after_s),
        )
        self.letters[letter.id] = letter

    def _walk_with(self, letter: Letter) -> asyncio.Task[None]:
        """Return the one attempt at this letter, begun if it has not been."""
        walk = self._walks.get(letter.id)
        if walk is None:
            walk = asyncio.create_task(self._deliver(letter))
            self._walks[letter.id] = walk
        return walk

    async def _deliver(self, letter: Letter) -> None:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                await self._send(session, letter)
        except aiohttp.ClientConnectorError:
            self._note_lost(letter.url, letter.body, "connection refused")
        except TimeoutError:
            self._note_lost(letter.url, letter.body, f"no answer within {PATIENCE_S} s")
        except (aiohttp.ClientError, ValueError) as error:
            self._note_lost(letter.url, letter.body, type(error).__name__)
        del self.letters[letter.id]
        del self._walks[letter.id]
        self._changed()

    async def _send(self, session: aiohttp.ClientSession, letter: Letter) -> None:
        headers = {"Content-Type": "application/json"}
        async with session.post(
            letter.url, data=letter.body.encode(), headers=headers, allow_redirects=False
        ) as response:
            said = readable(await response.content.read(100_000), response.content_type)
        self._exchanges.record(
            service="callback",
            method="POST",
            path=letter.url,
            status=response.status,
            request=readable(letter.body.encode(), "application/json"),
            response=said,
            note="" if response.ok else "callback refused: it is not sent again",
        )

    def _note_lost(self, url: str, body: str, why: str) -> None:
        log.warning("callback lost: %s", why)
        self._exchanges.record(
            service="callback",
            method="POST",
            path=url,
            status=None,
            request=readable(body.encode(), "application/json"),
            note=f"callback lost: {why}",
        )


def _dump(letter: Letter) -> dict[str, Any]:
    return asdict(letter) | {"due_at": letter.due_at.isoformat()}
