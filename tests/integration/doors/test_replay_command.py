"""`python -m fluxpay replay ID` from the outside."""

import asyncio
import logging
from pathlib import Path

import pytest
import structlog

from core.database import open_database
from core.models import InboundEvent, InboundSource
from core.settings import Settings
from fluxpay.cli import main
from tests.fakes import ManualClock

ENVIRONMENT = {
    "TELEGRAM_BOT_TOKEN": "123:abc",
    "DARAJA_BASE_URL": "http://127.0.0.1:9",
    "DARAJA_CONSUMER_KEY": "key",
    "DARAJA_CONSUMER_SECRET": "secret",
    "DARAJA_SHORTCODE": "174379",
    "DARAJA_PASSKEY": "passkey",
    "SECRET_KEY": "a secret that is long enough for us all",
}


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Run the command on a database with these settings; return status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments):
        status = main(["replay", *arguments])
        return status, *capsys.readouterr()

    yield run
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def store(command, sqlite_template):
    """Store one event where the command finds it; return its id."""

    def put(source, body):
        return asyncio.run(_store(sqlite_template, source, body))

    return put


async def _store(sqlite_template, source, body):
    await sqlite_template.copy_to(Path("fluxpay.db"))
    async with open_database("sqlite://fluxpay.db"):
        now = ManualClock().now()
        event = await InboundEvent.create(
            source=source, dedupe_key=source, body=body, received_at=now
        )
    return str(event.id)


def test_it_prints_the_outcome_each_time(command, store):
    event_id = store(InboundSource.STK, b"junk")

    assert command(event_id) == (0, "junk\n", "")
    assert command(event_id) == (0, "junk\n", "")


@pytest.mark.parametrize("event_id", ["1", "99"])
def test_what_is_no_stored_callback_is_told_and_exits_with_1(command, store, event_id):
    store(InboundSource.TELEGRAM, b"{}")

    assert command(event_id) == (1, "", f"There is no stored callback {event_id}.\n")


@pytest.mark.parametrize("event_id", ["x", "0", "-1", "1.5", str(2**63)])
def test_what_is_no_id_exits_with_2(command, event_id):
    with pytest.raises(SystemExit) as end:
        command(event_id)

    assert end.value.code == 2
