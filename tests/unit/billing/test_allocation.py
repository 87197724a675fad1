"""Money is shared out over debts, and none of it disappears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.billing.allocation import Debt, allocate

DEBTS = [Debt(7, 1000), Debt(3, 500), Debt(9, 200)]


@pytest.mark.parametrize(
    ("amount_kes", "paid_kes", "credit_kes"),
    [
        (0, {}, 0),
        (1, {7: 1}, 0),
        (999, {7: 999}, 0),
        (1000, {7: 1000}, 0),
        (1001, {7: 1000, 3: 1}, 0),
        (1700, {7: 1000, 3: 500, 9: 200}, 0),
        (1701, {7: 1000, 3: 500, 9: 200}, 1),
    ],
)
def test_the_oldest_debt_is_paid_first_and_the_rest_is_credit(amount_kes, paid_kes, credit_kes):
    assert allocate(amount_kes, DEBTS) == (paid_kes, credit_kes)


def test_without_debts_all_is_credit():
    assert allocate(1500, []) == ({}, 1500)


@pytest.mark.parametrize("owed_kes", [0, -100])
def test_a_debt_that_is_paid_already_gets_nothing(owed_kes):
    assert allocate(300, [Debt(1, owed_kes), Debt(2, 200)]) == ({2: 200}, 100)


def test_a_transaction_that_is_named_twice_gets_both_parts():
    assert allocate(300, [Debt(1, 100), Debt(1, 100)]) == ({1: 200}, 100)


def test_money_cannot_be_taken_back_by_allocating_it():
    with pytest.raises(ValueError, match="-1"):
        allocate(-1, DEBTS)


@given(
    st.integers(min_value=0, max_value=2_000_000),
    st.lists(st.integers(min_value=0, max_value=250_000), max_size=12),
)
def test_what_is_paid_and_what_is_left_add_up_and_no_debt_is_overpaid(amount_kes, owed):
    debts = [Debt(number, owed_kes) for number, owed_kes in enumerate(owed)]

    paid_kes, credit_kes = allocate(amount_kes, debts)

    assert sum(paid_kes.values()) + credit_kes == amount_kes
    assert all(0 < part_kes <= owed[number] for number, part_kes in paid_kes.items())
    assert credit_kes == max(amount_kes - sum(owed), 0)


@given(
    st.integers(min_value=0, max_value=2_000_000),
    st.lists(st.integers(min_value=1, max_value=250_000), max_size=12),
)
def test_no_debt_gets_anything_before_the_older_ones_are_paid_in_full(amount_kes, owed):
    paid_kes, _ = allocate(amount_kes, [Debt(number, kes) for number, kes in enumerate(owed)])

    assert list(paid_kes) == list(range(len(paid_kes)))
    assert all(paid_kes[number] == owed[number] for number in list(paid_kes)[:-1])
