"""One run: load it, kill at random, let it settle, and gather the evidence."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import asyncpg

from tests.chaos import books
from tests.chaos.load import Load
from tests.chaos.outside import read_debits, read_prompts
from tests.chaos.programs import seeded
from tests.chaos.stage import Stage
from tests.chaos.story import Story, count_logged_errors

_BEGUN_WITH_KES = 20_000
# A repeated charge waits for one whose process died, 90 s each time.
_FINISH_LOAD_WITHIN_S = 400
_CUT_LOAD_AFTER_S = 8
_HANDLE_WITHIN_S = 90
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 30
# PostgreSQL takes everybody down with it, so it is hit less often than one of the five.
_WEIGHTS = {"postgres": 0.4}


async def run(plan, say):
    """Return the story; every process has ended by then, whatever happened."""
    async with AsyncExitStack() as stack:
        stage = Stage(plan, stack)
        await stage.start()
        chaos = Chaos(plan, stage, say)
        return await chaos.run()


class Chaos:
    """What is done to the processes on the stage."""

    def __init__(self, plan, stage, say):
        self._plan = plan
        self._stage = stage
        self._say = say
        self._story = Story()
        self._load = Load(stage.businesses, seeded(plan.seed, "load"))

    async def run(self):
        """Return what happened."""
        await self._load.make_plans()
        async with _beside(self._stage.outside.answer_prompts()):
            await self._torment()
            await self._settle()
        await self._end()
        return self._story

    async def _torment(self):
        """Load, faults and kills at the same time; return when the last request is answered."""
        plan, began_s = self._plan, _seconds()
        work = self._load.run(clients=plan.clients, charges=plan.charges, over_s=plan.killing_s)
        async with _beside(work) as load:
            async with _beside(self._spoil()):
                await self._kill_at_random()
            self._story.killing_s = _seconds() - began_s
            await self._stage.outside.mend_everything()
            self._say("The last kill. Faults off; now it may settle.")
            await self._finish(load)

    async def _finish(self, load):
        """Wait for the last answers: a program that repeats its request must get one."""
        within_s = _CUT_LOAD_AFTER_S if self._plan.is_brief else _FINISH_LOAD_WITHIN_S
        await asyncio.wait([load], timeout=within_s)
        if not load.done() and not self._plan.is_brief:
            self._story.troubles.append("some requests to the API were never answered")

    async def _spoil(self):
        rng = seeded(self._plan.seed, "faults")
        while True:
            await asyncio.sleep(rng.uniform(self._plan.shortest_s, self._plan.longest_s))
            await self._stage.outside.spoil_something()

    async def _kill_at_random(self):
        plan, kills, rng = self._plan, self._story.kills, seeded(self._plan.seed, "kills")
        while kills.total() < plan.kills:
            await asyncio.sleep(rng.uniform(plan.shortest_s, plan.longest_s))
            victim = self._victim(rng)
            if victim is None:
                continue
            victim.kill()
            kills[victim.kind] += 1
            if kills.total() % 10 == 0:
                self._say(f"{kills.total()} of {plan.kills} killed")

    def _victim(self, rng):
        """Return one of those that run, None if all of them lie down just now."""
        up = [each for each in (*self._stage.programs, self._stage.postgres) if each.is_up]
        weights = [_WEIGHTS.get(each.kind, 1) for each in up]
        return rng.choices(up, weights)[0] if up else None

    async def _settle(self):
        """Wait until nothing moves any more; what still does at the deadline is a violation."""
        began_s = told_s = _seconds()
        while (left := await self._moving()) and _seconds() - began_s < self._plan.settle_s:
            if _seconds() - told_s > _TELL_EVERY_S:
                told_s = _seconds()
                self._say(f"still moving: {left}")
            await asyncio.sleep(_LOOK_EVERY_S)
        self._story.settling_s = _seconds() - began_s
        if left and not self._plan.is_brief:
            self._story.troubles.append(f"it did not settle: {left}")

    async def _moving(self):
        left = await self._moving_books()
        if not left and (prompts := await self._stage.outside.open_prompts()):
            return {"open prompts": prompts}
        return left

    async def _moving_books(self):
        try:
            return await books.moving(self._stage.postgres.url)
        except (OSError, asyncpg.PostgresError):
            return {"the database": 1}

    async def _end(self):
        """Stop everything in the order in which nothing gets lost, and read what there is."""
        stage, evidence = self._stage, self._story.evidence
        # The bot first: what it sends after the chats were read would seem to be lost.
        await self._stop("bot")
        evidence.chats = {owner: await stage.outside.chat(owner) for owner in stage.owners}
        await stage.sandbox.stop()
        await self._until_callbacks_are_handled()
        await self._stop("web", "worker")
        evidence.books = await books.read_books(stage.postgres.url)
        self._gather()
        self._count()

    async def _stop(self, *kinds):
        for program in self._stage.programs:
            if program.kind not in kinds:
                continue
            status = await program.stop()
            if status != 0:
                self._story.troubles.append(f"{program.name} ended with {status} on SIGTERM")

    async def _until_callbacks_are_handled(self):
        """What came in while the world was being stopped is handled, too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANDLE_WITHIN_S):
                while "events not handled" in await self._moving_books():  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.2)

    def _gather(self):
        stage, evidence = self._stage, self._story.evidence
        evidence.is_brief = self._plan.is_brief
        evidence.greetings = stage.greetings
        evidence.signups, evidence.orders = self._load.signups, self._load.orders
        evidence.prompts = read_prompts(stage.sandbox.state_path)
        evidence.debits_kes = read_debits(stage.sandbox.state_path, begun_with_kes=_BEGUN_WITH_KES)
        evidence.acknowledged = {
            (seen.token_hash, seen.body_hash)
            for seen in stage.balancer.callbacks
            if seen.is_acknowledged
        }

    def _count(self):
        story, stage = self._story, self._stage
        story.callbacks = Counter(
            "acknowledged" if seen.is_acknowledged else f"lost with {seen.status}"
            for seen in stage.balancer.callbacks
        )
        story.faults, story.repeats = stage.outside.faults, self._load.repeats
        for program in (*stage.programs, stage.postgres):
            for status, times in program.own_ends.items():
                story.own_ends[f"{program.kind} with {status}"] += times
        story.logged_errors = count_logged_errors(self._plan.folder)


@asynccontextmanager
async def _beside(work):
    """Let the work go on as long as the block lasts, and raise what it died of."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _seconds():
    return asyncio.get_running_loop().time()
