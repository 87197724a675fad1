"""The stage: the outside world, PostgreSQL, and our five processes, started and stopped."""

import asyncio

import aiohttp

from tests.chaos import books
from tests.chaos.balancer import Balancer
from tests.chaos.line import Line
from tests.chaos.load import Business
from tests.chaos.outside import Outside
from tests.chaos.programs import (
    SandboxProgram,
    clean_environment,
    fluxpay,
    free_port,
    make_postgres,
    run_once,
    seeded,
)

# Play money's keys: the sandbox tells them to everybody who starts it.
_KEYS = {
    "TELEGRAM_BOT_TOKEN": "7000000001:FluxPay-Sandbox-Token-Of-No-Real-Bot",
    "DARAJA_CONSUMER_KEY": "fluxpay-sandbox-key",
    "DARAJA_CONSUMER_SECRET": "fluxpay-sandbox-secret",
    "DARAJA_SHORTCODE": "174379",
    "DARAJA_PASSKEY": "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
    "SECRET_KEY": "a secret key of one night's chaos, long enough",
}
_FIRST_OWNERS = (1001, 1002, 1003)
# A chat takes one notice a second, so one owner alone would be told for many minutes after.
_FOURTH_OWNER = ("Mercy", "254712345004")
_READY_WITHIN_S = 90
# Longer than a charge waits for its twin whose process died.
_ANSWER_WITHIN_S = 150


class Stage:
    """Everything that runs. Each part is stopped by the exit stack that it was started in."""

    def __init__(self, plan, stack):
        self._folder = plan.folder
        self._seed = plan.seed
        self._stack = stack
        self._rests = seeded(plan.seed, "rests")
        self.sandbox = SandboxProgram(plan.folder)
        self.postgres = None
        self._line = Line(seeded(plan.seed, "line"))
        self.balancer = None
        self.outside = None
        self.owners = []
        self.programs = []
        self.businesses = []
        self.greetings = set()

    async def start(self):
        """Start all of it, and let the owners say hello; everything is up when it returns."""
        ports = [free_port(), free_port()]
        await self._start_postgres()
        await self._start_world(ports)
        await run_once(self._folder, self._environment(), "migrate")
        self._start_programs(ports)
        await self.balancer.until_all_are_ready(_READY_WITHIN_S)
        for owner in self.owners:
            self.greetings |= await self.outside.greet(owner)
        self.businesses = await asyncio.gather(*map(self._open_business, self.owners))

    async def _start_postgres(self):
        self.postgres = await make_postgres(self._folder)
        self._stack.push_async_callback(self.postgres.stop)
        self.postgres.keep_running(self._rests)
        async with asyncio.timeout(_READY_WITHIN_S):
            while not await books.answers(self.postgres.url):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)

    async def _start_world(self, ports):
        self._stack.push_async_callback(self.sandbox.stop)
        await self.sandbox.start()
        self._stack.push_async_callback(self._line.stop)
        await self._line.start(self.sandbox.address)
        self.balancer = Balancer(ports)
        self._stack.push_async_callback(self.balancer.stop)
        await self.balancer.start()
        http = await self._session(self.sandbox.address)
        self.outside = Outside(http, seeded(self._seed, "outside"))
        self.owners = [*_FIRST_OWNERS, await self.outside.add_person(*_FOURTH_OWNER)]

    def _start_programs(self, ports):
        environment = self._environment()
        for number, port in enumerate(ports, 1):
            web = environment | {"PORT": str(port)}
            self.programs += [
                fluxpay(f"web{number}", self._folder, "web", web),
                fluxpay(f"worker{number}", self._folder, "worker", environment),
            ]
        self.programs.append(fluxpay("bot", self._folder, "bot", environment))
        for program in self.programs:
            self._stack.push_async_callback(program.stop)
            program.keep_running(self._rests)

    def _environment(self):
        return clean_environment(
            **_KEYS,
            DATABASE_URL=self.postgres.url,
            TELEGRAM_API_URL=self._line.address,
            DARAJA_BASE_URL=self._line.address,
            PUBLIC_URL=self.balancer.address,
            # Admins collect through the platform's own Paybill, so no account needs linking.
            ADMIN_IDS=",".join(str(owner) for owner in self.owners),
            # Production's limit is unpublished; five a minute would only make the end longer.
            QUERIES_A_MINUTE="30",
            BILLING_TIME="00:00",
            SOCIABLE_HOURS="00:00-24:00",
            LOG_FORMAT="json",
        )

    async def _open_business(self, owner):
        command = ("api-key", "--owner", str(owner))
        key = await run_once(self._folder, self._environment(), *command)
        return Business(await self._session(self.balancer.address), key)

    async def _session(self, address):
        timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
        session = aiohttp.ClientSession(address, timeout=timeout)
        return await self._stack.enter_async_context(session)
