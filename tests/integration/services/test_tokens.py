"""The one live OAuth token of a consumer key, shared by tasks and processes."""

import asyncio
from datetime import timedelta

import pytest

from core.cipher import Cipher
from core.models import DarajaToken
from core.ports import AccessToken
from core.services.prompts.tokens import SharedTokens


class Daraja:
    """Makes tokens; each new one kills the one before it."""

    def __init__(self, clock):
        self._clock = clock
        self.made = 0
        self.error = None
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self):
        self.made += 1
        self.asked.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        expires_at = self._clock.now() + timedelta(minutes=55)
        return AccessToken(value=f"token-{self.made}", expires_at=expires_at)


@pytest.fixture
def daraja(clock):
    return Daraja(clock)


@pytest.fixture
def store(database, clock, context):
    return SharedTokens(clock, context.cipher)


@pytest.fixture
def other_process(database, clock, context):
    return SharedTokens(clock, context.cipher)


async def test_token_is_fetched_once_and_kept_encrypted(store, daraja):
    tokens = [await store.get("key", refused=None, fetch=daraja.fetch) for _ in range(3)]

    assert (tokens, daraja.made) == (["token-1"] * 3, 1)
    assert "token-1" not in (await DarajaToken.get()).token_encrypted


async def test_many_who_need_one_at_once_fetch_one(store, other_process, daraja):
    asking = [
        each.get("key", refused=None, fetch=daraja.fetch) for each in [store, other_process] * 10
    ]

    assert set(await asyncio.gather(*asking)) == {"token-1"}
    assert daraja.made == 1


async def test_refused_token_is_fetched_anew_once(store, other_process, daraja):
    await store.get("key", refused=None, fetch=daraja.fetch)
    asking = [
        each.get("key", refused="token-1", fetch=daraja.fetch)
        for each in [store, other_process] * 5
    ]

    assert set(await asyncio.gather(*asking)) == {"token-2"}
    assert daraja.made == 2


async def test_known_token_needs_no_database(store, daraja):
    await store.get("key", refused=None, fetch=daraja.fetch)
    await DarajaToken.all().delete()

    assert await store.get("key", refused=None, fetch=daraja.fetch) == "token-1"


async def test_token_that_another_process_has_replaced_is_taken_from_it_once_refused(
    store, other_process, daraja
):
    await store.get("key", refused=None, fetch=daraja.fetch)
    await other_process.get("key", refused="token-1", fetch=daraja.fetch)

    assert await store.get("key", refused="token-1", fetch=daraja.fetch) == "token-2"
    assert daraja.made == 2


async def test_expired_token_is_fetched_anew(store, daraja, clock):
    await store.get("key", refused=None, fetch=daraja.fetch)
    clock.advance(timedelta(minutes=55))

    assert await store.get("key", refused=None, fetch=daraja.fetch) == "token-2"


async def test_keys_do_not_share_a_token(store, daraja):
    first = await store.get("key", refused=None, fetch=daraja.fetch)

    assert await store.get("other", refused=None, fetch=daraja.fetch) != first


async def test_failure_to_fetch_reaches_all_who_wait_and_the_next_one_tries_again(store, daraja):
    daraja.error = RuntimeError("Daraja is away")
    daraja.gate.clear()
    asking = asyncio.gather(
        *(store.get("key", refused=None, fetch=daraja.fetch) for _ in range(5)),
        return_exceptions=True,
    )
    await daraja.asked.wait()
    daraja.gate.set()

    assert [str(error) for error in await asking] == ["Daraja is away"] * 5
    assert daraja.made == 1
    daraja.error = None
    assert await store.get("key", refused=None, fetch=daraja.fetch) == "token-2"


async def test_one_who_gives_up_waiting_does_not_end_the_others_fetch(store, daraja):
    daraja.gate.clear()
    impatient = asyncio.create_task(store.get("key", refused=None, fetch=daraja.fetch))
    await daraja.asked.wait()
    patient = asyncio.create_task(store.get("key", refused=None, fetch=daraja.fetch))
    await asyncio.sleep(0)

    impatient.cancel()
    daraja.gate.set()

    assert await patient == "token-1"


class WatchedClock:
    """A clock that tells when it has been looked at often enough to show that somebody polls."""

    def __init__(self, clock):
        self._clock = clock
        self._looks = 0
        self.is_polled = asyncio.Event()

    def now(self):
        self._looks += 1
        if self._looks > 6:
            self.is_polled.set()
        return self._clock.now()


async def test_fetch_that_died_with_its_process_is_begun_anew_after_its_lease(
    database, context, daraja, clock
):
    watched = WatchedClock(clock)
    store = SharedTokens(watched, context.cipher)
    begun = asyncio.Event()

    async def never():
        begun.set()
        await asyncio.Event().wait()

    died = SharedTokens(clock, context.cipher).get("key", refused=None, fetch=never)
    dead = asyncio.create_task(died)
    await begun.wait()

    waiting = asyncio.create_task(store.get("key", refused=None, fetch=daraja.fetch))
    await watched.is_polled.wait()
    assert daraja.made == 0
    clock.advance(timedelta(seconds=15))

    assert await waiting == "token-1"
    dead.cancel()


async def test_token_that_another_secret_key_encrypted_is_fetched_anew(store, daraja, clock):
    await store.get("key", refused=None, fetch=daraja.fetch)
    restarted = SharedTokens(clock, Cipher(["another secret key"]))

    assert await restarted.get("key", refused=None, fetch=daraja.fetch) == "token-2"
