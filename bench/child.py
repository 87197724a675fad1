"""One measurement in a process of its own: `python -m bench.child NAME '{...}'`.

A measurement prints its figures as one line of JSON and ends. A server prints the port it listens
on, and ends when its input does.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Mapping
from pkgutil import resolve_name

from core.logs import configure_logs

Figures = dict[str, float]

# Each process loads what it measures and nothing else: a bare loop is no smaller for our imports.
WORK: Mapping[str, str] = {
    "bill": "bench.engine_work:bill",
    "bill_by_hand": "bench.by_hand:bill",
    "bill_one_by_one": "bench.by_hand:bill_one_by_one",
    "prompt": "bench.engine_work:prompt",
    "post_by_hand": "bench.by_hand:post",
    "call_back": "bench.load:call_back",
    "serve_engine": "bench.engine_work:serve",
    "serve_by_hand": "bench.by_hand:serve",
    "serve_daraja": "bench.servers:serve_daraja",
    "serve_bot_api": "bench.bot_api:serve_bot_api",
    "press_menu": "bench.chat:press_menu",
    "echo": "bench.chat:echo",
}


def main() -> None:
    """Do what the arguments name."""
    name, arguments = sys.argv[1:]
    work = resolve_name(WORK[name])
    configure_logs("json")
    figures = asyncio.run(_finished(work(**json.loads(arguments))))
    sys.stdout.write(f"{json.dumps(figures)}\n")


async def _finished(work: Awaitable[Figures]) -> Figures:
    return await work


if __name__ == "__main__":
    main()
