"""The load: owners whose programs sign clients up and charge phones, and never give up."""

import asyncio
import json
from collections import Counter
from zoneinfo import ZoneInfo

import aiohttp
from dateutil.relativedelta import relativedelta

from core.clock import SystemClock, today
from tests.chaos.evidence import Order, Signup

_ZONE = ZoneInfo("Africa/Nairobi")
_TRY_AGAIN = {500, 502, 503}
_AGAIN_AFTER_S = 0.7
_AT_ONCE = 12
_TWINS = 0.25
"""The part of the charges that two programs ask for at the same moment, under the same key."""
_SECOND_PLAN_EVERY = 12
"""Every so manieth client has a second subscription on the same phone."""


class Refused(Exception):
    """The API refused what it should have taken."""


class Business:
    """An owner's program at the HTTP API."""

    def __init__(self, http, key):
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"}
        self.repeats = Counter()

    async def post(self, path, body, *, key):
        """Return status and answer of the first definite answer, under one key all along."""
        text = json.dumps(body)
        headers = self._headers | {"Idempotency-Key": key}
        while True:
            try:
                async with self._http.post(path, data=text, headers=headers) as response:
                    status, said = response.status, await response.text()
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                self.repeats[type(error).__name__] += 1
            else:
                if status not in _TRY_AGAIN:
                    return status, json.loads(said)
                self.repeats[status] += 1
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def make(self, path, body, *, key, status):
        """Post what can't be refused; return the answer.

        Raises:
            Refused: It was.
        """
        got, answer = await self.post(path, body, key=key)
        if got != status:
            raise Refused(f"POST {path}: {got} {answer}")
        return answer


class Load:
    """Spread sign-ups and charges over a stretch of time, among the businesses in turn."""

    def __init__(self, businesses, rng):
        self._businesses = businesses
        self._rng = rng
        self._plans = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._clock = SystemClock()
        self.signups = []
        self.orders = []

    async def make_plans(self):
        """Each business sells one plan by the week and one by the month."""
        on = self._today()
        for number, business in enumerate(self._businesses):
            weekly = {"name": "Water", "amountKes": 120, "frequency": "weekly"}
            monthly = {"name": "Gym", "amountKes": 1500, "frequency": "monthly"}
            self._plans[business] = [
                (await self._plan(business, weekly, on.isoweekday(), number), {"weeks": 1}),
                (await self._plan(business, monthly, on.day, number), {"months": 1}),
            ]

    async def _plan(self, business, plan, billing_day, number):
        body = plan | {"billingDay": billing_day}
        key = f"plan-{plan['name']}-{number}"
        return (await business.make("/api/plans", body, key=key, status=201))["id"]

    async def run(self, *, clients, charges, over_s):
        """Do all of it, each at its own moment; return when everything is answered."""
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(self._later(self._sign_up, number, over_s))
            for number in range(charges):
                group.create_task(self._later(self._charge, number, over_s))

    async def _later(self, deed, number, over_s):
        await asyncio.sleep(self._rng.uniform(0, over_s))
        async with self._gate:
            await deed(number)

    async def _sign_up(self, number):
        business = self._businesses[number % len(self._businesses)]
        plans = self._plans[business]
        first = number // len(self._businesses) % len(plans)
        chosen = [plans[first]]
        if number % _SECOND_PLAN_EVERY == 0:
            chosen.append(plans[1 - first])
        for plan_id, step in chosen:
            await self._subscribe(business, number, plan_id, step)

    async def _subscribe(self, business, number, plan_id, step):
        on = self._today()
        body = {
            "planId": plan_id,
            "client": {
                "name": f"Client <{number:04}>",
                "phoneNumber": f"25471{number:07}",
            },
            "firstBillingDate": on.isoformat(),
        }
        key = f"client-{number}-{plan_id}"
        made = await business.make("/api/subscriptions", body, key=key, status=201)
        path = f"/api/subscriptions/{made['id']}/activate"
        await business.make(path, {}, key=f"activate-{made['id']}", status=200)
        next_on = on + relativedelta(**step)
        self.signups.append(Signup(subscription_id=made["id"], next_on=next_on))

    async def _charge(self, number):
        business = self._businesses[number % len(self._businesses)]
        reference = f"CHARGE{number}"
        body = {
            "phoneNumber": f"25472{number:07}",
            "amountKes": 50 + number,
            "accountReference": reference,
        }
        callers = 2 if self._rng.random() < _TWINS else 1
        asked = [
            business.post("/api/payments/stk-push", body, key=f"order-{number}")
            for _ in range(callers)
        ]
        answers = [_brief(*answer) for answer in await asyncio.gather(*asked)]
        self.orders.append(Order(reference=reference, answers=tuple(answers)))

    def _today(self):
        return today(self._clock, _ZONE)

    @property
    def repeats(self):
        return sum((business.repeats for business in self._businesses), Counter())


def _brief(status, answer):
    return status, answer.get("transactionId")
