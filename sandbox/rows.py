"""The state of the world as rows, each of which knows whether it has changed since it was taken.

A row is a part of the state, a key and what JSON can hold of it. A part's name is its path in the
state as a whole: `telegram.messages.nextId`.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

_KeyT = TypeVar("_KeyT", bound=Hashable)
_ThingT = TypeVar("_ThingT")

Row = tuple[str, str, str | None]
"""A part, a key and the JSON text; None: the row is gone."""

_WHOLE = ""
"""The key of a row that is all of its part, or the empty list that others are appended to."""


class Recorded:
    """Something with a row of its own: setting one of its attributes marks the row as changed.

    What an attribute holds is replaced and never changed in place: that would mark nothing.
    """

    __slots__ = ("_mark",)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        mark: Callable[[], None] | None = getattr(self, "_mark", None)
        if mark is not None:
            mark()

    def call_when_set(self, mark: Callable[[], None]) -> None:
        """Have `mark` called at each change from now on."""
        object.__setattr__(self, "_mark", mark)


class Part(Protocol):
    """A part of the state."""

    def take_changes(self) -> Iterable[tuple[str, Any]]:
        """Return keys and values that have changed since they were taken; None: gone."""

    def take_all(self) -> Iterable[tuple[str, Any]]:
        """Return all keys and values there are."""


Parts = Mapping[str, Part]


class Shelf(dict[_KeyT, _ThingT], Generic[_KeyT, _ThingT]):
    """Things by key, in the order in which they came; each has a row.

    A thing is `Recorded`, or it is never changed.
    """

    def __init__(self, dump: Callable[[_ThingT], Any]) -> None:
        super().__init__()
        self._dump = dump
        self._changed: dict[_KeyT, None] = {}

    def __setitem__(self, key: _KeyT, thing: _ThingT) -> None:
        super().__setitem__(key, thing)
        if isinstance(thing, Recorded):
            thing.call_when_set(lambda: self._changed.setdefault(key))
        self._changed[key] = None

    def __delitem__(self, key: _KeyT) -> None:
        super().__delitem__(key)
        self._changed[key] = None

    def replace(self, things: Iterable[tuple[_KeyT, _ThingT]]) -> None:
        """Hold these instead of all others."""
        for key in list(self):
            del self[key]
        for key, thing in things:
            self[key] = thing

    def take_changes(self) -> list[tuple[str, Any]]:
        """See `Part`."""
        if not self._changed:
            return []
        keys = list(self._changed)
        self._changed.clear()
        return [(_text(key), self._dump(self[key]) if key in self else None) for key in keys]

    def take_all(self) -> Iterator[tuple[str, Any]]:
        """See `Part`."""
        self._changed.clear()
        yield _WHOLE, []
        for key, thing in self.items():
            yield _text(key), self._dump(thing)


class Whole:
    """A part with a single row, so small that it is asked anew each time.

    Args:
        dump: Returns a value of which nothing is changed later.
    """

    def __init__(self, dump: Callable[[], Any]) -> None:
        self._dump = dump
        self._taken: Any = None

    def take_changes(self) -> list[tuple[str, Any]]:
        """See `Part`."""
        value = self._dump()
        if value == self._taken:
            return []
        self._taken = value
        return [(_WHOLE, value)]

    def take_all(self) -> list[tuple[str, Any]]:
        """See `Part`."""
        self._taken = self._dump()
        return [(_WHOLE, self._taken)]


def under(name: str, parts: Parts) -> dict[str, Part]:
    """Return parts of a part by their whole paths."""
    return {f"{name}.{each}": part for each, part in parts.items()}


def take_changes(parts: Parts) -> list[Row]:
    """Return the rows that have changed since they were taken."""
    return [
        (name, key, None if value is None else json.dumps(value))
        for name, part in parts.items()
        for key, value in part.take_changes()
    ]


def take_all(parts: Parts) -> list[Row]:
    """Return all rows there are."""
    return [
        (name, key, json.dumps(value))
        for name, part in parts.items()
        for key, value in part.take_all()
    ]


def joined(rows: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Return the state that these rows are, in the order in which they came."""
    state: dict[str, Any] = {}
    for name, key, text in rows:
        *folders, last = name.split(".")
        place = state
        for folder in folders:
            place = place.setdefault(folder, {})
        if key == _WHOLE:
            place[last] = json.loads(text)
        else:
            place[last].append(json.loads(text))
    return state


def _text(key: Hashable) -> str:
    return f"={key}"  # Never empty, even if a phone's number is.
