"""Starting measurements and servers as processes of their own."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

_STOPS_WITHIN_S = 60
_LINE_BYTES = 1024 * 1024
_LAST_WORDS = 3000


class ChildFailed(Exception):
    """A measurement ended without figures."""

    def __init__(self, name: str, last_words: str) -> None:
        super().__init__(f"{name} failed, after this:\n{last_words}")


class Children:
    """Starts processes; what they log goes to one file, as in production it goes somewhere."""

    def __init__(self, log: Path) -> None:
        self._log = log

    async def measure(self, name: str, **arguments: Any) -> dict[str, float]:
        """Run one measurement to its end and return its figures.

        Raises:
            ChildFailed: It has none.
        """
        process = await self._start(name, arguments)
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise ChildFailed(name, self._last_words())
        figures: dict[str, float] = json.loads(output)
        return figures

    @asynccontextmanager
    async def server(self, name: str, **arguments: Any) -> AsyncIterator[int]:
        """Run a server until the block ends; yield its port."""
        process = await self._start(name, arguments)
        try:
            yield await self._port(name, process)
        finally:
            await _end(process)

    async def _port(self, name: str, process: Process) -> int:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        line = await process.stdout.readline()
        if not line:
            raise ChildFailed(name, self._last_words())
        return int(line)

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-_LAST_WORDS:]

    async def _start(self, name: str, arguments: dict[str, Any]) -> Process:
        with self._log.open("ab") as log:
            return await _spawn(name, json.dumps(arguments), log)


async def _spawn(name: str, arguments: str, log: IO[bytes]) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.child", name, arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=log,
        limit=_LINE_BYTES,
    )


async def _end(process: Process) -> None:
    """Close the server's input, which it takes for the sign to end."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
