"""`replay`: hand a stored callback to settlement once more, and say what became of it."""

from core.errors import NotFound
from core.settings import Settings
from fluxpay.demo import surroundings
from fluxpay.wiring import open_engine


class NoSuchCallback(Exception):
    """No stored callback has this id."""


async def replay(settings: Settings, event_id: int) -> str:
    """Return the outcome in a word; harmless however often, and beside a `run`.

    Raises:
        NoSuchCallback: There is no such event, or it is one of Telegram's updates.
    """
    async with (
        surroundings(settings) as place,
        open_engine(place.settings, place.clock) as engine,
    ):
        try:
            outcome = await engine.inbox.replay(event_id)
        except NotFound:
            raise NoSuchCallback(event_id) from None
    return outcome or "waiting"
