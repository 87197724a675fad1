"""Lists in pages of eight, newest first, over the engine's forward-only pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.looks.places import Where
from bot.looks.screen import Row, button
from bot.words.texts import Texts
from core.services.page import Page

PAGE_SIZE = 8
_STRIDE = 6 * PAGE_SIZE

Item = TypeVar("Item")
Fetch = Callable[[int | None, int], Awaitable[Page[Any]]]
"""Takes the cursor and the limit."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Item]):
    """One page as it is shown, counted from 1."""

    items: list[Item]
    number: int
    total: int


async def leaf(fetch: Fetch, number: int, *, count: int | None = None) -> Leaf[Any]:
    """Return a page, the last one if there are fewer; `count` rows in all, None: count them.

    Whoever pages back meets the rows that he saw there, because it is always walked from the
    newest row; a page number is all that a button has to carry.
    """
    wanted = max(number, 1) * PAGE_SIZE if count is not None else None
    rows = await _walk(fetch, wanted)
    total = max(1, -(-(len(rows) if count is None else max(count, len(rows))) // PAGE_SIZE))
    shown = min(max(number, 1), max(1, -(-len(rows) // PAGE_SIZE)))
    return Leaf(rows[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE], shown, total)


def pager(texts: Texts, where: Where, page: Leaf[Any], *place: str | int) -> list[Row]:
    """Return the row with the neighbours, `2/3` between them; none for a single page."""
    if page.total == 1:
        return []
    _ = texts.gettext
    row = [button(f"{page.number}/{page.total}", where.stay(*place, page.number))]
    if page.number > 1:
        row.insert(0, button(_("◀ Newer"), where.stay(*place, page.number - 1)))  # button
    if page.number < page.total:
        row.append(button(_("Older ▶"), where.stay(*place, page.number + 1)))  # button
    return [row]


def number_of(text: str | None) -> int:
    """Read a page number of a button; 1 for none."""
    return int(text) if text and text.isdigit() else 1


def slice_of(count: int, number: int) -> int:
    """Return the page that is shown for this number, the last one if there are fewer."""
    return min(max(number, 1), max(1, -(-count // PAGE_SIZE)))


async def _walk(fetch: Fetch, wanted: int | None) -> list[Any]:
    rows: list[Any] = []
    cursor: int | None = None
    while wanted is None or len(rows) < wanted:
        page = await fetch(cursor, _STRIDE)
        rows += page.items
        cursor = page.next
        if cursor is None:
            break
    return rows
