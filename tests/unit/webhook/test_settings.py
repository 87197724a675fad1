"""The settings of the doors: networks and the lowest level that is logged."""

import ipaddress

import pytest

from core.settings import SettingsInvalid

LISTS = ["CALLBACK_NETWORKS", "TRUSTED_PROXIES", "METRICS_NETWORKS"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("text", ["", " ", ","])
def test_a_list_of_networks_is_empty_unless_set(load, name, text):
    settings = load(**{name: text})

    assert getattr(settings, name.lower()) == frozenset()


@pytest.mark.parametrize("name", LISTS)
def test_networks_and_single_addresses_of_both_families_are_taken(load, name):
    settings = load(**{name: "196.201.214.0/24, 196.201.213.114,::1 2001:db8::/32"})

    wanted = ("196.201.214.0/24", "196.201.213.114/32", "::1/128", "2001:db8::/32")
    assert getattr(settings, name.lower()) == set(map(ipaddress.ip_network, wanted))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "text", ["safaricom.co.ke", "196.201.214", "196.201.214.200/24", "10.0.0.0/33", "*"]
)
def test_what_is_no_network_is_named_with_its_variable(load, name, text):
    with pytest.raises(SettingsInvalid) as refusal:
        load(**{name: text})

    (fault,) = refusal.value.faults
    assert fault.startswith(f"{name} is not a list of networks")


def test_the_level_of_the_log_is_one_of_four(load):
    assert load().log_level == "info"
    assert load(LOG_LEVEL="debug").log_level == "debug"
    with pytest.raises(SettingsInvalid) as refusal:
        load(LOG_LEVEL="loud")
    assert refusal.value.faults[0].startswith("LOG_LEVEL")
