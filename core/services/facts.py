"""Small things that one process tells the others."""

from core.models import Fact

BOT_USERNAME = "bot_username"


class FactService:
    """Read and write facts by name."""

    async def get(self, name: str) -> str | None:
        """Return the value, or None while nobody has told it."""
        fact = await Fact.get_or_none(name=name)
        return None if fact is None else fact.value

    async def put(self, name: str, value: str) -> None:
        """Tell the others."""
        await Fact.update_or_create({"value": value}, name=name)
