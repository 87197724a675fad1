"""The measurements by name; each returns the rows that come of it."""

from collections.abc import Awaitable, Callable, Mapping

from bench.billing import billing
from bench.doors import callbacks, chat
from bench.place import Place
from bench.prompting import prompts, workers
from bench.table import Row

CASES: Mapping[str, Callable[[Place], Awaitable[list[Row]]]] = {
    "billing": billing,
    "prompts": prompts,
    "callbacks": callbacks,
    "workers": workers,
    "chat": chat,
}
