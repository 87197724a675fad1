"""Rehearse one seed: build its world, live through the days, let it calm down, and judge."""

import asyncio
import contextvars
import time as machine
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from core.cipher import Cipher
from core.daraja.gateway import DarajaGateway
from core.engine import Engine
from core.services.context import Context
from core.services.prompts.tokens import SharedTokens
from core.setting_values import Hours
from core.settings import Settings
from rehearsal.baton import Baton, adopt_tasks
from rehearsal.courier import Courier
from rehearsal.daraja import Daraja, Session
from rehearsal.decisions import Deciders
from rehearsal.ending import judge_the_end, nothing_is_stuck
from rehearsal.loop import Deadlock, VirtualClock, VirtualLoop
from rehearsal.offices import Offices, Role
from rehearsal.people import Clients
from rehearsal.promises import Promises
from rehearsal.store import Store
from rehearsal.telegram import Telegram
from rehearsal.timetable import Ticker
from rehearsal.town import ADMIN, Town
from rehearsal.trace import Trace
from rehearsal.truth import Sent, Truth
from rehearsal.weather import Fault, Weather
from rehearsal.world import Broken, World, stream
from sandbox.mpesa.network import Mpesa

if TYPE_CHECKING:
    import aiohttp

BEGINS_AT = datetime(2026, 1, 27, 4, 0, tzinfo=UTC)
"""Close to a month's end, at seven in Nairobi."""
CALM_DAYS = 6
"""Time for what is under way to come to its end, once nothing goes wrong any more."""
STUCK_AFTER_DAYS = 2
"""From then on whatever has not moved is stuck."""
_DAY_S = 86_400.0
_SHORTCODE = "174379"
Spoil = Callable[[Engine], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one seed went."""

    seed: int
    broken: Broken | None
    last_steps: tuple[str, ...]
    digest: str
    """Of all steps and of the database at the end."""
    counts: Counter[str] = field(default_factory=Counter)
    machine_s: float = 0.0


class _PlainCipher(Cipher):
    """Encrypts nothing: the real one takes random bytes from the machine."""

    def encrypt(self, text: str) -> str:
        return f"plain:{text}"

    def decrypt(self, token: str) -> str:
        return token.removeprefix("plain:")


def rehearse(
    seed: int,
    *,
    days: float,
    store: Store,
    spoil: Spoil = lambda _engine: None,
    echo: bool = False,
) -> Outcome:
    """Live through these days and judge; `spoil` breaks each engine on purpose."""
    began_s = machine.process_time()
    loop = VirtualLoop()
    trace = Trace(echo=echo)
    try:
        rehearsal = _Rehearsal(seed, loop=loop, trace=trace, store=store, spoil=spoil)
        rehearsal.run_through(days)
    finally:
        loop.close()
    return rehearsal.outcome(machine.process_time() - began_s)


class _Rehearsal:
    """The parts of one seed's world, put together."""

    def __init__(
        self, seed: int, *, loop: VirtualLoop, trace: Trace, store: Store, spoil: Spoil
    ) -> None:
        self._loop = loop
        self._trace = trace
        self._store = store
        self._spoil = spoil
        self._settings = _settings()
        self._world = _world(seed, loop, trace, store)
        self._world.weather.is_calm = True
        self._mints = self._world.rng("mint")
        self._promises = Promises(self._world)
        self._baton = Baton(loop, self._world.rng("baton"), trace)
        self._baton.strike = lambda _label: self._world.weather.strikes(Fault.CRASH)
        self._telegram = Telegram(self._world)
        self._courier = Courier(self._world)
        self._mpesa = Mpesa(
            now=self._world.clock.now, answered=self._courier.answered, first_serial=seed
        )
        clients = Clients(self._world, self._world.rng("clients"))
        self._daraja = Daraja(
            self._world, mpesa=self._mpesa, courier=self._courier, clients=clients
        )
        self._daraja.prompted = self._prompted
        self._cipher = _PlainCipher(self._settings.secret_keys)
        self._digest = ""

    def outcome(self, machine_s: float) -> Outcome:
        """Return how it went."""
        world = self._world
        paid = sum(sent.is_paid for sent in world.truth.sent)
        counts = Counter(
            steps=self._trace.steps,
            commits=self._promises.commits,
            prompts=len(world.truth.sent),
            payments=paid,
            callbacks=self._courier.delivered,
            notices=sum(self._telegram.shown.values()),
        )
        counts.update({fault.value: number for fault, number in world.weather.struck.items()})
        return Outcome(
            seed=world.seed,
            broken=world.broken,
            last_steps=tuple(self._trace.last),
            digest=self._digest,
            counts=counts,
            machine_s=machine_s,
        )

    def run_through(self, days: float) -> None:
        """Live through it all."""
        try:
            self._loop.run_until_complete(self._run(days))
        except Deadlock:
            self._world.fail("somebody can always go on", "every task waits for another one")

    async def _run(self, days: float) -> None:
        async with self._store.open(self._world, self._committed):
            self._world.outside = contextvars.copy_context()
            adopt_tasks(self._loop)
            self._offices = Offices(
                self._world, self._baton, build=self._engine, messenger=self._telegram
            )
            self._ticker = Ticker(self._world, self._offices, self._settings)
            self._town = Town(self._world, self._offices, _SHORTCODE)
            self._deciders = Deciders(self._world, self._offices)
            await self._town.found(self._engine(), self._cipher.encrypt)
            await self._live(days)
            self._trace.add(await self._store.digest())
        self._digest = self._trace.digest

    async def _live(self, days: float) -> None:
        """Open the offices, let things go wrong for these days, and then let them calm down."""
        world = self._world
        self._loop.choose = self._baton.choose
        self._baton.still = self._ticker.still
        self._offices.begun = self._ticker.all_changed
        self._courier.deliver = self._deliver
        world.weather.is_calm = False
        self._town.outages(days)
        self._offices.open()
        works = [world.begin(work) for work in (self._ticker.run(), self._town.live())]
        works.append(world.begin(self._town.care()))
        works.append(world.begin(self._deciders.run()))
        await self._pass_time(days * _DAY_S)
        world.weather.is_calm = True
        for day in range(CALM_DAYS):
            await self._pass_time(_DAY_S)
            if world.broken is None and day >= STUCK_AFTER_DAYS:
                await nothing_is_stuck(world)
        if world.broken is None:
            await judge_the_end(world, self._telegram)
        await self._close(works)

    async def _pass_time(self, seconds: float) -> None:
        """Let time go by, unless a promise is broken."""
        if self._world.broken is None:
            self._world.later(seconds, self._world.ended.set)
            await self._world.ended.wait()
            if self._world.broken is None:
                self._world.ended.clear()

    async def _close(self, works: list[asyncio.Task[Any]]) -> None:
        """Let everything end without another step."""
        self._loop.choose = lambda: False
        self._offices.close()
        self._world.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in [*works, *tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _engine(self) -> Engine:
        gateway = DarajaGateway(
            base_url="http://127.0.0.1:9",
            session=cast("aiohttp.ClientSession", Session(self._world, self._daraja)),
            tokens=SharedTokens(self._world.clock, self._cipher),
            clock=self._world.clock,
        )
        engine = Engine(
            Context(
                settings=self._settings,
                clock=self._world.clock,
                gateway=gateway,
                cipher=self._cipher,
                mint=lambda: f"{self._mints.getrandbits(192):048x}",
            )
        )
        self._spoil(engine)
        return engine

    async def _prompted(self, sent: Sent) -> None:
        await self._town.prompted(sent)
        self._deciders.prompted(sent)

    async def _committed(self, tables: set[str]) -> None:
        if self._loop.choose == self._baton.choose and self._world.broken is None:
            self._ticker.wrote(tables)
            await self._promises.committed(tables)

    async def _deliver(self, body: bytes, token: str | None) -> bool:
        """Post a callback to our server; what it acknowledges must be stored."""
        is_done, _ = await self._offices.call(
            Role.WEB, lambda engine: engine.inbox.receive_callback(body, token=token)
        )
        if is_done and not await self._store.has_event(body):
            self._world.fail("a callback is stored before it is acknowledged", repr(body))
        return is_done


def _world(seed: int, loop: VirtualLoop, trace: Trace, store: Store) -> World:
    return World(
        seed=seed,
        loop=loop,
        clock=VirtualClock(loop, BEGINS_AT),
        trace=trace,
        weather=Weather(stream(seed, "weather")),
        truth=Truth(),
        observer=store,
        outside=contextvars.copy_context(),
    )


def _settings() -> Settings:
    """Return settings that no environment has a say in."""
    return Settings.model_construct(
        database_url="sqlite://:memory:",
        telegram_bot_token=SecretStr("1:rehearsal"),
        public_url="https://pay.example.co.ke",
        daraja_base_url="http://127.0.0.1:9",
        daraja_consumer_key=SecretStr("key"),
        daraja_consumer_secret=SecretStr("secret"),
        daraja_passkey=SecretStr("passkey"),
        daraja_shortcode=_SHORTCODE,
        admin_ids=frozenset({ADMIN}),
        secret_key=SecretStr("a secret key of the rehearsal, long enough"),
        timezone=ZoneInfo("Africa/Nairobi"),
        billing_time=time(8, 0),
        sociable_hours=Hours(420, 1260),
        grace_days=3,
    )
