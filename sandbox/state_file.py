"""The world on disk: an SQLite file that is never behind what the sandbox has answered.

It outlives the end of the process at any instant. It does not wait for the disk, so a power cut
may damage it.
"""

import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox.rows import Parts, Row, joined, take_all, take_changes

_SQLITE = b"SQLite format 3\0"
_PRAGMAS = (
    "PRAGMA journal_mode = TRUNCATE",  # Unlike WAL it leaves no copy of what was deleted.
    "PRAGMA synchronous = OFF",
    "PRAGMA secure_delete = ON",
)
_TABLE = """
CREATE TABLE state (
    id INTEGER PRIMARY KEY, part TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (part, key)
)"""
_PUT = """
INSERT INTO state (part, key, value) VALUES (?, ?, ?)
ON CONFLICT (part, key) DO UPDATE SET value = excluded.value"""
_TAKE_OUT = "DELETE FROM state WHERE part = ? AND key = ?"

log = logging.getLogger("sandbox")


class StateFile:
    """Where the world is kept between runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def read(self) -> dict[str, Any] | None:
        """Return the state that was kept last, None if none was or it cannot be read."""
        try:
            state = self._read()
        except FileNotFoundError:
            return None
        except (sqlite3.DatabaseError, LookupError, ValueError, RecursionError):
            self.set_aside()
            return None
        if isinstance(state, dict):
            return state
        self.set_aside()
        return None

    def keep(self, parts: Parts) -> None:
        """Write what has changed since the last time; the first time all of it, in a new file.

        What cannot be written is complained of, and all is written anew the next time.
        """
        try:
            if self._db is None:
                self._begin(take_all(parts))
            elif rows := take_changes(parts):
                _write(self._db, rows)
        except (OSError, sqlite3.Error) as error:
            self.close()
            log.error("The sandbox's state cannot be written: %s", error)  # noqa: TRY400 - the reason is enough

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def set_aside(self) -> None:
        """Keep an unusable file as `*.corrupt`, so that the next write does not destroy it."""
        path = self._found()
        aside = path.with_name(f"{path.name}.corrupt")
        path.replace(aside)
        log.error("The sandbox's state was unusable: kept as %s, starting afresh.", aside)

    def _found(self) -> Path:
        """Return where the state is: the first releases kept it in a `.json`."""
        old = self._path.with_suffix(".json")
        is_old = self._path.suffix == ".sqlite3" and old.exists() and not self._path.exists()
        return old if is_old else self._path

    def _read(self) -> Any:
        path = self._found()
        with path.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE)) == _SQLITE
        if not is_sqlite:
            return json.loads(path.read_text(encoding="utf-8"))
        with closing(sqlite3.connect(path)) as db:
            return joined(db.execute("SELECT part, key, value FROM state ORDER BY id"))

    def _begin(self, rows: list[Row]) -> None:
        """Replace the file; the end of the process at any point leaves the old or the new one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.tmp")
        draft.unlink(missing_ok=True)
        # Only its owner may read it: it holds the play people's numbers and PINs.
        draft.touch(mode=0o600)
        with closing(_opened(draft)) as db:
            db.execute(_TABLE)
            _write(db, rows)
        # What a killed process left to be rolled back belongs to the file that goes.
        for path in (self._path, draft):
            path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        old = self._found()
        draft.replace(self._path)
        if old != self._path:
            old.unlink()
        self._db = _opened(self._path)


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in _PRAGMAS:
        db.execute(pragma)
    return db


def _write(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.execute("BEGIN")
    db.executemany(_PUT, [row for row in rows if row[2] is not None])
    db.executemany(_TAKE_OUT, [row[:2] for row in rows if row[2] is None])
    db.execute("COMMIT")
