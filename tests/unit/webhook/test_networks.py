import ipaddress

import pytest
from aiohttp.test_utils import make_mocked_request

from webhook.addresses import caller_of, is_within, neighbourhood
from webhook.limits import BAD_KEYS

CALLBACK = "/api/payments/callback/ab12"
HERE = "127.0.0.1"


def networks(*texts):
    return frozenset(ipaddress.ip_network(text) for text in texts)


def address(text):
    return ipaddress.ip_address(text)


async def status(browser, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await browser.post(CALLBACK, data=b"{}", headers=headers)).status


async def test_without_a_list_callbacks_come_from_everywhere(browser):
    assert await status(browser) == 200
    assert await status(browser, X_Forwarded_For="203.0.113.9") == 200


@pytest.mark.parametrize("listed", [HERE, "127.0.0.0/8"])
async def test_a_listed_network_is_let_through(browser, bare_engine, listed):
    bare_engine.settings.callback_networks = networks("196.201.214.200", listed)

    assert await status(browser) == 200


async def test_another_network_is_403_and_nothing_is_stored(browser, bare_engine):
    bare_engine.settings.callback_networks = networks("196.201.214.0/24", "::1")

    assert await status(browser) == 403
    assert bare_engine.inbox.callbacks == []


async def test_the_list_is_for_callbacks_alone(browser, bare_engine):
    bare_engine.settings.callback_networks = networks("196.201.214.0/24")

    assert (await browser.get("/healthz")).status == 200
    assert (await browser.get("/api/plans")).status == 401


async def test_a_header_from_a_stranger_opens_no_door(browser, bare_engine):
    bare_engine.settings.callback_networks = networks("196.201.214.0/24")

    assert await status(browser, X_Forwarded_For="196.201.214.200") == 403


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("196.201.214.200", 200),
        ("203.0.113.9", 403),
        ("196.201.214.200, 203.0.113.9", 403),  # what the caller made up stands at the left
        ("203.0.113.9, 196.201.214.200", 200),
        ("203.0.113.9,196.201.214.200 , 10.0.0.2", 200),  # a second proxy of ours
        ("196.201.214.200:40312", 200),
        ("::ffff:196.201.214.200", 200),
        ("unknown", 403),
        ("", 403),
        ("196.201.214.200, ", 403),
        ("999.1.1.1", 403),
    ],
)
async def test_behind_our_proxies_the_header_is_believed_from_the_right(
    browser, bare_engine, sent, wanted
):
    bare_engine.settings.callback_networks = networks("196.201.214.0/24")
    bare_engine.settings.trusted_proxies = networks(HERE, "10.0.0.0/8")

    assert await status(browser, X_Forwarded_For=sent) == wanted


async def test_a_header_that_stands_twice_is_read_as_one(browser, bare_engine):
    bare_engine.settings.callback_networks = networks("196.201.214.0/24")
    bare_engine.settings.trusted_proxies = networks(HERE)
    headers = [("X-Forwarded-For", "196.201.214.200"), ("X-Forwarded-For", "203.0.113.9")]

    response = await browser.post(CALLBACK, data=b"{}", headers=headers)

    assert response.status == 403


async def test_each_caller_behind_our_proxy_has_his_own_limit(browser, bare_engine):
    bare_engine.settings.trusted_proxies = networks(HERE)
    bad = {"Authorization": "Bearer bad", "X-Forwarded-For": "203.0.113.9"}
    for _ in range(BAD_KEYS.burst + 1):
        last = await browser.get("/api/plans", headers=bad)
    assert last.status == 429

    other = await browser.get("/api/plans", headers=bad | {"X-Forwarded-For": "203.0.113.10"})

    assert other.status == 401


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ],
)
def test_an_ipv6_customer_is_one_caller_with_all_his_addresses(one, other, is_shared):
    assert (neighbourhood(address(one)) == neighbourhood(address(other))) is is_shared


def test_networks_of_the_other_family_hold_nobody():
    assert not is_within(address("10.0.0.1"), networks("::/0"))
    assert not is_within(address("::1"), networks("0.0.0.0/0"))
    assert is_within(address("::1"), networks("0.0.0.0/0", "::/0"))


class Transport:
    """A connection from whatever address."""

    def __init__(self, peer):
        self._peer = peer

    def get_extra_info(self, name, default=None):
        return self._peer if name == "peername" else default


@pytest.mark.parametrize(
    ("peer", "wanted"),
    [
        (("203.0.113.9", 4000), "203.0.113.9"),
        (("::ffff:203.0.113.9", 4000, 0, 0), "203.0.113.9"),
        (("fe80::1%eth0", 4000, 0, 2), "fe80::1"),
        ("", None),
        (None, None),
    ],
)
def test_every_kind_of_socket_says_who_calls_or_nothing(browser, bare_engine, peer, wanted):
    request = make_mocked_request("GET", "/", app=browser.server.app, transport=Transport(peer))

    assert caller_of(request) == (wanted and address(wanted))


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 403),
        ({"Forwarded": "for=127.0.0.1"}, 403),
        ({"Via": "1.1 proxy"}, 403),
    ],
)
async def test_metrics_are_for_this_machine_and_not_for_what_a_proxy_here_lets_in(
    browser, headers, wanted
):
    assert (await browser.get("/metrics", headers=headers)).status == wanted


@pytest.mark.parametrize(
    ("sent", "wanted"), [("10.1.2.3", 200), ("203.0.113.9", 403), ("127.0.0.1", 200)]
)
async def test_metrics_are_for_invited_networks_behind_our_proxy(
    browser, bare_engine, sent, wanted
):
    bare_engine.settings.trusted_proxies = networks(HERE)
    bare_engine.settings.metrics_networks = networks("10.0.0.0/8")

    response = await browser.get("/metrics", headers={"X-Forwarded-For": sent})

    assert response.status == wanted
