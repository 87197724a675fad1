"""A disk that fails as a DB transaction begins or ends: SQLite goes on, nothing is half kept."""

import asyncio
import sqlite3

import pytest
from tortoise import Tortoise

from core.database import (
    DatabaseUnavailable,
    is_reachable,
    migrate,
    open_database,
    transaction,
)
from core.models import ServicePlan
from tests.integration.webhook.program import PLAN

SOON_S = 5


@pytest.fixture
async def database_url(tmp_path, sqlite_template):
    path = tmp_path / "fluxpay.db"
    await sqlite_template.copy_to(path)
    return f"sqlite://{path}"


class Disk:
    """The disk under the program's one connection."""

    def __init__(self):
        connection = Tortoise.get_connection("sqlite")._connection  # noqa: SLF001 - Tortoise's
        self.begun = asyncio.Event()
        self._is_failing = {"BEGIN": False, "COMMIT": False, "ROLLBACK": False}
        self._execute, self._commit = connection.execute, connection.commit
        self._rollback = connection.rollback
        connection.execute, connection.commit = self.execute, self.commit
        connection.rollback = self.rollback

    def fail(self, *words):
        self._is_failing = {word: word in words for word in self._is_failing}

    async def execute(self, sql, parameters=None):
        self.begun.set()
        self._look(sql)
        return await self._execute(sql, parameters)

    async def commit(self):
        self._look("COMMIT")
        await self._commit()

    async def rollback(self):
        self._look("ROLLBACK")
        await self._rollback()

    def _look(self, sql):
        if self._is_failing.get(sql):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error


@pytest.fixture
async def disk(api):
    await api.get("/api/plans")  # The connection is there from the first statement on.
    return Disk()


async def _post(api, status):
    """Make a plan under a key, which is work of one DB transaction."""
    async with asyncio.timeout(SOON_S):
        return await api.post("/api/plans", PLAN, status=status, key=f"key-{status}")


@pytest.mark.parametrize("word", ["BEGIN", "COMMIT", "ROLLBACK"])
async def test_a_transaction_that_cannot_begin_or_end_is_503_and_the_next_one_works(
    api, disk, word
):
    disk.fail(word)

    refused = await _post(api, 503)

    assert refused["error"]["code"] == "unavailable"
    disk.fail()
    await _post(api, 201)
    assert await ServicePlan.all().count() == 1


@pytest.mark.parametrize("words", [["COMMIT"], ["COMMIT", "ROLLBACK"]])
async def test_what_could_not_be_committed_is_not_kept_by_the_next_transaction(api, disk, words):
    disk.fail(*words)
    await _post(api, 503)
    disk.fail()

    async with transaction():
        pass

    assert await ServicePlan.all().count() == 0


async def test_a_task_cancelled_while_it_begins_leaves_the_database_to_the_others(api, disk):
    async def begin():
        async with transaction():
            await asyncio.Event().wait()

    task = asyncio.create_task(begin())
    await disk.begun.wait()
    task.cancel()
    await asyncio.wait([task])

    await _post(api, 201)


@pytest.mark.parametrize("content", [None, b"no database at all" * 500])
async def test_a_file_that_cannot_be_opened_is_said_at_once_and_each_time(tmp_path, content):
    path = tmp_path / "absent" / "fluxpay.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    url = f"sqlite://{path}"

    async with asyncio.timeout(SOON_S):
        with pytest.raises(DatabaseUnavailable):
            await migrate(url)
        async with open_database(url):
            for _ in range(2):
                assert not await is_reachable()
                with pytest.raises(DatabaseUnavailable):
                    await ServicePlan.all()
                with pytest.raises(DatabaseUnavailable):
                    async with transaction():
                        pass
