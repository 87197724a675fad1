"""A PostgreSQL that can be stopped, started, and cut off, as an operator's network does it."""

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_SOCKET = ".s.PGSQL.5432"


class OwnPostgres:
    """A server of one test's own: nobody else notices when it is gone."""

    def __init__(self, server):
        self._server = server
        self.folder = parse_qs(urlsplit(server.get_uri()).query)["host"][0]

    @property
    def url(self):
        return self._server.get_uri()

    async def stop(self):
        await asyncio.to_thread(self._server.stop)

    async def start(self):
        await asyncio.to_thread(self._server.ensure_postgres_running)


class Wire:
    """What lies between the program and PostgreSQL; cut, it says nothing and hangs nothing up."""

    def __init__(self, folder, server_folder):
        self._folder = Path(folder)
        self._target = str(Path(server_folder) / _SOCKET)
        self._whole = asyncio.Event()
        self._whole.set()
        self._tasks = set()
        self._server = None

    @property
    def url(self):
        return f"postgres://postgres:@/postgres?host={self._folder}"

    async def open(self):
        path = str(self._folder / _SOCKET)
        self._server = await asyncio.start_unix_server(self._connected, path)

    async def close(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self):
        self._whole.clear()

    def mend(self):
        self._whole.set()

    async def _connected(self, reader, writer):
        await self._whole.wait()
        far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        for ends in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(*ends))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader, writer):
        with contextlib.suppress(ConnectionError, RuntimeError):
            while data := await reader.read(65_536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
