"""Which errors mean that the database is away, and which that a statement of ours is wrong."""

import sqlite3

import asyncpg
import pytest
import structlog
from structlog.testing import capture_logs
from tortoise.exceptions import IntegrityError, OperationalError

from core.database import is_full, is_unavailable, tell_failure


def sqlite_error(code):
    error = sqlite3.OperationalError(f"as SQLite says {code}")
    error.sqlite_errorcode = code
    return error


def wrapped(cause):
    """As Tortoise hands a driver's error on."""
    error = OperationalError(cause)
    error.__cause__ = cause
    return error


AWAY = [
    ConnectionRefusedError(),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError(),
    asyncpg.CannotConnectNowError(),
    asyncpg.AdminShutdownError(),
    asyncpg.TooManyConnectionsError(),
    asyncpg.LockNotAvailableError(),
    asyncpg.QueryCanceledError(),
    asyncpg.DeadlockDetectedError(),
    asyncpg.InterfaceError("connection is closed"),
    sqlite_error(sqlite3.SQLITE_BUSY),
    sqlite_error(sqlite3.SQLITE_IOERR_FSYNC),
]
FULL = [asyncpg.DiskFullError(), sqlite_error(sqlite3.SQLITE_FULL)]
OURS = [
    asyncpg.DataError("value out of range"),
    asyncpg.UndefinedColumnError(),
    sqlite_error(sqlite3.SQLITE_ERROR),
    IntegrityError(),
    ValueError(),
]


@pytest.mark.parametrize("error", [*AWAY, *FULL], ids=repr)
def test_an_outage_is_known_bare_and_wrapped(error):
    assert is_unavailable(error)
    assert is_unavailable(wrapped(error))


@pytest.mark.parametrize("error", [AWAY[0], AWAY[-1], FULL[-1]], ids=repr)
def test_an_outage_is_told_in_a_line_that_warns(error):
    with capture_logs() as lines:
        tell_failure(structlog.get_logger(), "not_stored", wrapped(error), door=1)

    (line,) = lines
    assert (line["log_level"], line["event"], line["door"]) == ("warning", "not_stored", 1)
    assert line["error"] == "OperationalError"
    assert "exc_info" not in line


@pytest.mark.parametrize("error", OURS, ids=repr)
def test_a_mistake_of_ours_is_told_with_its_trace(error):
    with capture_logs() as lines:
        tell_failure(structlog.get_logger(), "not_stored", error, door=1)

    assert lines == [{"event": "not_stored", "log_level": "error", "exc_info": error, "door": 1}]


@pytest.mark.parametrize("error", OURS, ids=repr)
def test_a_mistake_of_ours_is_no_outage(error):
    assert not is_unavailable(error)
    assert not is_unavailable(wrapped(error))


def test_what_went_wrong_while_an_outage_was_handled_is_that_outage():
    error = sqlite_error(sqlite3.SQLITE_ERROR)
    error.__context__ = sqlite_error(sqlite3.SQLITE_FULL)

    assert is_unavailable(error)
    assert is_full(error)


@pytest.mark.parametrize("error", FULL, ids=repr)
def test_want_of_room_is_told_from_other_outages(error):
    assert is_full(error)
    assert is_full(wrapped(error))
    assert not any(is_full(other) for other in [*AWAY, *OURS])


def test_errors_that_contain_each_other_do_not_hang():
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one

    assert not is_unavailable(one)
