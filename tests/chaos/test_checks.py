"""The checks of a chaos run speak up: each on evidence that is broken in one place only."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.chaos.checks import repeated_messages, violations, waiting_money
from tests.chaos.evidence import (
    Bill,
    Books,
    ChatMessage,
    Event,
    Evidence,
    NoticeRow,
    Order,
    Paid,
    Prompt,
    Push,
    Share,
    Signup,
    Subscribed,
)

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWNER = 1001


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def sound():
    """A paid bill, a failed charge, and nothing wrong."""
    paid = Push(
        id=1,
        transaction_id=1,
        token_hash="t1",
        state="SUCCESS",
        created_at=at(0),
        closed_at=at(9),
        request_id="ws_1",
    )
    failed = replace(paid, id=2, transaction_id=2, token_hash="t2", state="FAILED")
    rang = Prompt(
        request_id="ws_1",
        token_hash="t1",
        phone_number="254710000001",
        amount_kes=120,
        sent_at=at(1),
        ended_at=at(8),
        receipt="TKN1",
    )
    bill = Bill(
        id=1,
        subscription_id=7,
        account_reference="FP7",
        amount_kes=120,
        paid_kes=120,
        status="SUCCESS",
    )
    charge = Bill(
        id=2,
        subscription_id=None,
        account_reference="CHARGE1",
        amount_kes=50,
        paid_kes=0,
        status="FAILED",
    )
    received = NoticeRow(
        id=1,
        chat_id=OWNER,
        key="paid:1:1:owner",
        template="payment_received",
        state="SENT",
        message_id=11,
    )
    return Evidence(
        prompts=[
            rang,
            replace(rang, request_id="ws_2", token_hash="t2", amount_kes=50, receipt=None),
        ],
        debits_kes={"254710000001": 120, "254720000001": 0},
        acknowledged={("t1", "b1"), ("t2", "b2")},
        chats={
            OWNER: [
                ChatMessage(id=10, text="Welcome"),
                ChatMessage(id=11, text="120 received"),
                ChatMessage(id=12, text="not paid"),
            ]
        },
        greetings={"Welcome"},
        signups=[Signup(subscription_id=7, next_on=date(2026, 11, 30))],
        orders=[Order(reference="CHARGE1", answers=((202, 2), (202, 2)))],
        books=Books(
            bills=[bill, charge],
            pushes=[paid, failed],
            payments=[Paid(id=1, push_id=1, amount_kes=120, credit_kes=0, receipt="TKN1")],
            shares=[Share(payment_id=1, transaction_id=1, amount_kes=120)],
            subscriptions=[Subscribed(id=7, status="ACTIVE", next_on=date(2026, 11, 30))],
            events=[
                Event(token_hash="t1", body_hash="b1", is_handled=True, outcome="settled"),
                Event(token_hash="t2", body_hash="b2", is_handled=True, outcome="failed"),
            ],
            notices=[
                received,
                replace(
                    received,
                    id=2,
                    key="failed:2:owner",
                    template="payment_failed",
                    message_id=12,
                ),
            ],
        ),
    )


def change(rows, index, **changes):
    rows[index] = replace(rows[index], **changes)


def the_push_rings_again(evidence):
    evidence.prompts.append(replace(evidence.prompts[1], request_id="ws_3", sent_at=at(20)))


def a_prompt_of_nobody_rings(evidence):
    evidence.prompts.append(replace(evidence.prompts[1], token_hash="t9"))


def a_released_push_rang(evidence):
    change(evidence.books.pushes, 1, state="REJECTED")
    del evidence.books.notices[1]


def a_second_push_is_made_too_early(evidence):
    second = replace(evidence.books.pushes[1], id=3, token_hash="t3", created_at=at(5))
    evidence.books.pushes.append(replace(second, state="REJECTED"))


def a_phone_rings_over_an_open_prompt(evidence):
    push = replace(evidence.books.pushes[1], id=3, token_hash="t3", created_at=at(10))
    evidence.books.pushes.append(replace(push, state="UNKNOWN", closed_at=None))
    prompt = replace(evidence.prompts[1], token_hash="t3", request_id="ws_3")
    evidence.prompts.append(replace(prompt, sent_at=at(7)))


def a_bill_is_paid_twice(evidence):
    push = replace(evidence.books.pushes[0], id=3, token_hash="t3", created_at=at(10))
    evidence.books.pushes.append(push)
    prompt = replace(evidence.prompts[0], token_hash="t3", request_id="ws_3", receipt="TKN2")
    evidence.prompts.append(replace(prompt, sent_at=at(11), ended_at=at(12)))
    evidence.books.payments.append(
        Paid(id=2, push_id=3, amount_kes=120, credit_kes=120, receipt="TKN2")
    )
    evidence.debits_kes["254710000001"] = 240


def a_payment_is_not_booked(evidence):
    change(evidence.prompts, 1, receipt="TKN2")


def a_payment_has_another_amount(evidence):
    change(evidence.prompts, 0, amount_kes=121)


def a_payment_has_another_receipt(evidence):
    change(evidence.books.payments, 0, receipt="TKN9")


def a_payment_is_made_up(evidence):
    evidence.books.payments.append(
        Paid(id=2, push_id=2, amount_kes=0, credit_kes=0, receipt="TKN2")
    )


def a_receipt_counts_twice(evidence):
    evidence.books.payments.append(
        Paid(id=2, push_id=1, amount_kes=0, credit_kes=0, receipt="TKN1")
    )


def a_phone_lost_more_than_was_booked(evidence):
    evidence.debits_kes["254720000001"] = 1


def money_disappears_from_a_payment(evidence):
    evidence.books.shares.clear()


def a_bill_is_closed_unpaid(evidence):
    change(evidence.books.bills, 1, status="SUCCESS")


def an_acknowledged_callback_is_not_stored(evidence):
    evidence.acknowledged.add(("t2", "another body"))


def an_acknowledged_callback_waits_for_ever(evidence):
    change(evidence.books.events, 1, is_handled=False)


def a_true_callback_is_parked(evidence):
    change(evidence.books.events, 1, outcome="parked:ids_differ")


def a_payment_is_announced_to_nobody(evidence):
    del evidence.books.notices[0]


def a_payment_is_announced_under_two_keys(evidence):
    first = evidence.books.notices[0]
    evidence.books.notices.append(replace(first, id=3, key="paid:1:2:owner"))


def what_did_not_happen_is_announced(evidence):
    first = evidence.books.notices[0]
    evidence.books.notices.append(replace(first, id=3, key="paid:2:2:owner"))


def a_notice_stays_queued(evidence):
    change(evidence.books.notices, 1, state="QUEUED")


def a_notice_says_sent_and_is_not_shown(evidence):
    del evidence.chats[OWNER][2]


def the_chat_shows_what_no_notice_says(evidence):
    evidence.chats[OWNER].append(ChatMessage(id=13, text="999 received"))


def a_key_charges_twice(evidence):
    evidence.books.bills.append(replace(evidence.books.bills[1], id=3))


def two_answers_to_one_key_differ(evidence):
    change(evidence.orders, 0, answers=((202, 2), (422, 2)))


def an_answered_charge_is_not_there(evidence):
    change(evidence.orders, 0, answers=((202, 5),))


def an_activation_is_forgotten(evidence):
    evidence.books.subscriptions.clear()


def a_bill_is_never_made(evidence):
    change(evidence.books.bills, 0, subscription_id=8)


def arrears_are_not_shown(evidence):
    change(evidence.books.bills, 0, status="FAILED")


def the_next_date_is_wrong(evidence):
    change(evidence.books.subscriptions, 0, next_on=date(2026, 12, 7))


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (the_push_rings_again, "push 2 rang 2 times"),
        (a_prompt_of_nobody_rings, "a prompt rang that no push knows"),
        (a_released_push_rang, "push 2 is REJECTED, yet a phone rang"),
        (a_second_push_is_made_too_early, "push 3 was made while push 2 was live"),
        (a_phone_rings_over_an_open_prompt, "ws_3 rang over ws_2"),
        (a_bill_is_paid_twice, "bill 1 was paid 2 times: TKN1, TKN2"),
        (a_bill_is_paid_twice, "ws_3 rang after receipt TKN1"),
        (a_payment_is_not_booked, "push 2 (FAILED) was paid, TKN2: not booked"),
        (a_payment_has_another_amount, "payment 1 is 120, paid were 121"),
        (a_payment_has_another_receipt, "payment 1 has TKN9, the phone TKN1"),
        (a_payment_is_made_up, "payment 2 of push 2: no phone paid it"),
        (a_receipt_counts_twice, "receipt TKN1 counts 2 times"),
        (a_phone_lost_more_than_was_booked, "phones paid 121, booked 120, waiting 0"),
        (money_disappears_from_a_payment, "payment 1: 0 allocated, 0 credit"),
        (money_disappears_from_a_payment, "bill 1 says 120 of 120, got 0"),
        (a_bill_is_closed_unpaid, "bill 2 is SUCCESS with 0 of 50"),
        (an_acknowledged_callback_is_not_stored, "callback was not stored"),
        (an_acknowledged_callback_waits_for_ever, "callback was never handled"),
        (a_true_callback_is_parked, "ended as parked:ids_differ"),
        (a_payment_is_announced_to_nobody, "payment_received:1 has 0 notices"),
        (a_payment_is_announced_under_two_keys, "payment_received:1 has 2 notices"),
        (what_did_not_happen_is_announced, "payment_received:2 was announced"),
        (a_notice_stays_queued, "notice 2 (failed:2:owner) is QUEUED"),
        (a_notice_says_sent_and_is_not_shown, "notice 2 (failed:2:owner) says SENT"),
        (the_chat_shows_what_no_notice_says, "message 13 in chat 1001 is of no notice"),
        (a_key_charges_twice, "CHARGE1 was charged 2 times: [2, 3]"),
        (two_answers_to_one_key_differ, "CHARGE1 was answered differently"),
        (an_answered_charge_is_not_there, "CHARGE1 was answered {5}, the books hold {2}"),
        (an_activation_is_forgotten, "subscription 7 was acknowledged and is not there"),
        (a_bill_is_never_made, "subscription 7 has 0 bills"),
        (arrears_are_not_shown, "subscription 7 is ACTIVE, its bills are ['FAILED']"),
        (the_next_date_is_wrong, "subscription 7 is next due on 2026-12-07, not 2026-11-30"),
    ],
)
def test_each_broken_promise_is_named(break_it, words):
    evidence = sound()
    assert violations(evidence) == []

    break_it(evidence)

    assert any(words in violation for violation in violations(evidence))


def test_money_of_which_nobody_told_us_waits_for_a_person_and_breaks_no_promise():
    evidence = sound()
    change(evidence.prompts, 1, receipt="TKN2")
    change(evidence.books.bills, 1, status="PENDING")
    change(evidence.books.pushes, 1, state="UNKNOWN", request_id=None, closed_at=None)
    evidence.debits_kes["254720000001"] = 50
    evidence.acknowledged.remove(("t2", "b2"))
    del evidence.books.notices[1]
    evidence.greetings.add("not paid")

    assert violations(evidence) == []
    assert [prompt.receipt for prompt in waiting_money(evidence)] == ["TKN2"]


def test_money_that_could_have_been_asked_for_is_no_excuse():
    evidence = sound()
    change(evidence.prompts, 1, receipt="TKN2")
    change(evidence.books.pushes, 1, state="SENT", closed_at=None)
    evidence.acknowledged.remove(("t2", "b2"))

    assert any("TKN2: not booked" in violation for violation in violations(evidence))
    evidence.is_brief = True
    assert not any("not booked" in violation for violation in violations(evidence))


def test_a_notice_shown_twice_is_counted_and_breaks_no_promise():
    evidence = sound()
    evidence.chats[OWNER].append(ChatMessage(id=13, text="120 received"))

    assert violations(evidence) == []
    assert repeated_messages(evidence) == 1
