"""Phones whose holders act by themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.mpesa.network import Mpesa
from sandbox.mpesa.prompts import Order
from sandbox.mpesa.reactions import Reaction
from sandbox.rows import joined, take_all

NUMBER = "254712345678"


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 5, 5, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mpesa(clock):
    return Mpesa(now=clock, first_serial=1)


@pytest.fixture
def phone(mpesa):
    return mpesa.give_phone(NUMBER, name="Asha")


def push(mpesa):
    return mpesa.push(
        Order(
            shortcode="174379",
            till=None,
            business="Gym",
            phone_number=NUMBER,
            amount_kes=500,
            account="FP1",
            description="Gold",
            callback_url="http://127.0.0.1/callback",
        )
    )


@pytest.mark.parametrize(
    ("reaction", "code"),
    [
        (Reaction.PAY, 0),
        (Reaction.WRONG_PIN, 2001),
        (Reaction.CANCEL, 1032),
        (Reaction.NO_MONEY, 1),
    ],
)
def test_holder_answers_by_himself_after_five_seconds(mpesa, phone, clock, reaction, code):
    phone.habit = reaction
    prompt = push(mpesa)

    clock.advance(4)
    mpesa.expire_due()
    assert prompt.verdict is None
    assert mpesa.next_expiry_at() == clock.now + timedelta(seconds=1)
    clock.advance(1)
    mpesa.expire_due()

    assert prompt.verdict.code == code


def test_who_would_pay_without_enough_money_does_not(mpesa, phone, clock):
    phone.habit, phone.balance_kes = Reaction.PAY, 499
    prompt = push(mpesa)

    clock.advance(5)
    mpesa.expire_due()

    assert (prompt.verdict.code, phone.balance_kes, phone.payments) == (1, 499, 0)


@pytest.mark.parametrize(
    ("reaction", "life_s", "is_shown"),
    [(Reaction.IGNORE, 60, True), (Reaction.SWITCHED_OFF, 3, False)],
)
def test_prompt_that_nobody_answers_runs_out(mpesa, phone, clock, reaction, life_s, is_shown):
    phone.habit = reaction
    prompt = push(mpesa)

    clock.advance(life_s)
    mpesa.expire_due()

    assert (prompt.verdict.code, prompt.is_shown) == (1037, is_shown)


def test_reactions_come_one_after_the_other_before_the_habit(mpesa, phone, clock):
    phone.reactions, phone.habit = [Reaction.CANCEL, Reaction.WRONG_PIN], Reaction.PAY

    codes = []
    for _ in range(4):
        prompt = push(mpesa)
        clock.advance(5)
        mpesa.expire_due()
        codes.append(prompt.verdict.code)

    assert codes == [1032, 2001, 0, 0]
    assert (phone.payments, len(mpesa.prompts_of(NUMBER))) == (2, 4)


def test_what_a_holder_is_about_to_do_survives_a_restart(mpesa, phone, clock):
    phone.reactions = [Reaction.PAY, Reaction.CANCEL]
    prompt = push(mpesa)
    reborn = Mpesa(now=clock)
    reborn.load(joined(take_all(mpesa.parts())))

    clock.advance(5)
    reborn.expire_due()

    assert reborn.find_prompt(prompt.checkout_request_id).verdict.code == 0
    assert reborn.phone(NUMBER).reactions == [Reaction.CANCEL]
