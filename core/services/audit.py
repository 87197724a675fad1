"""Who did what: written in the same DB transaction as what was done."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

from core.database import transaction
from core.models import AuditEntry
from core.services.context import Context

_OWNER = "user:"
_deputy: ContextVar[str | None] = ContextVar("deputy", default=None)

UseCase = TypeVar("UseCase", bound=Callable[..., Awaitable[Any]])


def act_as(deputy: str | None) -> None:
    """Say who, or which key, acts in an owner's place from here on in this task; None: nobody."""
    _deputy.set(deputy)


async def audit(context: Context, actor: str, action: str, subject: str, **after: Any) -> None:
    """Write one line. Values are JSON: no dates, no rows, no secrets.

    Where a member of staff acts for the owner, or an API key, the line bears that name.
    """
    deputy = _deputy.get()
    if deputy is not None and actor.startswith(_OWNER):
        actor = deputy
    await AuditEntry.create(
        actor=actor, action=action, subject=subject, after=after or None, at=context.now()
    )


async def audit_deputy(context: Context, owner_id: int, action: str, subject: str) -> None:
    """Write a line if somebody acts for the owner; what he does himself needs none."""
    if _deputy.get() is not None:
        await audit(context, f"{_OWNER}{owner_id}", action, subject)


def audited(action: str, kind: str) -> Callable[[UseCase], UseCase]:
    """Have a use case of owners write a line whenever staff or an API key uses it.

    Its first argument is the owner's id, and the second one the row's, unless it makes a row and
    returns it. Line and work share one DB transaction, so no network may be called in it.
    """

    def decorate(use_case: UseCase) -> UseCase:
        @wraps(use_case)
        async def with_line(self: Any, owner_id: int, *args: Any, **kwargs: Any) -> Any:
            if _deputy.get() is None:
                return await use_case(self, owner_id, *args, **kwargs)
            async with transaction():
                result = await use_case(self, owner_id, *args, **kwargs)
                row_id = args[0] if args and isinstance(args[0], int) else result.id
                await audit_deputy(self._context, owner_id, action, f"{kind}:{row_id}")
            return result

        return cast("UseCase", with_line)

    return decorate
