import pytest

from bot.looks.paging import leaf, number_of
from core.services.page import Page


def rows_of(count):
    """A table with rows count..1 that hands out pages like the engine's."""
    rows = list(range(count, 0, -1))

    async def fetch(cursor, limit):
        found = [row for row in rows if cursor is None or row < cursor]
        items = found[:limit]
        return Page(items, items[-1] if len(found) > limit else None)

    return fetch


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("count", "number", "items", "total"),
    [
        (0, 1, [], 1),
        (8, 1, [8, 7, 6, 5, 4, 3, 2, 1], 1),
        (9, 1, [9, 8, 7, 6, 5, 4, 3, 2], 2),
        (9, 2, [1], 2),
        (100, 13, [4, 3, 2, 1], 13),
        (9, 7, [1], 2),
    ],
)
async def test_a_page_holds_eight_rows_newest_first(known, count, number, items, total):
    page = await leaf(rows_of(count), number, count=count if known else None)

    assert (page.items, page.total) == (items, total)
    assert page.number <= total


async def test_rows_that_went_away_meanwhile_do_not_make_an_empty_page():
    page = await leaf(rows_of(3), 2, count=9)

    assert page.items == [3, 2, 1]


@pytest.mark.parametrize(("text", "number"), [("3", 3), (None, 1), ("", 1), ("x", 1)])
def test_a_page_number_is_read_with_the_first_as_the_fallback(text, number):
    assert number_of(text) == number
