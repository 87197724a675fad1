"""Where a request comes from. What a header says about that is believed from our proxies alone."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from aiohttp import web

from core.setting_values import Network
from webhook.keys import ENGINE

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FORWARDED_FOR = "X-Forwarded-For"
_HINTS = (_FORWARDED_FOR, "Forwarded", "X-Real-IP", "Via")
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")
_SIX_PREFIX = 64


def caller_of(request: web.Request) -> Address | None:
    """Return the address of whoever sent the request; None if nobody trustworthy says.

    Each proxy adds at the right whom it heard from, so the list is read from there, for as long
    as the one who wrote an entry is one of TRUSTED_PROXIES. All further left is hearsay.
    """
    proxies = request.app[ENGINE].settings.trusted_proxies
    address = _parse(request.remote or "")
    for hop in _hops(request):
        if address is None or not is_within(address, proxies):
            break
        address = _parse(hop)
    return address


def is_own_machine(request: web.Request) -> bool:
    """Tell whether the request began here, and not at a proxy here that nobody told us of."""
    caller = caller_of(request)
    if caller is None or not caller.is_loopback:
        return False
    proxies = request.app[ENGINE].settings.trusted_proxies
    peer = _parse(request.remote or "")
    is_proxied = any(name in request.headers for name in _HINTS)
    return not is_proxied or (peer is not None and is_within(peer, proxies))


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Tell whether one of the networks holds the address."""
    return any(address in network for network in networks)


def neighbourhood(address: Address | None) -> str:
    """Return what shares a limit: an IPv4 address, or the 64 bits that one IPv6 customer has."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _SIX_PREFIX), strict=False))
    return str(address)


def _hops(request: web.Request) -> list[str]:
    """Return the entries of the header, the newest first."""
    joined = ",".join(request.headers.getall(_FORWARDED_FOR, []))
    return [hop.strip() for hop in reversed(joined.split(","))] if joined else []


# Nearly all that comes, comes from a few addresses.
@lru_cache(maxsize=256)
def _parse(text: str) -> Address | None:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is not None:
        text = with_port["six"] or with_port["four"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both families shows IPv4 callers as ::ffff:1.2.3.4.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
