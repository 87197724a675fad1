"""Updates that wait for the bot, and the webhook that takes them to it."""

from dataclasses import asdict, dataclass, field
from typing import Final

from sandbox.deleted import IsGone, without_words
from sandbox.telegram.errors import Json

# Telegram sends these only to a bot that asks for them by name.
_ON_REQUEST: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass
class Webhook:
    """Where updates are pushed; an empty `url` means that the bot polls."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_at_s: int | None = None
    last_error: str = ""


@dataclass
class Updates:
    """The queue: an update stays in `pending` until the bot acknowledges it."""

    pending: list[Json] = field(default_factory=list)
    repeats: list[Json] = field(default_factory=list)
    last: Json | None = None
    next_id: int = 1
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)

    def dump(self) -> Json:
        """Return everything, JSON-able; the updates themselves are not copied."""
        return vars(self) | {
            "pending": list(self.pending),
            "repeats": list(self.repeats),
            "webhook": asdict(self.webhook),
        }

    @classmethod
    def from_dump(cls, state: Json) -> "Updates":
        """Return the queue that `dump` described."""
        return cls(**(state | {"webhook": Webhook(**state["webhook"])}))

    def add(self, kind: str, payload: Json) -> None:
        """Queue an update, unless the bot does not want its kind."""
        wanted = kind in self.allowed if self.allowed else kind not in _ON_REQUEST
        if not wanted:
            return
        self.last = {"update_id": self.next_id, kind: payload}
        self.next_id += 1
        self.pending.append(self.last)

    def repeat_last(self) -> bool:
        """Deliver the newest update once more under its old id; False if there was none."""
        if self.last is None:
            return False
        self.repeats.append(self.last)
        return True

    def forget_deleted(self, is_gone: IsGone) -> None:
        """Repeat nothing that a deleted message said."""
        if without_words(self.last, is_gone) != self.last:
            self.last = None

    def acknowledge(self, offset: int) -> bool:
        """Forget what lies before `offset`; a negative one keeps that many. True if any went."""
        before = len(self.pending)
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
        return len(self.pending) != before

    def take(self, limit: int) -> list[Json]:
        """Return what to deliver now: repeats (once only), then what is pending."""
        taken = (self.repeats + self.pending)[:limit]
        self.repeats = self.repeats[limit:]
        return taken

    def first(self) -> Json:
        """Return the one delivery that is due next; there must be one."""
        return (self.repeats or self.pending)[0]

    def done(self, update: Json) -> None:
        """Forget one delivery: the bot has taken it."""
        for queue in (self.repeats, self.pending):
            if update in queue:
                queue.remove(update)
                return

    def drop_pending(self) -> None:
        """Forget all that waits."""
        self.pending, self.repeats = [], []

    @property
    def waiting(self) -> int:
        """Return how many deliveries are due."""
        return len(self.repeats) + len(self.pending)
