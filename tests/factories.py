"""One maker for each thing that many tests begin with."""

from core.billing.clients import ClientDraft
from core.billing.periods import Frequency
from core.billing.plans import PlanDraft


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
