"""The project's own files, as somebody finds them who has just fetched it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
# What tools and runs leave behind; .gitignore names the same.
_LEFT_BEHIND = frozenset({"__pycache__", "artifacts", "build", "mutants", "node_modules"})
_KEPT_HIDDEN = frozenset({".ci"})


def _is_ours(folder):
    if folder.startswith("."):
        return folder in _KEPT_HIDDEN
    return folder not in _LEFT_BEHIND


@pytest.fixture(scope="session")
def root():
    return _ROOT


@pytest.fixture(scope="session")
def files():
    """Every text file of the project with its text, by its path from the root."""
    found = {}
    for folder, folders, names in os.walk(_ROOT):
        folders[:] = [name for name in folders if _is_ours(name)]
        for name in names:
            path = Path(folder, name)
            text = _text_of(path)
            if text is not None:
                found[path.relative_to(_ROOT).as_posix()] = text
    return found


def _text_of(path):
    if path.name == ".env":
        return None  # An operator's secrets are nobody's business.
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture, or a database


@pytest.fixture(scope="session")
def sources(files):
    """The Python files, but for the migrations, which Tortoise writes."""
    return {
        path: text
        for path, text in files.items()
        if path.endswith(".py") and not path.startswith("migrations/")
    }
