"""The command line. Results go to stdout, logs to stderr."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import sandbox.__main__
from core.clock import SystemClock
from core.database import DatabaseUnavailable, migrate
from core.logs import configure_logs
from core.settings import Settings, SettingsInvalid, load_settings
from fluxpay.bill import bill
from fluxpay.demo import NoSandbox
from fluxpay.play.headless import ScenarioFailed, play_files
from fluxpay.play.reading import ScenarioInvalid
from fluxpay.processes import bot_process, run, web_process, worker_process
from fluxpay.replay import NoSuchCallback, replay
from fluxpay.wiring import open_engine

_FAILED = 1
_BAD_SETTINGS = 2
# Telegram promises that ids fit into 52 bits; the column takes 63.
_MAX_ID = 2**63 - 1
Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    2 when the settings, the arguments or a scenario's file are wrong.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["sandbox"]:  # It has options of its own.
        return sandbox.__main__.main(list(arguments[1:]))
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        print("FluxPay can't start. Please mend these settings:", file=sys.stderr)
        print("\n".join(f"  {fault}" for fault in error.faults), file=sys.stderr)
        return _BAD_SETTINGS
    configure_logs(settings.log_format, level=settings.log_level)
    return _carry_out(given, settings)


def _carry_out(given: argparse.Namespace, settings: Settings) -> int:
    try:
        asyncio.run(given.run(settings, given))
    except ScenarioInvalid as error:
        print("\n".join(error.faults), file=sys.stderr)
        return _BAD_SETTINGS
    except (NoSandbox, NoSuchCallback, *DatabaseUnavailable) as error:
        print(_why(error), file=sys.stderr)
        return _FAILED
    except (ScenarioFailed, KeyboardInterrupt):
        return _FAILED
    return 0


def _why(error: Exception) -> str:
    match error:
        case NoSandbox():
            return (
                f"No sandbox is running at {error}. Without TELEGRAM_BOT_TOKEN and DARAJA_* this "
                "command joins the one of `python -m fluxpay run`: start that first."
            )
        case NoSuchCallback():
            return f"There is no stored callback {error}."
        case _:
            return f"FluxPay can't go on: {type(error).__name__}: {error}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fluxpay", description="Recurring M-Pesa billing, run from a Telegram chat."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (command, text) in _COMMANDS.items():
        commands.add_parser(name, help=text, description=text).set_defaults(run=command)
    commands.choices["api-key"].add_argument(
        "--owner", type=_telegram_id, required=True, metavar="TELEGRAM_ID"
    )
    commands.choices["scenario"].add_argument("files", nargs="+", type=Path, metavar="FILE")
    commands.choices["replay"].add_argument("id", type=_event_id, metavar="ID")
    commands.add_parser("sandbox", help="run the local Safaricom and Telegram alone")
    return parser


def _telegram_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_ID):
        raise argparse.ArgumentTypeError(f"{text!r} is not a Telegram id, for example 1001")
    return int(text)


def _event_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_ID):
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a stored event")
    return int(text)


async def _run(settings: Settings, _given: argparse.Namespace) -> None:
    await run(settings)


async def _web(settings: Settings, _given: argparse.Namespace) -> None:
    await web_process(settings)


async def _worker(settings: Settings, _given: argparse.Namespace) -> None:
    await worker_process(settings)


async def _bot(settings: Settings, _given: argparse.Namespace) -> None:
    await bot_process(settings)


async def _migrate(settings: Settings, _given: argparse.Namespace) -> None:
    await migrate(settings.database_url)
    print("The database is up to date.")


async def _bill(settings: Settings, _given: argparse.Namespace) -> None:
    print(await bill(settings))


async def _replay(settings: Settings, given: argparse.Namespace) -> None:
    print(await replay(settings, given.id))


async def _scenario(settings: Settings, given: argparse.Namespace) -> None:
    del settings  # A play has a database and a world of its own.
    await play_files(given.files)


async def _api_key(settings: Settings, given: argparse.Namespace) -> None:
    async with open_engine(settings, SystemClock()) as engine:
        print(await engine.api_keys.issue(telegram_id=given.owner))


_COMMANDS: dict[str, tuple[Command, str]] = {
    "run": (_run, "run everything in one process; with no token set, with the sandbox"),
    "web": (_web, "take callbacks and the HTTP API; any number of processes"),
    "worker": (_worker, "make bills, send prompts, reconcile; any number of processes"),
    "bot": (_bot, "hold the chat and deliver notices; one process"),
    "bill": (_bill, "work off what is due now, say what was done, and exit"),
    "replay": (_replay, "hand a stored callback to settlement once more, and say its outcome"),
    "migrate": (_migrate, "bring the database up to date"),
    "scenario": (_scenario, "play scenarios in worlds of their own; fail if one goes otherwise"),
    "api-key": (_api_key, "print a new key to the HTTP API for an owner"),
}
