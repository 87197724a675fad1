"""The database as it fails: away, slow, refusing a commit, or silent about one that it made."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

from rehearsal.weather import Fault, Weather


class Disk:
    """What a rehearsal does to the statements of its SQLite database."""

    raw: sqlite3.Connection

    def __init__(self, weather: Weather, committed: Callable[[set[str]], Awaitable[None]]) -> None:
        self._weather = weather
        self.committed = committed
        """Called after each commit with the names of the tables that were written."""

    async def before_statement(self) -> None:
        """Take a while, or fail.

        Raises:
            sqlite3.OperationalError: The database is away: nothing was done.
        """
        if self._weather.strikes(Fault.STALL):
            await asyncio.sleep(self._weather.seconds(0.1, 30))
        if self._weather.strikes(Fault.DATABASE_AWAY):
            raise _trouble(sqlite3.SQLITE_CANTOPEN, "unable to open database file")

    async def before_commit(self, roll_back: Callable[[], None]) -> None:
        """Take a while, or refuse.

        Raises:
            sqlite3.OperationalError: Nothing was committed, the transaction is over.
        """
        if self._weather.strikes(Fault.COMMIT_FAILED):
            roll_back()
            raise _trouble(sqlite3.SQLITE_IOERR, "disk I/O error")

    def after_commit(self) -> None:
        """Lose the answer to a commit.

        Raises:
            sqlite3.OperationalError: Everything was committed all the same.
        """
        if self._weather.strikes(Fault.COMMIT_ANSWER_LOST):
            raise _trouble(sqlite3.SQLITE_IOERR, "connection lost during commit")


def _trouble(code: int, text: str) -> sqlite3.OperationalError:
    """Return the error as SQLite makes it, with the code by which the engine knows it."""
    error = sqlite3.OperationalError(f"rehearsed: {text}")
    error.sqlite_errorcode = code
    return error
