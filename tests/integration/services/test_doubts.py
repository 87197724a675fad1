"""News that does not fit its push: nothing settles, the owner is shown it, Daraja is asked."""

from datetime import timedelta

import pytest

from core.billing.lifecycle import PushState, TransactionStatus
from core.models import InboundEvent, Payment, StkPush, Transaction
from core.ports import QueryFailed
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CANCELLED,
    DAY,
    HOUR,
    MINUTE,
    PAID,
    RECEIPT,
    TODAY,
    bill_and_prompt,
    notice,
    prompted_subscription,
    report,
    report_plainly,
    tick,
    told,
)

MISFITS = {
    "amount_differs": {"amount": 1499},
    "phone_differs": {"phone": 254799999999},
    "amount_missing": {"drop": ("Amount",)},
    "receipt_missing": {"drop": ("MpesaReceiptNumber",)},
}


async def last_outcome():
    return (await InboundEvent.all().order_by("-id").first()).outcome


@pytest.mark.parametrize("reason", MISFITS)
async def test_success_that_does_not_fit_settles_nothing_and_is_shown_to_the_owner(
    engine, owner, gateway, reason
):
    await prompted_subscription(engine, owner)

    await report(engine, gateway, **MISFITS[reason])

    assert await last_outcome() == f"parked:{reason}"
    assert (await Transaction.get()).status is TransactionStatus.PENDING
    assert await Payment.all().count() == 0
    params = await notice("event_parked")
    assert (params["reason"], params["amount_kes"]) == (reason, 1500)


@pytest.mark.parametrize("reason", MISFITS)
async def test_query_is_due_at_once_and_its_success_settles_without_the_receipt(
    engine, owner, gateway, reason
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID
    await report(engine, gateway, **MISFITS[reason])

    await engine.reconciliation.reconcile()

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS
    payment = await Payment.get()
    assert (payment.amount_kes, payment.receipt, payment.is_verified) == (1500, None, False)


async def test_success_without_a_phone_number_is_believed(engine, owner, gateway):
    await prompted_subscription(engine, owner)

    await report(engine, gateway, drop=("PhoneNumber",))

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


async def test_query_that_denies_what_did_not_fit_fails_the_bill(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = CANCELLED
    await report(engine, gateway, amount=1499)

    await engine.reconciliation.reconcile()

    assert (await Transaction.get()).status is TransactionStatus.FAILED
    assert await Payment.all().count() == 0


async def test_receipt_that_paid_something_else_pays_nothing_more(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    await report(engine, gateway, 0)

    await report(engine, gateway, 1, phone=254712000002)

    assert await last_outcome() == "parked:receipt_used"
    assert (await notice("event_parked"))["receipt"] == RECEIPT
    assert await Payment.all().count() == 1


async def test_callback_with_another_checkout_id_is_not_believed_but_asked_about(
    engine, owner, gateway
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID

    await report(engine, gateway, checkout_id="ws_CO_other")
    assert await Payment.all().count() == 0
    await engine.reconciliation.reconcile()

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


@pytest.mark.parametrize("code", [0, 1032])
async def test_plain_path_believes_nothing_until_the_query_says_so(engine, owner, gateway, code):
    await prompted_subscription(engine, owner)

    await report_plainly(engine, code=code)

    assert await last_outcome() == "awaiting_query"
    assert (await StkPush.get()).state is PushState.SENT
    assert (await Transaction.get()).status is TransactionStatus.PENDING
    await engine.reconciliation.reconcile()
    assert gateway.queried == ["ws_CO_1"]
    assert (await Transaction.get()).status is TransactionStatus.PENDING


async def test_receipt_of_the_plain_path_stays_unverified(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID

    await report_plainly(engine, receipt="PLAIN00001")
    await engine.reconciliation.reconcile()

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == ("PLAIN00001", False)


async def test_receipt_of_a_plain_callback_with_another_amount_is_not_even_kept(
    engine, owner, gateway
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID

    await report_plainly(engine, receipt="PLAIN00001", amount=1)
    await engine.reconciliation.reconcile()

    assert (await Payment.get()).receipt is None


async def test_verified_receipt_takes_an_unverified_one_back(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")
    await bill_and_prompt(engine)
    gateway.verdicts["ws_CO_1"] = PAID
    await report_plainly(engine, "ws_CO_1")
    await engine.reconciliation.reconcile()

    await report(engine, gateway, 1, phone=254712000002)

    robbed, rightful = await Payment.all().order_by("id")
    assert (robbed.receipt, rightful.receipt) == (None, RECEIPT)
    assert rightful.is_verified
    receipts = [bill.mpesa_receipt_no for bill in await Transaction.all().order_by("id")]
    assert receipts == [None, RECEIPT]


async def test_verified_callback_replaces_its_own_pushs_unverified_receipt(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID
    await report_plainly(engine, receipt="PLAIN00001")
    await engine.reconciliation.reconcile()

    await report(engine, gateway)

    payment = await Payment.get()
    assert (payment.receipt, payment.is_verified) == (RECEIPT, True)
    assert (await Transaction.get()).mpesa_receipt_no == RECEIPT


async def test_second_verified_receipt_for_one_push_is_shown_and_counts_nothing(
    engine, owner, gateway
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway)

    await report(engine, gateway, receipt="ANOTHER001")

    assert await last_outcome() == "parked:receipt_differs"
    assert "event_parked" in await told()
    assert (await Payment.get()).receipt == RECEIPT


async def test_misfit_after_the_query_settled_is_still_shown_to_the_owner(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    gateway.verdicts["ws_CO_1"] = PAID
    clock.advance(2 * MINUTE)
    await tick(engine)

    await report(engine, gateway, amount=1499)

    assert (await notice("event_parked"))["event_amount_kes"] == 1499
    assert (await Payment.get()).receipt is None


async def test_receipt_of_an_extra_payment_is_not_written_on_the_bill(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1037)
    clock.advance(DAY)
    await tick(engine)
    await report(engine, gateway, 1, receipt="SECOND0001")
    gateway.verdicts["ws_CO_1"] = PAID
    await report_plainly(engine, "ws_CO_1", receipt="PLAIN00001")
    await engine.reconciliation.reconcile()

    await report(engine, gateway, 0, receipt="FIRST00001")

    assert (await Transaction.get()).mpesa_receipt_no == "SECOND0001"
    receipts = {payment.receipt for payment in await Payment.all()}
    assert receipts == {"FIRST00001", "SECOND0001"}


async def test_plain_callback_of_a_push_nobody_knows_waits_two_minutes_for_our_answer(
    engine, owner, clock
):
    await report_plainly(engine, "ws_CO_1")
    assert (await InboundEvent.get()).handled_at is None
    await prompted_subscription(engine, owner)

    clock.advance(timedelta(seconds=30))
    await engine.inbox.handle_callbacks()

    assert await last_outcome() == "awaiting_query"


async def test_plain_callback_that_fits_no_push_is_laid_aside_after_two_minutes(engine, clock):
    await report_plainly(engine, "ws_CO_stranger")

    clock.advance(2 * MINUTE)
    await engine.inbox.handle_callbacks()

    assert await last_outcome() == "unknown_push"


async def test_forged_callback_for_a_failed_push_does_not_keep_us_asking(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    gateway.verdicts["ws_CO_1"] = CANCELLED
    await report_plainly(engine)

    for _ in range(20):
        await engine.reconciliation.reconcile()
        clock.advance(HOUR)

    assert gateway.queried == ["ws_CO_1"]


async def test_vain_questions_about_a_closed_push_end(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    gateway.verdicts["ws_CO_1"] = QueryFailed(detail="no answer")
    await report_plainly(engine)

    for _ in range(50):
        await engine.reconciliation.reconcile()
        clock.advance(HOUR)

    assert len(gateway.queried) == 5
