"""Many events at once: stored in few commits, settled together, and each as if it were alone."""

import asyncio

import pytest

from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.models import InboundEvent, Notification, Payment, StkPush, Subscription
from tests.factories import make_plan, make_subscription
from tests.integration.services.stories import TODAY, bill_and_prompt, bills, callback_body

MANY = 12


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"pushes_per_second": 0})


@pytest.fixture
async def prompted(engine, owner):
    """A dozen clients whose prompts are out."""
    plan = await make_plan(engine, owner)
    for number in range(MANY):
        await make_subscription(
            engine, owner, plan, first_on=TODAY, phone_number=phone_of(number), name=f"C{number}"
        )
    await bill_and_prompt(engine)


def phone_of(number):
    return f"2547123456{number:02d}"


def news(gateway, index, **changes):
    """The callback of the prompt with this index, and its token."""
    request = gateway.requests[index]
    values = {"receipt": f"RECEIPT{index:03d}", "phone": int(request.phone_number)}
    body = callback_body(f"ws_CO_{index + 1}", **(values | changes))
    return body, gateway.token(index)


async def receive(engine, *several):
    received = (engine.inbox.receive_callback(body, token=token) for body, token in several)
    return await asyncio.gather(*received)


async def test_callbacks_that_arrive_at_once_are_all_stored_and_repeats_known(
    engine, gateway, prompted
):
    several = [news(gateway, index) for index in range(MANY)]

    first = await receive(engine, *several, several[0])
    again = await receive(engine, several[1])

    assert first == [True] * MANY + [False]
    assert again == [False]
    assert await InboundEvent.all().count() == MANY


async def test_a_batch_of_payments_settles_each_bill_with_its_own_receipt(
    engine, gateway, prompted
):
    await receive(engine, *(news(gateway, index) for index in range(MANY)))

    assert await engine.inbox.handle_callbacks() == MANY

    paid = await bills(status=TransactionStatus.SUCCESS)
    receipts = {bill.phone_number: bill.mpesa_receipt_no for bill in paid}
    assert receipts == {
        request.phone_number: f"RECEIPT{index:03d}"
        for index, request in enumerate(gateway.requests)
    }
    assert await Notification.filter(template="payment_received").count() == MANY
    assert set(await InboundEvent.all().values_list("outcome", flat=True)) == {"settled"}
    assert not await StkPush.filter(live_phone__not_isnull=True).exists()


async def test_two_prompts_that_claim_one_receipt_in_one_batch_settle_one_bill(
    engine, gateway, prompted
):
    await receive(engine, *(news(gateway, index, receipt="SAMERECEIPT") for index in range(2)))

    await engine.inbox.handle_callbacks()

    words = await InboundEvent.all().order_by("id").values_list("outcome", flat=True)
    assert words == ["settled", "parked:receipt_used"]
    assert await Payment.all().count() == 1


async def test_failure_and_then_success_of_one_prompt_in_one_batch_count_in_their_order(
    engine, gateway, prompted
):
    await receive(engine, news(gateway, 0, code=1032))
    await receive(engine, news(gateway, 0))

    await engine.inbox.handle_callbacks()

    words = await InboundEvent.all().order_by("id").values_list("outcome", flat=True)
    assert words == ["failed", "settled"]


async def test_a_batch_of_mixed_news_handles_each_as_if_it_were_alone(engine, gateway, prompted):
    await receive(
        engine,
        news(gateway, 0),
        news(gateway, 1, code=1032),
        news(gateway, 2, amount=1),
        (b"no callback", gateway.token(3)),
        (callback_body("ws_CO_9"), "f" * 48),
        (callback_body("another id"), gateway.token(4)),
    )

    await engine.inbox.handle_callbacks()

    words = await InboundEvent.all().order_by("id").values_list("outcome", flat=True)
    assert sorted(words) == [
        "failed",
        "junk",
        "parked:amount_differs",
        "parked:ids_differ",
        "settled",
        "unknown_token",
    ]
    failed = await StkPush.get(state=PushState.FAILED).select_related("transaction")
    subscription = await Subscription.get(id=failed.transaction.subscription_id)
    assert subscription.status is SubscriptionStatus.PAST_DUE
    assert failed.transaction.next_attempt_at is not None
    assert await Notification.filter(template="payment_failed").count() == 1


async def test_failures_do_not_wake_a_subscription_that_was_paused_meanwhile(
    engine, gateway, owner, prompted
):
    first = (await bills())[0]
    await Subscription.filter(id=first.subscription_id).update(status=SubscriptionStatus.PAUSED)
    await receive(engine, *(news(gateway, index, code=1032) for index in range(MANY)))

    await engine.inbox.handle_callbacks()

    paused = await Subscription.get(id=first.subscription_id)
    assert paused.status is SubscriptionStatus.PAUSED
    assert await Subscription.filter(status=SubscriptionStatus.PAST_DUE).count() == MANY - 1
