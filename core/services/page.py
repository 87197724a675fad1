"""Lists in pages, newest first."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

T = TypeVar("T", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the row id to pass as `cursor` for those after them (None: there are none)."""

    items: list[T]
    next: int | None


async def page_of(query: QuerySet[T], *, cursor: int | None, limit: int) -> Page[T]:
    """Return the rows with ids below the cursor, the highest first."""
    if cursor is not None:
        query = query.filter(id__lt=cursor)
    found = await query.order_by("-id").limit(limit + 1)
    items = found[:limit]
    return Page(items, items[-1].pk if len(found) > limit else None)
