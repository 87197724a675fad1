"""The world on disk: one JSON file, replaced as a whole."""

import json
import logging
import os
from pathlib import Path
from typing import Any

log = logging.getLogger("sandbox")


class StateFile:
    """Where the world is kept between runs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any] | None:
        """Return what was written last, None if nothing was or it cannot be read."""
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            self.set_aside()
            return None
        if isinstance(state, dict):
            return state
        self.set_aside()
        return None

    def write(self, text: str) -> None:
        """Replace the file; a crash at any point leaves the old one or the new one, whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.tmp")
        # Only its owner may read it: it holds the play people's numbers and PINs.
        draft.touch(mode=0o600)
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def set_aside(self) -> None:
        """Keep an unusable file as `*.corrupt`, so that the next write does not destroy it."""
        aside = self._path.with_name(f"{self._path.name}.corrupt")
        self._path.replace(aside)
        log.error("The sandbox's state was unusable: kept as %s, starting afresh.", aside)
