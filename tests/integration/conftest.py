"""A migrated database, SQLite and PostgreSQL in turn, the engine on it, and the server on that."""

import functools
import os
import secrets
import zlib

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.cipher import Cipher
from core.database import migrate, open_database
from core.engine import Engine
from core.services.context import Context
from core.services.facts import BOT_USERNAME
from core.settings import Settings
from tests.fakes import FakeGateway, ManualClock
from tests.integration.webhook.program import Api
from tests.own_postgres import empty, own_postgres
from webhook.server import build_app

_OWNER = 1001


# What the services do may differ by database, what is said in the chat hardly: each of these runs
# on one of the two, and on both by `make databases`, which CI calls.
_BY_TURNS = ("/integration/bench/", "/integration/bot/", "/integration/rules/")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("EVERY_DATABASE"):
        return
    kept = [item for item in items if _is_its_turn(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _is_its_turn(item):
    """Tell by the test's name, so that it is the same in each process and each run."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    database = params.get("database_url") or params.get("database")
    if database is None or not any(folder in str(item.path) for folder in _BY_TURNS):
        return True
    name = f"{item.originalname}{params.get('case', '')}"
    return database == ("sqlite", "postgres")[zlib.crc32(name.encode()) % 2]


class SqliteTemplate:
    """A migrated file, made once for all tests that begin with a copy of it."""

    def __init__(self, folder):
        self._path = folder / "template.db"
        self._content = None

    async def copy_to(self, path):
        if self._content is None:
            await migrate(f"sqlite://{self._path}")
            self._content = self._path.read_bytes()
        path.write_bytes(self._content)


@pytest.fixture(scope="session")
def postgres_server():
    """A real PostgreSQL of this test run's own."""
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_database():
    return {"name": "fluxpay_test", "is_made": False}


async def _sqlite_url(template, tmp_path):
    path = tmp_path / "fluxpay.db"
    await template.copy_to(path)
    # No power cut is played here: waiting for the disk would only take time.
    return f"sqlite://{path}?synchronous=OFF"


async def _postgres_url(server, database):
    """Return the one migrated database, emptied: a new one would take ten times as long."""
    url = postgres_url(server, database["name"])
    if database["is_made"]:
        await empty(url)
        return url
    admin = await asyncpg.connect(server.get_uri())
    await admin.execute(f"CREATE DATABASE {database['name']}")
    await admin.close()
    await migrate(url)
    database["is_made"] = True
    return url


def postgres_url(server, name):
    """The server's address with another database in it."""
    return server.get_uri(database=name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database_url(request, tmp_path):
    if request.param == "sqlite":
        return await _sqlite_url(request.getfixturevalue("sqlite_template"), tmp_path)
    server = request.getfixturevalue("postgres_server")
    return await _postgres_url(server, request.getfixturevalue("postgres_database"))


@pytest.fixture
async def database(database_url):
    async with open_database(database_url):
        yield database_url


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def gateway():
    return FakeGateway()


@functools.cache
def _read_settings():
    """Read them once: looking through the environment is a fifth of a small test's time."""
    return Settings(
        telegram_bot_token="1:test",
        daraja_base_url="http://127.0.0.1:9",
        daraja_consumer_key="key",
        daraja_consumer_secret="secret",
        daraja_shortcode="174379",
        daraja_passkey="passkey",
        secret_key="a secret key of the tests, long enough",
        public_url="https://pay.example.co.ke",
        admin_ids="9001",
        # The clock stands still in most tests, and with it a limit of so many a second.
        pushes_per_second=0,
    )


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """Settings of a Daraja that nobody calls, free of this machine's environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return _read_settings().model_copy()


@pytest.fixture
def context(settings, clock, gateway):
    return Context(
        settings=settings,
        clock=clock,
        gateway=gateway,
        cipher=Cipher(settings.secret_keys),
        mint=lambda: secrets.token_hex(24),
    )


@pytest.fixture
def engine(database, context):
    return Engine(context)


@pytest.fixture
async def owner(engine):
    user = await engine.people.register_owner(_OWNER)
    user.name, user.business_name = "Wanjiku", "Wanjiku Fitness"
    user.uses_platform_account = True
    await user.save()
    await engine.facts.put(BOT_USERNAME, "FluxPayTestBot")
    return user


@pytest.fixture
async def http(engine):
    async with TestClient(TestServer(build_app(engine))) as client:
        yield client


@pytest.fixture
async def api(engine, owner, http):
    return Api(http, await engine.api_keys.issue(telegram_id=owner.telegram_id))
