"""What the figures were taken on."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("aiohttp", "asyncpg", "aiosqlite", "tortoise-orm")


def describe(postgres_version: str) -> str:
    """Return the machine and the versions in two lines."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, "
        f"{platform.system()} {platform.release()}, load at the start {load:.1f}\n"
        f"Python {platform.python_version()} (asyncio's own event loop), PostgreSQL "
        f"{postgres_version}, SQLite {sqlite3.sqlite_version}, {libraries}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def peak_rss_mib() -> float:
    """Return the most memory that this process has ever held.

    Not getrusage's figure, which a program inherits from the one that started it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")
