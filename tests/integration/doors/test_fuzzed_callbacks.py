"""Whatever anybody sends to the callback paths: no 5xx, and nothing is settled by it."""

import logging

import pytest
import structlog

from tests.fuzz_callbacks import Bodies, fuzz


@pytest.fixture
def quiet():
    """A line for each request is too many."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("seed", [1, 2])
async def test_fuzzed_callbacks_are_no_5xx_and_settle_nothing(quiet, seed):
    answers, outcomes = await fuzz(count=1_500, seed=seed)

    assert answers[200] > 1_000
    # The bodies reach every judgement there is, not the first one alone.
    assert {"junk", "unknown_token", "unknown_push", "awaiting_query"} <= set(outcomes)
    assert any(word.startswith("parked:") for word in outcomes)


def test_one_number_makes_the_same_bodies_again():
    first, second, other = Bodies(7), Bodies(7), Bodies(8)
    base = {"Body": {"stkCallback": {"ResultCode": 0}}}

    bodies = [first.next(base) for _ in range(50)]

    assert bodies == [second.next(base) for _ in range(50)]
    assert bodies != [other.next(base) for _ in range(50)]
