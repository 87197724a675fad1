"""Kill processes at random under load, and see that nothing is lost or charged twice.

`python -m tests.chaos --kills 100`. Ends with 1 when a promise was broken, and names it.
"""

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.checks import violations
from tests.chaos.run import run
from tests.chaos.story import Plan
from tests.chaos.table import lines

_STOPPED = 130
# The sandbox remembers a thousand answered prompts, and some clients get two.
_MOST_LOAD = 900


def main(arguments=None):
    """Run it; return the exit status."""
    given = _arguments(arguments)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    # The database's server runs as a user of its own, who has to get through.
    folder.chmod(0o755)
    _say(f"Seed {given.seed}, {given.kills} kills, in {folder}")
    try:
        story = asyncio.run(_run(_plan(given, folder)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        _say(f"Stopped before its end. The logs are in {folder}")
        return _STOPPED
    broken = [*story.troubles, *violations(story.evidence)]
    for line in lines(story):
        _say(line)
    return _conclude(broken, folder)


async def _run(plan):
    """Run it; SIGTERM stops all its processes, as Ctrl-C does."""
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(plan, _say)


def _arguments(arguments):
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.clients is None:
        given.clients = min(given.kills * 3, 500)
    if given.charges is None:
        given.charges = min(given.kills * 3 // 2, 250)
    if given.clients + given.charges > _MOST_LOAD:
        parser.error(f"clients and charges together are at most {_MOST_LOAD}")
    return given


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--clients", type=int, help="who sign up meanwhile (3 a kill, or 500)")
    parser.add_argument(
        "--charges", type=int, help="single prompts meanwhile (1.5 a kill, or 250)"
    )
    parser.add_argument("--shortest-s", type=float, default=2, help="between two kills")
    parser.add_argument("--longest-s", type=float, default=5, help="between two kills")
    parser.add_argument("--settle-s", type=float, default=1200, help="at most, after the last")
    parser.add_argument(
        "--brief",
        action="store_true",
        help="don't wait for what FluxPay itself waits minutes for: count it, fault it not",
    )
    return parser


def _plan(given, folder):
    return Plan(
        folder=folder,
        seed=given.seed,
        kills=given.kills,
        clients=given.clients,
        charges=given.charges,
        shortest_s=given.shortest_s,
        longest_s=given.longest_s,
        settle_s=given.settle_s,
        is_brief=given.brief,
    )


def _conclude(broken, folder):
    if broken:
        _say(f"{len(broken)} promises broken:")
        for violation in broken:
            _say(f"  - {violation}")
        _say(f"The logs are in {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    _say("No double charge, no lost callback, no lost notice.")
    return 0


def _say(text):
    print(text, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
