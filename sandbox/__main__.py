"""Run the sandbox alone, for any bot: `python -m sandbox`."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

from sandbox.server import NotLoopback, Sandbox, SandboxOptions

_GREETING = """\
The sandbox is at {address}: open it in a browser.

  Bot API        {address}/bot
  Bot token      {token}
  Daraja         {address}
  Consumer key   {key}
  Consumer secret {secret}
  Shortcode      {shortcode}
  Passkey        {passkey}

All of it is play money. Stop with Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit status."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_serve(options))
    except NotLoopback as refusal:
        print(f"{refusal} Use 127.0.0.1, localhost or ::1.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Cannot serve on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> SandboxOptions:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="an address of this machine only")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--state", type=Path, metavar="FILE", help="outlives a restart in FILE")
    parser.add_argument("--callback-delay-s", type=float, default=1.0, metavar="SECONDS")
    given = parser.parse_args(arguments)
    return SandboxOptions(
        host=given.host,
        port=given.port,
        state_path=given.state,
        callback_delay_s=given.callback_delay_s,
    )


async def _serve(options: SandboxOptions) -> None:
    sandbox = Sandbox(options)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no handlers in its loop; there Ctrl-C ends the program by itself.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await sandbox.start()
    try:
        print(_greeting(sandbox.address, options), flush=True)
        await stopped.wait()
    finally:
        await sandbox.stop()


def _greeting(address: str, options: SandboxOptions) -> str:
    app = options.apps[0]
    return _GREETING.format(
        address=address,
        token=options.bot_token,
        key=app.consumer_key,
        secret=app.consumer_secret,
        shortcode=app.shortcode,
        passkey=app.passkey,
    )


if __name__ == "__main__":
    sys.exit(main())
