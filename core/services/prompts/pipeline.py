"""Prompts in groups: one is called for while another's answers are stored, and a third claimed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.services.outgoing import Outgoing
from core.services.prompts.answers import Answered
from core.services.prompts.dispatch import Dispatch

IN_FLIGHT = 100
"""The most calls in the air at once, and the most bills in a group, which is claimed in one DB
transaction and whose answers are stored in one: their statements cost the same for fifty as for a
hundred. How fast one shortcode's go is the pace's affair."""
# The answers to one are stored while another is called for and one more is claimed ahead: what is
# claimed must not grow old in a queue, nor be kept from another worker that has time for it.
_GROUPS = 3
_UNANSWERED = 2
_End = list[Answered] | BaseException


@dataclass(frozen=True, slots=True)
class Group:
    """What was claimed at once."""

    outgoing: Sequence[Outgoing] = ()
    is_full: bool = False
    """There may be more where it came from."""


class Pipeline:
    """Send all that `claim` finds, so that neither Daraja nor the database waits for the other.

    `may_call` is asked before anything is claimed or called for: what was claimed and may not go
    out any more is given back.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        *,
        claim: Callable[[], Awaitable[Group]],
        may_call: Callable[[], bool],
    ) -> None:
        self._dispatch = dispatch
        self._claim = claim
        self._may_call = may_call
        self._air = asyncio.Semaphore(2)  # halves of a group
        self._unanswered = asyncio.Semaphore(_UNANSWERED)

    async def run(self) -> int:
        """Return how many were handed to Daraja.

        What one group meets is raised when the others have come to their end.
        """
        first = await self._claim()
        if not first.is_full:
            return await self._keep(await self._call(first.outgoing))
        ends = await asyncio.gather(
            self._send_on(first),
            *(self._send_on() for _ in range(_GROUPS - 1)),
            return_exceptions=True,
        )
        _raise_failure(ends)
        return sum(end for end in ends if isinstance(end, int))

    async def _send_on(self, group: Group | None = None) -> int:
        """Send this group, and go on with others until no more are due."""
        sent = 0
        while True:
            async with self._unanswered:
                group = group or await self._claim_next()
                ends = await self._call(group.outgoing)
            sent += await self._keep(ends)
            if not group.outgoing and not group.is_full:
                return sent
            group = None

    async def _claim_next(self) -> Group:
        return await self._claim() if self._may_call() else Group()

    async def _call(self, outgoing: Sequence[Outgoing]) -> list[_End]:
        # In halves: one begins, which means a commit to wait for, while the other is called for.
        middle = (len(outgoing) + 1) // 2
        halves = [half for half in (outgoing[:middle], outgoing[middle:]) if half]
        return await asyncio.gather(
            *(self._call_half(half) for half in halves), return_exceptions=True
        )

    async def _call_half(self, outgoing: Sequence[Outgoing]) -> list[Answered]:
        async with self._air:
            if self._may_call():
                return await self._dispatch.call(outgoing)
        await self._dispatch.give_back(outgoing)
        return []

    async def _keep(self, ends: Sequence[_End]) -> int:
        """Store the answers to both halves, even if one of them has failed."""
        answered = [each for end in ends if isinstance(end, list) for each in end]
        await self._dispatch.keep(answered)
        _raise_failure(ends)
        return len(answered)


def _raise_failure(ends: Sequence[object]) -> None:
    for end in ends:
        if isinstance(end, BaseException):
            raise end
