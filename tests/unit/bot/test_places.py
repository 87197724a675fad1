from hypothesis import given
from hypothesis import strategies as st

from bot.looks.places import Where, read_place

PLACE = st.from_regex(r"[a-z]{1,9}(:[A-Z0-9]{1,12}){0,2}", fullmatch=True)


def test_a_button_that_leads_deeper_carries_the_way_back():
    card = read_place(Where("subs:ALL:2", ("home",)).to("sub", 12))

    assert card == Where("sub:12", ("subs:ALL:2", "home"))
    assert read_place(card.back()) == Where("subs:ALL:2", ("home",))


def test_a_button_that_stays_keeps_the_way_back():
    second = read_place(Where("subs:ALL:1", ("home",)).stay("subs", "ALL", 2))

    assert second == Where("subs:ALL:2", ("home",))


def test_back_without_a_trail_leads_home():
    assert read_place(Where("sub:12").back()) == Where("home")


def test_whoever_walks_in_a_circle_does_not_walk_it_back():
    bill = Where("txn:5", ("sub:12", "subs:ALL:2"))

    assert read_place(bill.to("sub", 12)) == Where("sub:12", ("subs:ALL:2",))


def test_a_button_of_a_notice_has_no_trail_and_says_so():
    assert read_place("v1:txn:5") == Where("txn:5", (), from_notice=True)
    assert not read_place(Where().stay("home")).from_notice


def test_another_versions_button_leads_nowhere():
    assert read_place("v2:home~") is None
    assert read_place("home") is None
    assert read_place("v1:") is None


def test_the_place_is_taken_apart():
    where = Where("subs:ACTIVE:2")

    assert (where.name, where.arguments) == ("subs", ["ACTIVE", "2"])


@given(PLACE, st.lists(PLACE, max_size=12))
def test_every_button_fits_telegrams_64_bytes_and_loses_only_the_oldest(here, trail):
    data = Where(here, tuple(trail)).to("sub", 10**17)

    assert len(data.encode()) <= 64
    kept = read_place(data)
    assert kept.here == f"sub:{10**17}"
    assert kept.trail == (here, *trail)[: len(kept.trail)]


def test_letters_that_take_several_bytes_count_as_several():
    data = Where("ü" * 20, ("home",)).to("ö" * 10)

    assert len(data.encode()) <= 64
