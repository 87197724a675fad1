"""Deliberate bugs, one of each kind that the promises forbid: a rehearsal must catch every one.

A bug is a subclass of one service that spoils one of its methods. It takes the place of the
service inside a rehearsal's engines, and nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.engine import Engine
from core.services.bills.ledger import Ledger
from core.services.bills.making import BillingService
from core.services.messages.outbox import OutboxService
from core.services.notices import Notices
from core.services.prompts.answers import AnswerBook
from core.services.prompts.dispatch import Dispatch
from core.services.prompts.prompts import PromptService
from core.services.prompts.turns import Turns
from core.services.settlement.inbox import InboxService
from core.services.settlement.reconciliation import ReconciliationService
from core.services.settlement.settlement import SettlementService
from rehearsal import bugs


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug under a name."""

    name: str
    service: type
    bug: type

    @property
    def about(self) -> str:
        """What it does wrong."""
        return (self.bug.__doc__ or "").strip()

    def spoil(self, engine: Engine) -> None:
        """Put the bug in the place of its service, wherever the engine holds that."""
        for part in _parts(engine):
            if type(part) is self.service:
                part.__class__ = self.bug


MUTANTS = {
    mutant.name: mutant
    for mutant in (
        Mutant("no-unique-check", BillingService, bugs.NoUniqueCheck),
        Mutant("date-moves-apart", BillingService, bugs.DateMovesApart),
        Mutant("retry-counts-twice", BillingService, bugs.RetryCountsTwice),
        Mutant("acknowledges-first", InboxService, bugs.AcknowledgesFirst),
        Mutant("settles-twice", SettlementService, bugs.SettlesTwice),
        Mutant("believes-any-amount", SettlementService, bugs.BelievesAnyAmount),
        Mutant("receipt-counts-twice", SettlementService, bugs.ReceiptCountsTwice),
        Mutant("failure-overturns-success", SettlementService, bugs.FailureOverturnsSuccess),
        Mutant("failure-is-for-ever", SettlementService, bugs.FailureIsForEver),
        Mutant("drops-credit", SettlementService, bugs.DropsCredit),
        Mutant("allocates-twice", Ledger, bugs.AllocatesTwice),
        Mutant("unknown-is-failure", AnswerBook, bugs.UnknownIsFailure),
        Mutant("sends-before-commit", Dispatch, bugs.SendsBeforeCommit),
        Mutant("retries-the-push", Dispatch, bugs.RetriesThePush),
        Mutant("holds-no-phone", Dispatch, bugs.HoldsNoPhone),
        Mutant("holds-no-bill", Dispatch, bugs.HoldsNoBill),
        Mutant("knows-no-night", PromptService, bugs.KnowsNoNight),
        Mutant("prompts-all-day", Turns, bugs.PromptsAllDay),
        Mutant("notices-apart", Notices, bugs.NoticesApart),
        Mutant("announces-too-early", Dispatch, bugs.AnnouncesTooEarly),
        Mutant("never-asks", ReconciliationService, bugs.NeverAsks),
        Mutant("flood-is-final", OutboxService, bugs.FloodIsFinal),
        Mutant("counts-as-sent-first", OutboxService, bugs.CountsAsSentFirst),
    )
}


def spoiler(name: str | None) -> Callable[[Engine], None]:
    """Return what puts the bug of this name into an engine; nothing for None."""
    return MUTANTS[name].spoil if name is not None else lambda _engine: None


def _parts(engine: Engine) -> Iterator[object]:
    """Return each service that the engine holds, and those that these hold, once."""
    seen: set[int] = set()
    waiting: list[object] = [engine]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or not _is_ours(part):
            continue
        seen.add(id(part))
        yield part
        waiting += list(vars(part).values())


def _is_ours(part: object) -> bool:
    return type(part).__module__.startswith("core.") and hasattr(part, "__dict__")
