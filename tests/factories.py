"""One maker for each thing that many tests begin with."""

from core.billing.clients import ClientDraft
from core.billing.periods import Frequency
from core.billing.plans import PlanDraft
from core.models import Payment, PaymentSource


async def make_plan(engine, owner, **changes):
    values = {
        "name": "Gold",
        "amount_kes": 1500,
        "frequency": Frequency.MONTHLY,
        "billing_day": 23,
    }
    return await engine.plans.create(owner.id, PlanDraft(**(values | changes)))


async def make_subscription(engine, owner, plan=None, *, active=True, first_on=None, **client):
    plan = plan or await make_plan(engine, owner)
    values = {"name": "Asha", "phone_number": "254712345678", "email": None}
    subscription = await engine.subscriptions.create(
        owner.id,
        plan_id=plan.id,
        client=ClientDraft(**(values | client)),
        first_billing_date=first_on,
    )
    if active:
        subscription = await engine.subscriptions.activate(owner.id, subscription.id)
    return subscription


async def make_credit(engine, owner, client_id, kes):
    """Let a client have paid so much in advance, in cash."""
    now = engine.now()
    return await Payment.create(
        owner=owner,
        client_id=client_id,
        source=PaymentSource.CASH,
        is_verified=True,
        amount_kes=kes,
        credit_kes=kes,
        paid_at=now,
        created_at=now,
    )
