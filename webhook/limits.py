"""How often one may come: token buckets by address and kind of route, and by API key."""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from aiohttp import web

from core.cipher import sha256_hex
from webhook.addresses import caller_of, neighbourhood
from webhook.errors import Handler, Refusal

_MOST_BUCKETS = 10_000
"""About 2 MB at most. Beyond it whoever has been silent the longest begins anew."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second over time, and so many at once."""

    per_second: float
    burst: int


# Safaricom's bursts come from one address: 200 a second and more must pass on a billing day.
MACHINES = Rate(per_second=500, burst=2_000)
API_KEY = Rate(per_second=100, burst=1_000)
BAD_KEYS = Rate(per_second=20, burst=200)


class Buckets:
    """A bucket for each caller: it holds `burst` tokens, refills steadily, a request takes one."""

    def __init__(self, rate: Rate, now_s: Callable[[], float]) -> None:
        self._rate = rate
        self._now_s = now_s
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()
        """When each bucket is full again, the one that was used last at the end."""

    def __len__(self) -> int:
        return len(self._full_at)

    def __contains__(self, caller: Hashable) -> bool:
        """Tell whether the caller took something lately."""
        return caller in self._full_at

    def forget(self, caller: Hashable) -> None:
        """Throw the caller's bucket away."""
        self._full_at.pop(caller, None)

    def take(self, caller: Hashable) -> float:
        """Take one token; return 0, or how many seconds it would take until there is one."""
        wait_s = self.wait_s(caller)
        if wait_s == 0:
            now_s = self._now_s()
            begin_s = max(self._full_at.get(caller, now_s), now_s)
            self._full_at[caller] = begin_s + 1 / self._rate.per_second
            self._full_at.move_to_end(caller)
            if len(self._full_at) > _MOST_BUCKETS:
                self._full_at.popitem(last=False)
        return wait_s

    def wait_s(self, caller: Hashable) -> float:
        """Return how many seconds it takes until there is a token; 0 if there is one."""
        now_s = self._now_s()
        missing_s = max(self._full_at.get(caller, now_s) - now_s, 0)
        wait_s = missing_s - (self._rate.burst - 1) / self._rate.per_second
        return max(round(wait_s, 6), 0)  # Sums of fractions are off by a hair.


class Limits:
    """What one process remembers about its callers."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.callbacks = Buckets(MACHINES, now_s)
        self.updates = Buckets(MACHINES, now_s)
        self.keys = Buckets(API_KEY, now_s)
        self.bad_keys = Buckets(BAD_KEYS, now_s)


LIMITS = web.AppKey("limits", Limits)


def limited(buckets: Callable[[Limits], Buckets], handler: Handler) -> Handler:
    """Return the handler as one that takes no more from one address than the buckets allow."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        check(buckets(request.app[LIMITS]).take(neighbourhood(caller_of(request))))
        return await handler(request)

    return guarded


def check(wait_s: float) -> None:
    """Refuse if there is something to wait for.

    Raises:
        Refusal: 429, with the whole seconds to wait in Retry-After.
    """
    if wait_s > 0:
        raise Refusal(
            429,
            "too_many_requests",
            "Too many requests: wait as long as `Retry-After` says, in seconds.",
            headers={"Retry-After": str(math.ceil(wait_s))},
        )


class KeyGuard:
    """The limits around one API key that somebody sent."""

    def __init__(self, request: web.Request, key: str | None) -> None:
        self._limits = request.app[LIMITS]
        self._address = neighbourhood(caller_of(request))
        # Only a hash is kept: what is in memory may end in a dump.
        self._key = None if key is None else sha256_hex(key)
        self._is_known = self._key is not None and self._key in self._limits.keys

    def before_the_look(self) -> None:
        """Refuse a key that came too often, or an address that has tried too many bad ones.

        A key in use is never refused for its neighbours behind one proxy.
        """
        if self._is_known:
            check(self._limits.keys.take(self._key))
        else:
            check(self._limits.bad_keys.wait_s(self._address))

    def after_the_look(self, *, is_live: bool) -> None:
        """Remember a key that is seen alive for the first time; count a bad one."""
        if not is_live:
            self._limits.keys.forget(self._key)
            self._limits.bad_keys.take(self._address)
        elif not self._is_known:
            self._limits.keys.take(self._key)
