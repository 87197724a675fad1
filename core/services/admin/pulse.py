"""When each job of the timetable last ran: rows, so that an admin sees all processes."""

from datetime import datetime, timedelta

from core.models import Fact
from core.services.context import Context

_PREFIX = "ran:"
# The jobs run each second or two; an admin needs no finer picture than this.
_WRITE_EVERY = timedelta(seconds=30)


class PulseService:
    """Note when jobs ran."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._written: dict[str, datetime] = {}

    async def beat(self, job: str) -> None:
        """Note that the job has run to its end just now; written at most every half minute."""
        now = self._context.now()
        written = self._written.get(job)
        if written is not None and now - written < _WRITE_EVERY:
            return
        await Fact.update_or_create({"value": now.isoformat()}, name=f"{_PREFIX}{job}")
        self._written[job] = now

    async def last(self) -> dict[str, datetime]:
        """Return when each job last ran, in any process."""
        facts = await Fact.filter(name__startswith=_PREFIX).order_by("name")
        return {
            fact.name.removeprefix(_PREFIX): datetime.fromisoformat(fact.value) for fact in facts
        }
