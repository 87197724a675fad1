"""The bot of tests/integration/bot, in each language in turn, on SQLite alone."""

import pytest

from bot.words.texts import texts_for
from tests.integration.bot.conftest import (
    boss,
    bot,
    chat_clock,
    newcomer,
    settings,
    start_bot,
    telegram,
    telegram_url,
    visit,
)
from tests.integration.conftest import _sqlite_url

__all__ = [
    "boss",
    "bot",
    "chat_clock",
    "newcomer",
    "settings",
    "start_bot",
    "telegram",
    "telegram_url",
    "visit",
]


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """How the chat behaves does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


@pytest.fixture(params=["en", "sw"])
def language(request):
    """What the reader speaks; whoever shows text is tested in both."""
    return request.param


@pytest.fixture
def texts(language):
    """The words of that language."""
    return texts_for(language)


@pytest.fixture
async def owner(owner, language):
    """The owner, who speaks it."""
    owner.language = language
    await owner.save()
    return owner
