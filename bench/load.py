"""Callbacks by the thousand over kept-alive connections, from a process of their own."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing

import asyncpg

from bench.town import AMOUNT_KES, checkout_id, phone, push_token

_LOOK_EVERY_S = 0.01
_UNHANDLED = "SELECT count(*) FROM inbound_events WHERE source = 'STK' AND handled_at IS NULL"


async def call_back(*, port: int, calls: int, connections: int, url: str = "") -> dict[str, float]:
    """Send the callbacks of pushes 1 to `calls`, each as soon as a connection is free.

    With a database URL, also wait until all of them are handled. `p50_ms` and `p99_ms` are of the
    acknowledgements.
    """
    requests = iter([_request(number) for number in range(1, calls + 1)])
    began_s = time.perf_counter()
    latencies = await asyncio.gather(*(_connection(port, requests) for _ in range(connections)))
    acknowledged_s = time.perf_counter() - began_s
    if url:
        await _all_handled(url)
    settled_s = time.perf_counter() - began_s
    ordered = sorted(latency for several in latencies for latency in several)
    return {
        "count": len(ordered),
        "acknowledged_s": acknowledged_s,
        "settled_s": settled_s,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
    }


def _request(number: int) -> bytes:
    body = _body(number)
    head = (
        f"POST /api/payments/callback/{push_token(number)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _body(number: int) -> bytes:
    """Return a callback of a payment, as Safaricom sends it."""
    items = {
        "Amount": AMOUNT_KES,
        "MpesaReceiptNumber": f"S{number:09d}",
        "TransactionDate": 20261123090000,
        "PhoneNumber": int(phone(number)),
    }
    callback = {
        "MerchantRequestID": f"m-{number}",
        "CheckoutRequestID": checkout_id(number),
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": [{"Name": k, "Value": v} for k, v in items.items()]},
    }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


async def _connection(port: int, requests: Iterator[bytes]) -> list[float]:
    """Send what is left, one after the other; return how long each answer took.

    Raises:
        RuntimeError: An answer was not 200.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    for request in requests:
        began_s = time.perf_counter()
        writer.write(request)
        await _read_answer(reader)
        latencies.append(time.perf_counter() - began_s)
    writer.close()
    return latencies


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))


async def _all_handled(url: str) -> None:
    async with _counter(url) as unhandled:
        while await unhandled():  # noqa: ASYNC110 - another process handles them
            await asyncio.sleep(_LOOK_EVERY_S)


@asynccontextmanager
async def _counter(url: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Yield what counts the callbacks that are stored and not handled."""
    if url.startswith("sqlite://"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"), timeout=30)) as database:

            async def count() -> int:
                return int(database.execute(_UNHANDLED).fetchone()[0])

            yield count
        return
    connection = await asyncpg.connect(url)
    try:

        async def count_there() -> int:
            return int(await connection.fetchval(_UNHANDLED))

        yield count_there
    finally:
        await connection.close()
