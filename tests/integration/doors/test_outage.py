"""PostgreSQL away, locked or silent: quick refusals, nothing lost, and all resumes by itself."""

import asyncio
import tempfile
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.database import migrate, open_database
from core.engine import Engine
from core.models import InboundEvent, ServicePlan
from core.scheduler import Timetable, add_work, begin_delivery
from tests.factories import make_subscription
from tests.fakes import FakeMessenger
from tests.integration.doors.postgres import OwnPostgres, Wire
from tests.integration.webhook.program import CHARGE, PLAN, Api, paid
from tests.own_postgres import empty, own_postgres
from webhook.server import build_app

pytestmark = pytest.mark.postgres

CALLBACK = "/api/payments/callback"
QUICKLY_S = 12
"""Four seconds for a lock, twice three for a connection, and some for a busy machine."""


@pytest.fixture(scope="module")
def server():
    with own_postgres() as server:
        asyncio.run(migrate(server.get_uri()))
        yield server


@pytest.fixture
async def postgres(server):
    postgres = OwnPostgres(server)
    await postgres.start()
    await empty(postgres.url)
    return postgres


@asynccontextmanager
async def open_shop(url, context):
    """The server and the timetable on one engine, as `run` has them; and an owner's program."""
    async with open_database(url):
        engine = Engine(context)
        owner = await engine.people.register_owner(1001)
        owner.uses_platform_account = True
        await owner.save()
        timetable = Timetable()
        add_work(timetable, engine)
        await begin_delivery(timetable, engine, FakeMessenger())
        timetable.start()
        try:
            async with TestClient(TestServer(build_app(engine))) as http:
                yield Shop(engine, owner, http, await engine.api_keys.issue(telegram_id=1001))
        finally:
            await timetable.stop()


class Shop:
    def __init__(self, engine, owner, http, key):
        self.engine = engine
        self.owner = owner
        self.http = http
        self.api = Api(http, key)

    async def status(self, method, path, **options):
        """Return the status, which has to come quickly, whatever it is."""
        async with asyncio.timeout(QUICKLY_S):
            status, _ = await self.api.send(method, path, **options)
        return status

    async def until_ready(self):
        async with asyncio.timeout(30):
            while await self.status("GET", "/readyz") != 200:  # noqa: ASYNC110 - asked over HTTP
                await asyncio.sleep(0.1)


@pytest.fixture
async def shop(postgres, context):
    async with open_shop(postgres.url, context) as shop:
        yield shop


async def test_without_postgres_all_doors_say_503_at_once_and_it_lives_on(shop, postgres):
    await postgres.stop()

    assert await shop.status("POST", "/api/plans", json=PLAN) == 503
    assert await shop.status("GET", "/api/transactions") == 503
    assert await shop.status("POST", f"{CALLBACK}/ab12", data=b"{}") == 503
    assert await shop.status("GET", "/readyz") == 503
    assert await shop.status("GET", "/healthz") == 200
    _, metrics = await shop.api.send("GET", "/metrics")
    assert "fluxpay_database_up 0" in metrics


async def test_each_vain_try_to_fill_the_pool_is_a_line_without_a_trace(shop, postgres, caplog):
    await postgres.stop()
    async with asyncio.timeout(QUICKLY_S):
        while not (told := [each for each in caplog.records if each.name == "asyncpg.pool"]):
            await shop.status("GET", "/readyz")

    assert {each.levelname for each in told} == {"WARNING"}
    assert not any(each.exc_info for each in told)
    assert "Error" in told[0].getMessage()


async def test_after_an_outage_api_callbacks_and_timetable_resume_by_themselves(
    shop, postgres, gateway, clock
):
    subscription = await make_subscription(shop.engine, shop.owner, phone_number="254722345678")
    charge = await shop.api.post("/api/payments/stk-push", CHARGE, status=202)
    callback = f"{CALLBACK}/{gateway.token()}"
    for _ in range(3):
        await postgres.stop()
        assert await shop.status("POST", callback, data=paid()) == 503
        await postgres.start()
    await shop.until_ready()

    assert await shop.status("POST", callback, data=paid()) == 200
    await shop.api.until(f"/api/transactions/{charge['transactionId']}", status="SUCCESS")
    clock.advance(timedelta(days=(subscription.next_billing_date - shop.engine.today()).days))
    async with asyncio.timeout(30):
        while len(gateway.requests) < 2:  # noqa: ASYNC110 - the timetable says nothing when it ticks
            await asyncio.sleep(0.1)
    assert gateway.requests[-1].phone_number == "254722345678"


async def test_what_was_acknowledged_amid_outages_is_there_afterwards(shop, postgres):
    acknowledged, stopping = [], asyncio.Event()

    async def sell(worker):
        number = 0
        while not stopping.is_set():
            number += 1
            name = f"plan {worker} {number}"
            status = await shop.status("POST", "/api/plans", json=PLAN | {"name": name})
            assert status in {201, 503}
            if status == 201:
                acknowledged.append(name)
            body = f"{worker} {number}".encode()
            status = await shop.status("POST", CALLBACK, data=body)
            assert status in {200, 503}
            if status == 200:
                acknowledged.append(body)
            await asyncio.sleep(0.3)

    sellers = [asyncio.create_task(sell(worker)) for worker in range(5)]
    for _ in range(2):
        await asyncio.sleep(0.5)  # some business between two outages
        await postgres.stop()
        await postgres.start()
    await shop.until_ready()
    stopping.set()
    await asyncio.gather(*sellers)

    kept = set(await ServicePlan.all().values_list("name", flat=True))
    kept |= {bytes(event.body) for event in await InboundEvent.all()}
    assert acknowledged
    assert set(acknowledged) <= kept


async def test_outages_cost_the_pool_no_connection(shop, postgres):
    for _ in range(3):
        begun = [shop.status("POST", "/api/plans", json=PLAN) for _ in range(15)]
        stopping = asyncio.create_task(postgres.stop())
        await asyncio.gather(*begun)
        await stopping
        await postgres.start()
    await shop.until_ready()

    begun = [shop.status("POST", "/api/plans", json=PLAN) for _ in range(30)]

    assert set(await asyncio.gather(*begun)) == {201}


async def test_a_table_that_somebody_has_locked_is_503_in_seconds_and_nothing_else_suffers(
    shop, postgres
):
    locker = await asyncpg.connect(postgres.url)
    await locker.execute("BEGIN; LOCK TABLE service_plans IN ACCESS EXCLUSIVE MODE")

    stuck = asyncio.gather(*(shop.status("POST", "/api/plans", json=PLAN) for _ in range(5)))
    assert await shop.status("POST", f"{CALLBACK}/ab12", data=b"{}") == 200
    assert await shop.status("GET", "/api/transactions") == 200
    assert set(await stuck) == {503}

    await locker.execute("ROLLBACK")
    await locker.close()
    assert await shop.status("POST", "/api/plans", json=PLAN) == 201
    assert await ServicePlan.all().count() == 1


async def test_more_requests_than_connections_are_refused_while_all_of_them_are_stuck(
    shop, postgres
):
    locker = await asyncpg.connect(postgres.url)
    await locker.execute("BEGIN; LOCK TABLE service_plans IN ACCESS EXCLUSIVE MODE")

    stuck = [shop.status("GET", "/api/plans") for _ in range(40)]

    assert set(await asyncio.gather(*stuck)) == {503}
    await locker.close()
    await shop.until_ready()
    assert await shop.status("GET", "/api/plans") == 200


async def test_a_postgres_that_falls_silent_is_given_up_and_taken_up_again(postgres, context):
    with tempfile.TemporaryDirectory(prefix="wire") as folder:
        wire = Wire(folder, postgres.folder)
        await wire.open()
        async with open_shop(wire.url, context) as shop:
            wire.cut()
            async with asyncio.timeout(25):
                status, _ = await shop.api.send("POST", "/api/plans", json=PLAN)
            assert status == 503
            wire.mend()
            await shop.until_ready()
            assert await shop.status("POST", "/api/plans", json=PLAN) == 201
        await wire.close()
