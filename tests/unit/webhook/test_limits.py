import asyncio

import pytest

from webhook.limits import API_KEY, BAD_KEYS, LIMITS, MACHINES, Buckets, Rate

AUTH = {"Authorization": "Bearer fp_0123456789abcdef"}
CALLBACK = "/api/payments/callback"


def buckets(watch, per_second=2, burst=3):
    return Buckets(Rate(per_second=per_second, burst=burst), watch)


def test_a_burst_passes_and_what_exceeds_it_is_told_how_long_to_wait(watch):
    taken = buckets(watch)

    assert [taken.take("a") for _ in range(3)] == [0, 0, 0]
    assert taken.take("a") == pytest.approx(0.5)


def test_waiting_as_told_is_enough(watch):
    taken = buckets(watch)
    for _ in range(3):
        taken.take("a")

    watch.now_s += taken.take("a")

    assert taken.take("a") == 0
    assert taken.take("a") > 0


def test_what_is_refused_costs_nothing(watch):
    taken = buckets(watch)
    for _ in range(50):
        taken.take("a")

    watch.now_s += 0.5

    assert taken.take("a") == 0


def test_over_time_the_rate_passes_and_no_more(watch):
    taken = buckets(watch)
    passed = 0
    for _ in range(1000):
        passed += taken.take("a") == 0
        watch.now_s += 0.01

    assert passed in {22, 23}  # ten seconds at two, and the burst of three


def test_a_long_silence_fills_the_bucket_and_no_more(watch):
    taken = buckets(watch)
    taken.take("a")

    watch.now_s += 3600

    assert [taken.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_callers_do_not_share(watch):
    taken = buckets(watch, burst=1)

    assert [taken.take("a"), taken.take("b")] == [0, 0]
    assert taken.take("a") > 0


def test_memory_is_bounded_and_who_is_at_it_keeps_his_bucket(watch):
    taken = buckets(watch, burst=1)
    for number in range(25_000):
        taken.take(number)
        taken.take("busy")
        watch.now_s += 0.5

    assert len(taken) == 10_000
    assert "busy" in taken
    assert 0 not in taken


def test_a_callers_bucket_can_be_forgotten(watch):
    taken = buckets(watch, burst=1)
    taken.take("a")

    taken.forget("a")
    taken.forget("never seen")

    assert taken.take("a") == 0


def test_safaricoms_bursts_are_far_below_the_limit_of_callbacks():
    assert MACHINES.per_second >= 200
    assert MACHINES.burst >= 200


async def test_more_callbacks_than_the_limit_are_429_and_stored_nowhere(
    browser, bare_engine, watch
):
    for _ in range(MACHINES.burst - 1):
        assert browser.server.app[LIMITS].callbacks.take("127.0.0.1") == 0

    statuses = [(await browser.post(CALLBACK, data=b"1")).status for _ in range(3)]
    watch.now_s += 1
    statuses += [(await browser.post(CALLBACK, data=b"2")).status]

    assert statuses == [200, 429, 429, 200]
    assert [body for body, _ in bare_engine.inbox.callbacks] == [b"1", b"2"]


async def test_a_burst_of_callbacks_from_one_address_is_taken_whole(browser, bare_engine):
    posts = [browser.post(CALLBACK, data=str(number)) for number in range(200)]

    assert {answer.status for answer in await asyncio.gather(*posts)} == {200}
    assert len(bare_engine.inbox.callbacks) == 200


async def test_bad_keys_are_429_after_a_while_with_the_seconds_to_wait(browser):
    answers = [await browser.get("/api/plans", headers=AUTH) for _ in range(BAD_KEYS.burst + 40)]

    assert [answer.status for answer in answers] == [401] * BAD_KEYS.burst + [429] * 40
    assert int(answers[-1].headers["Retry-After"]) == 1
    assert (await answers[-1].json())["error"]["code"] == "too_many_requests"


async def test_bad_keys_leave_callbacks_and_health_alone(browser):
    for _ in range(BAD_KEYS.burst + 40):
        await browser.get("/api/plans", headers=AUTH)

    assert (await browser.post(CALLBACK, data=b"{}")).status == 200
    assert (await browser.get("/healthz")).status == 200


async def test_a_bad_key_that_is_refused_is_not_looked_up(browser, bare_engine):
    for _ in range(BAD_KEYS.burst + 40):
        await browser.get("/api/plans", headers=AUTH)

    assert bare_engine.api_keys.looks == BAD_KEYS.burst


async def test_a_live_key_is_used_beside_bad_ones_from_the_same_address(browser, bare_engine):
    live = {"Authorization": "Bearer fp_live"}
    bare_engine.api_keys.live = "fp_live"
    assert (await browser.get("/api/plans/none", headers=live)).status == 404
    for _ in range(BAD_KEYS.burst + 40):
        await browser.get("/api/plans", headers=AUTH)

    assert (await browser.get("/api/plans/none", headers=live)).status == 404


async def test_a_live_key_has_its_own_limit(browser, bare_engine):
    live = {"Authorization": "Bearer fp_live"}
    bare_engine.api_keys.live = "fp_live"
    statuses = [
        (await browser.get("/api/plans/none", headers=live)).status
        for _ in range(API_KEY.burst + 2)
    ]

    assert statuses == [404] * API_KEY.burst + [429, 429]


async def test_a_key_that_was_revoked_loses_its_privilege(browser, bare_engine):
    live = {"Authorization": "Bearer fp_live"}
    bare_engine.api_keys.live = "fp_live"
    await browser.get("/api/plans/none", headers=live)

    bare_engine.api_keys.live = None
    statuses = [
        (await browser.get("/api/plans", headers=live)).status for _ in range(BAD_KEYS.burst + 40)
    ]

    assert statuses[0] == 401
    assert statuses[-1] == 429
