"""One measurement in a process of its own: `python -m bench.child NAME '{...}'`.

A measurement prints its figures as one line of JSON and ends. A server prints the port it listens
on, and ends when its input does.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping

from bench import by_hand, chat, engine_work, load, servers
from core.logs import configure_logs

Figures = dict[str, float]

WORK: Mapping[str, Callable[..., Awaitable[Figures]]] = {
    "bill": engine_work.bill,
    "bill_by_hand": by_hand.bill,
    "bill_one_by_one": by_hand.bill_one_by_one,
    "prompt": engine_work.prompt,
    "post_by_hand": by_hand.post,
    "call_back": load.call_back,
    "serve_engine": engine_work.serve,
    "serve_by_hand": by_hand.serve,
    "serve_daraja": servers.serve_daraja,
    "serve_bot_api": chat.serve_bot_api,
    "press_menu": chat.press_menu,
    "echo": chat.echo,
}


def main() -> None:
    """Do what the arguments name."""
    name, arguments = sys.argv[1:]
    configure_logs("json")
    figures = asyncio.run(_finished(WORK[name](**json.loads(arguments))))
    sys.stdout.write(f"{json.dumps(figures)}\n")


async def _finished(work: Awaitable[Figures]) -> Figures:
    return await work


if __name__ == "__main__":
    main()
