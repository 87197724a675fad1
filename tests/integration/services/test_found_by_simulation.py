"""What the simulation has found, each told as a story of its own."""

from datetime import date, timedelta

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import TransactionStatus
from core.billing.periods import Frequency, Renewal
from core.models import Subscription, Transaction
from core.ports import NoAnswer
from tests.factories import make_plan, make_subscription
from tests.integration.services.test_billing_story import report

_CODE = "RKTQDM7W6S"


async def test_a_reopened_rolling_bill_keeps_its_period_once_the_next_one_is_billed(
    engine, owner, gateway, clock
):
    plan = await make_plan(
        engine, owner, frequency=Frequency.WEEKLY, billing_day=1, renewal=Renewal.ROLLING
    )
    subscription = await make_subscription(engine, owner, plan, first_on=date(2026, 11, 23))
    gateway.answers.append(NoAnswer(detail="timed out"))
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()
    first = await Transaction.get(subscription_id=subscription.id)
    await engine.decisions.it_was_paid(owner.id, first.id, _CODE)
    clock.advance(timedelta(days=7))
    await engine.billing.process_due_payments()
    # The owner had typed the code of somebody else's payment, as that one's callback shows.
    await engine.prompts.charge(owner.id, ChargeDraft(phone_number="254700000001", amount_kes=75))
    await report(engine, gateway, amount=75, receipt=_CODE, phone=254700000001)

    await engine.decisions.prompt_again(owner.id, first.id)
    await report(engine, gateway, receipt="RKTQDM7W7X")

    bills = await Transaction.filter(subscription_id=subscription.id).order_by("id")
    assert [bill.status for bill in bills] == [
        TransactionStatus.SUCCESS,
        TransactionStatus.PENDING,
    ]
    assert [bill.period_start for bill in bills] == [date(2026, 11, 23), date(2026, 11, 30)]
    assert (await Subscription.get(id=subscription.id)).next_billing_date == date(2026, 12, 7)
