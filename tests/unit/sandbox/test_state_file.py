"""The state on disk: what a kill, a full disk and a broken file leave of it."""

import shutil
import sqlite3

import pytest

from sandbox.rows import Recorded, Shelf, Whole
from sandbox.state_file import StateFile


class Thing(Recorded):
    def __init__(self, name):
        self.name = name


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite3"


@pytest.fixture
def things():
    things = Shelf(vars)
    for key in range(100):
        things[key] = Thing(f"{key} " * 100)
    return things


@pytest.fixture
def parts(things):
    return {"world.things": things, "world.count": Whole(lambda: len(things))}


@pytest.fixture
def file(path, parts):
    file = StateFile(path)
    file.keep(parts)
    yield file
    file.close()


def kept(path):
    state = StateFile(path).read()["world"]
    return [each["name"] for each in state["things"]], state["count"]


def test_what_is_set_added_and_taken_away_is_kept_in_order(path, things, parts, file):
    things[3].name = "three"
    things[100] = Thing("a hundred")
    del things[0]

    file.keep(parts)

    assert kept(path) == ([thing.name for thing in things.values()], 100)


def test_kill_in_the_midst_of_a_write_leaves_what_was_kept_before(path, things, file):
    before = kept(path)
    with sqlite3.connect(path, isolation_level=None) as killed:
        killed.execute("PRAGMA cache_size = 1")  # So that half of it is in the file already.
        killed.execute("PRAGMA cache_spill = 1")
        killed.execute("BEGIN")
        killed.execute("UPDATE state SET value = '\"lost\"'")
        left = path.with_name("left.sqlite3")
        shutil.copy(path, left)
        shutil.copy(path.with_name(f"{path.name}-journal"), left.with_name(f"{left.name}-journal"))
        killed.execute("ROLLBACK")
    assert b"lost" in left.read_bytes()

    assert kept(left) == before


def test_what_could_not_be_written_is_written_later(tmp_path, things, parts, caplog):
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    file = StateFile(folder / "state.sqlite3")
    file.keep(parts)
    things[3].name = "three"
    assert "cannot be written" in caplog.text

    folder.unlink()
    file.keep(parts)

    assert kept(folder / "state.sqlite3") == ([thing.name for thing in things.values()], 100)
    file.close()


def test_what_was_taken_away_leaves_nothing_in_the_file(path, things, parts, file):
    things[7].name = "a secret " * 30
    file.keep(parts)
    things[7].name = "none"
    file.keep(parts)

    left = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert b"secret" not in left
