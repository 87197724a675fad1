"""Faults on demand and flood limits."""

from dataclasses import asdict, dataclass, field
from typing import Final, Literal, get_args

from sandbox.telegram.errors import Json, Refusal, bad_request, too_many_requests

FaultKind = Literal["429", "403", "500", "timeout", "slow", "decoration_refused"]
FAULT_KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
OVERALL_PER_S: Final = 30
CHAT_PER_S: Final = 1
CHAT_BURST: Final = 20


@dataclass
class Fault:
    """What will go wrong with the next `remaining` calls that match.

    Without a method any call matches except getUpdates; 403 then waits for one with a chat, and
    "decoration_refused" never meets anything but the bot's decoration. "timeout" means that the
    call is carried out and its answer never comes; "slow" holds the call up for `seconds` first.
    """

    kind: FaultKind
    method: str | None = None
    remaining: int = 1
    retry_after: int = 1
    seconds: float = 3

    def matches(self, method: str, *, has_chat: bool) -> bool:
        """Tell whether this call is to fail; method names know no case."""
        if self.kind == "decoration_refused" and not _is_decoration(method):
            return False
        if self.method is not None:
            return self.method.lower() == method
        return method != "getupdates" and (has_chat or self.kind != "403")

    def refusal(self) -> Refusal | None:
        """Return the answer to give; None for "timeout" and "slow", which refuse nothing."""
        match self.kind:
            case "429":
                return too_many_requests(self.retry_after)
            case "403":
                return Refusal(403, "bot was blocked by the user")
            case "500":
                return Refusal(500)
            case "decoration_refused":
                return bad_request("the method is unavailable for the bot")
            case "timeout" | "slow":
                return None

    def to_json(self) -> Json:
        """Return it, JSON-able."""
        return asdict(self)


def take_fault(faults: list[Fault], method: str, *, has_chat: bool) -> Fault | None:
    """Use up one turn of the first fault that matches this call (`method` in lower case)."""
    fault = next((one for one in faults if one.matches(method, has_chat=has_chat)), None)
    if fault is None:
        return None
    fault.remaining -= 1
    if fault.remaining < 1:
        faults.remove(fault)
    return fault


def _is_decoration(method: str) -> bool:
    return method.startswith("setmy") or method in {"deletemycommands", "setchatmenubutton"}


@dataclass
class _Bucket:
    tokens: float
    filled_at_s: float


@dataclass
class FloodGate:
    """Counts messages: 30 a second overall; in one chat 20 at once, then one a second.

    The true limits are unpublished; these are the ones Telegram's FAQ names.
    """

    _buckets: dict[int, _Bucket] = field(default_factory=dict)

    def pass_message(self, chat_id: int, *, now_s: float) -> None:
        """Let one message through.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        overall = self._filled(0, now_s, per_s=OVERALL_PER_S, size=OVERALL_PER_S)
        chat = self._filled(chat_id, now_s, per_s=CHAT_PER_S, size=CHAT_BURST)
        if overall.tokens < 1 or chat.tokens < 1:
            raise too_many_requests(1)
        overall.tokens -= 1
        chat.tokens -= 1

    def _filled(self, key: int, now_s: float, *, per_s: int, size: int) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(size, now_s))
        gained = max(now_s - bucket.filled_at_s, 0) * per_s
        bucket.tokens, bucket.filled_at_s = min(bucket.tokens + gained, size), now_s
        return bucket
