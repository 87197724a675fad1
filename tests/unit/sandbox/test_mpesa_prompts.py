"""Phones, accounts and prompts, lived through with a clock in the hand."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.mpesa.network import Mpesa, NoPromptOpen, NoSuchPhone, PhoneBusy
from sandbox.mpesa.prompts import Answer, Order
from sandbox.rows import joined, take_all

ASHA = "254712345678"
BRIAN = "254722345678"


class World:
    """An M-Pesa with a clock to turn and an ear for the prompts that ended."""

    def __init__(self):
        self.time = datetime(2026, 11, 23, 16, 5, 7, 123_000, tzinfo=UTC)
        self.ended = []
        self.mpesa = Mpesa(now=lambda: self.time, answered=self.ended.append, first_serial=0)

    def push(self, *, phone_number=ASHA, amount_kes=1500, till=None):
        order = Order(
            shortcode="174379",
            till=till,
            business="FluxPay Demo",
            phone_number=phone_number,
            amount_kes=amount_kes,
            account="GYM7",
            description="Gym",
            callback_url="http://127.0.0.1:8080/callback",
        )
        return self.mpesa.push(order)

    def after(self, **time):
        self.time += timedelta(**time)
        self.mpesa.expire_due()


@pytest.fixture
def world():
    world = World()
    world.mpesa.give_phone(ASHA, name="Asha")
    return world


def test_paying_debits_the_account_by_the_amount(world):
    world.push(amount_kes=1500)
    world.mpesa.answer(ASHA, Answer.PAY, pin="1234")
    assert world.mpesa.phone(ASHA).balance_kes == 18_500
    assert world.ended[0].verdict.code == 0


def test_paying_without_a_pin_uses_the_phones_own(world):
    world.push()
    assert world.mpesa.answer(ASHA, Answer.PAY).verdict.code == 0


def test_a_payment_confirms_itself_by_sms_in_kenyan_time(world):
    receipt = world.mpesa.answer(ASHA, Answer.PAY).verdict.receipt if world.push() else ""
    assert world.mpesa.phone(ASHA).inbox[0].text == (
        f"{receipt} Confirmed. Ksh1,500.00 sent to FluxPay Demo for account GYM7 on 23/11/26 at "
        "7:05 PM. New M-PESA balance is Ksh18,500.00. Transaction cost, Ksh0.00."
    )


def test_a_payment_to_a_till_is_paid_to_and_names_no_account(world):
    world.push(till="520520")
    world.mpesa.answer(ASHA, Answer.PAY)
    assert "paid to FluxPay Demo on" in world.mpesa.phone(ASHA).inbox[0].text


def test_a_wrong_pin_ends_the_prompt_with_2001_and_moves_no_money(world):
    world.push()
    verdict = world.mpesa.answer(ASHA, Answer.PAY, pin="9999").verdict
    assert (verdict.code, verdict.receipt) == (2001, None)
    assert world.mpesa.phone(ASHA).balance_kes == 20_000


@pytest.mark.parametrize(
    ("answer", "code", "description"),
    [
        (Answer.WRONG_PIN, 2001, "The initiator information is invalid."),
        (Answer.CANCEL, 1032, "Request Cancelled by user."),
        (Answer.NO_MONEY, 1, "The balance is insufficient for the transaction."),
        (Answer.TIME_OUT, 1037, "DS timeout user cannot be reached"),
    ],
)
def test_each_refusal_has_safaricoms_code_and_moves_no_money(world, answer, code, description):
    world.push()
    verdict = world.mpesa.answer(ASHA, answer).verdict
    assert (verdict.code, verdict.description, verdict.receipt) == (code, description, None)
    assert world.mpesa.phone(ASHA).balance_kes == 20_000


@pytest.mark.parametrize(("balance_kes", "code", "left_kes"), [(1500, 0, 0), (1499, 1, 1499)])
def test_money_must_cover_the_amount_to_the_shilling(world, balance_kes, code, left_kes):
    world.mpesa.phone(ASHA).balance_kes = balance_kes
    world.push(amount_kes=1500)
    assert world.mpesa.answer(ASHA, Answer.PAY).verdict.code == code
    assert world.mpesa.phone(ASHA).balance_kes == left_kes


def test_a_phone_shows_one_prompt_at_a_time(world):
    world.push()
    with pytest.raises(PhoneBusy):
        world.push()


def test_another_phone_is_free_while_one_is_busy(world):
    world.push()
    assert world.push(phone_number=BRIAN).verdict is None


def test_an_answered_phone_takes_the_next_prompt(world):
    first = world.push()
    world.mpesa.answer(ASHA, Answer.CANCEL)
    assert world.push().checkout_request_id != first.checkout_request_id


def test_a_prompt_lives_sixty_seconds(world):
    prompt = world.push()
    world.after(seconds=59.9)
    assert prompt.verdict is None
    world.after(seconds=0.1)
    assert prompt.verdict.code == 1037
    assert world.ended == [prompt]


def test_a_clock_that_jumps_a_month_ends_the_prompt_once(world):
    prompt = world.push()
    world.after(days=31)
    world.after(days=31)
    assert world.ended == [prompt]
    assert world.mpesa.next_expiry_at() is None


def test_a_prompt_cannot_be_paid_after_its_time(world):
    prompt = world.push()
    world.time += timedelta(seconds=61)
    with pytest.raises(NoPromptOpen):
        world.mpesa.answer(ASHA, Answer.PAY)
    assert prompt.verdict.code == 1037


def test_a_phone_that_is_off_shows_nothing_and_is_given_up_after_seconds(world):
    world.mpesa.phone(ASHA).is_on = False
    prompt = world.push()
    with pytest.raises(NoPromptOpen):
        world.mpesa.answer(ASHA, Answer.PAY)
    world.after(seconds=3)
    assert prompt.verdict.code == 1037


def test_a_pushed_number_nobody_holds_gets_a_phone(world):
    world.push(phone_number=BRIAN)
    assert world.mpesa.answer(BRIAN, Answer.PAY).verdict.code == 0


def test_a_number_never_heard_of_has_no_phone(world):
    with pytest.raises(NoSuchPhone):
        world.mpesa.answer(BRIAN, Answer.PAY)


def test_ids_are_shaped_like_safaricoms(world):
    prompt = world.push()
    assert prompt.checkout_request_id == "ws_CO_23112026190507123712345678"
    assert prompt.merchant_request_id.count("-") == 2


def test_receipts_are_ten_capitals_or_digits_and_never_the_same(world):
    receipts = set()
    for _ in range(500):
        world.mpesa.phone(ASHA).balance_kes = 1
        world.push(amount_kes=1)
        receipts.add(world.mpesa.answer(ASHA, Answer.PAY).verdict.receipt)
    assert len(receipts) == 500
    assert all(len(each) == 10 and each.isalnum() and each.isupper() for each in receipts)
    assert all(each.startswith("UKN") for each in receipts)  # 2026, November, the 23rd


def test_the_inbox_keeps_the_newest_fifty_messages(world):
    for _ in range(51):
        world.push()
        world.mpesa.answer(ASHA, Answer.WRONG_PIN)
        world.after(seconds=1)
    inbox = world.mpesa.phone(ASHA).inbox
    assert len(inbox) == 50
    assert inbox[0].at == datetime(2026, 11, 23, 16, 5, 8, 123_000, tzinfo=UTC)


def test_the_thousand_latest_answered_prompts_can_be_asked_about(world):
    prompts = []
    for _ in range(1001):
        prompts.append(world.push())
        world.mpesa.answer(ASHA, Answer.CANCEL)
        world.after(seconds=1)
    assert world.mpesa.find_prompt(prompts[0].checkout_request_id) is None
    assert world.mpesa.find_prompt(prompts[1].checkout_request_id) is prompts[1]


def test_what_was_saved_goes_on_where_it_stopped(world):
    world.push()
    world.mpesa.answer(ASHA, Answer.PAY)
    open_prompt = world.push()
    world.mpesa.phone(ASHA).pin = "4711"
    saved = joined(take_all(world.mpesa.parts()))

    later = World()
    later.mpesa.load(saved)

    assert later.mpesa.open_prompt(ASHA) == open_prompt
    assert later.mpesa.phone(ASHA) == world.mpesa.phone(ASHA)
    paid_later = later.mpesa.answer(ASHA, Answer.PAY, pin="4711")
    assert paid_later.verdict.receipt != world.ended[0].verdict.receipt
    assert joined(take_all(later.mpesa.parts()))["prompts"][0] == saved["prompts"][0]
